"""The doorway to MkDocs: hands it pages that were made before, or, while serving, makes them anew as files change."""

from __future__ import annotations

import _thread
import json
import logging
import signal
import socket
import sys
import threading
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from mkdocs.config import config_options as options
from mkdocs.config.base import Config
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.livereload import LiveReloadServer
from mkdocs.plugins import BasePlugin
from mkdocs.structure.files import File, Files
from mkdocs.structure.nav import Navigation
from mkdocs.structure.pages import Page

from teledesign.course import CourseLocation
from teledesign.findings import Finding, Refusal
from teledesign.outputs.handing import SiteSource, read_source
from teledesign.outputs.made import read_made
from teledesign.outputs.theme import repaired, unneeded
from teledesign.preview import Preview
from teledesign.serving import PORT_TAKEN, is_free, mistaken_site

__all__ = ["TeledesignPlugin"]


class Options(Config):  # type: ignore[no-untyped-call]
    """What `mkdocs.yml` says: a folder with the site's source, or the course whose site is previewed."""

    source = options.Optional(options.Dir(exists=True))
    course = options.Optional(options.Dir(exists=True))
    topics = options.ListOfItems(options.Type(str), default=[])
    work = options.Optional(options.Dir(exists=True))
    """A folder for what a preview makes, with `made.json` in it."""


class GeneratedFile(File):
    """A page or asset that was made; `fresh` says whether it differs from what was last served."""

    fresh = True

    def is_modified(self) -> bool:
        """Whether MkDocs should turn it into HTML again."""
        return self.fresh


@dataclass(frozen=True)
class Built:
    """What pages of another build want to know of one that is not built again."""

    title: str | None
    meta: Any
    toc: Any
    anchors: set[str] | None


class TeledesignPlugin(BasePlugin[Options]):  # type: ignore[no-untyped-call]
    """Hands over every page and asset, and watches what they are made from."""

    def __init__(self) -> None:
        self._preview: Preview | None = None
        self._source: SiteSource | None = None
        self._prints: dict[str, object] = {}
        """What is served, by page: enough to see that a page has changed."""
        self._built: dict[str, Built] = {}
        self._next: tuple[dict[str, object], Files] = {}, Files([])
        self._told: tuple[Finding, ...] = ()

    def on_startup(self, *, command: Literal["build", "gh-deploy", "serve"], dirty: bool) -> None:
        """Begins the preview; being there keeps this instance from one build to the next while serving."""
        if self.config.course is None or self.config.work is None:
            return
        work = Path(self.config.work)
        location = CourseLocation(Path(self.config.course), "option")
        self._preview = Preview(location, tuple(self.config.topics), work, read_made(work / "made.json").commands)
        _hush()
        _end_with_standard_input()

    def on_config(self, config: MkDocsConfig) -> MkDocsConfig:
        """Gets the site, and sets title and navigation from it."""
        if self._preview is not None:
            config.watch = [*config.watch, *map(str, self._preview.watched)]
            if self._source is None:
                self._source = self._made_now() or mistaken_site()
        elif self._source is None:
            assert self.config.source is not None
            self._source = read_source(Path(self.config.source))
        config.site_name = self._source.title
        config.nav = self._source.navigation
        config.copyright = self._source.foot
        return config

    def on_post_page(self, output: str, *, page: Page, config: MkDocsConfig) -> str:
        """Puts right what the theme prints against the standard."""
        return repaired(output)

    def on_post_template(self, output_content: str, *, template_name: str, config: MkDocsConfig) -> str:
        """Leaves out the theme's own pages, which no navigation names: an error page and a map with the time in it."""
        return ""

    def on_files(self, files: Files, *, config: MkDocsConfig) -> Files:
        """Adds every page and asset; in a preview those as fresh that are not served as they are."""
        assert self._source is not None
        for unread in [file for file in files if unneeded(file.src_uri)]:
            files.remove(unread)
        pages = self._source.pages
        prints = {name: _print(content) for name, content in pages.items()}
        frame = json.dumps([self._source.title, self._source.foot, self._source.navigation, sorted(pages)])
        same_frame = self._prints.get("") == frame
        for name, content in pages.items():
            if isinstance(content, Path):
                file = GeneratedFile.generated(config, name, abs_src_path=str(content))
            else:
                file = GeneratedFile.generated(config, name, content=content)
            assert isinstance(file, GeneratedFile)
            framed = name.endswith(".md")
            file.fresh = self._prints.get(name) != prints[name] or (framed and not same_frame)
            files.append(file)
        self._next = {**prints, "": frame}, files
        return files

    def on_nav(self, nav: Navigation, *, config: MkDocsConfig, files: Files) -> Navigation:
        """Tells pages that are built of those that are not."""
        for file in files:
            built = self._built.get(file.src_uri)
            if built is not None and file.page is not None and not file.is_modified():
                page = file.page
                page.title, page.meta, page.toc, page.present_anchor_ids = (
                    built.title,
                    built.meta,
                    built.toc,
                    built.anchors,
                )
        return nav

    def on_page_content(self, html: str, *, page: Page, config: MkDocsConfig, files: Files) -> str:
        """Remembers a page for builds that leave it as it is."""
        self._built[page.file.src_uri] = Built(page.title, page.meta, page.toc, page.present_anchor_ids)
        return html

    def on_post_build(self, *, config: MkDocsConfig) -> None:
        """What was built is served from now on."""
        self._prints = self._next[0]

    def on_serve(
        self, server: LiveReloadServer, *, config: MkDocsConfig, builder: Callable[[], None]
    ) -> LiveReloadServer:
        """Takes care that no mistake stops the serving."""
        host, port = config.dev_addr
        if not is_free(host, port):
            raise SystemExit(PORT_TAKEN)

        def again() -> None:
            self._again(builder)
            for path in self._preview.watched if self._preview is not None else ():
                if str(path) not in watched:  # a folder that is new
                    watched.add(str(path))
                    server.watch(str(path))

        watched = set(config.watch)
        server.builder = again
        threading.Thread(target=_say_when_it_answers, args=(host, port, server.url), daemon=True).start()
        preview = self._preview
        if preview is not None and preview.has_news():
            # Saved while the site was first made: said once the watching has begun.
            threading.Timer(1.5, (preview.work / "news" / "saved").touch).start()
        return server

    def on_shutdown(self) -> None:
        """Ends what the preview started."""
        if self._preview is not None:
            self._preview.close()

    def _again(self, builder: Callable[[], None]) -> None:
        """The site of the files as they are now, or else the one that is there."""
        assert self._preview is not None
        if not self._preview.has_news():
            return
        began = time.perf_counter()
        source = self._made_now()
        if source is None:
            return
        self._source = source
        try:
            builder()
        except (Exception, SystemExit) as problem:
            _say(f"{_clock()} Not shown: MkDocs says: {problem or type(problem).__name__}")
            return
        _say(f"{_clock()} Shown, after {time.perf_counter() - began:.1f} s.")

    def _made_now(self) -> SiteSource | None:
        """The site, or None with its mistakes told."""
        assert self._preview is not None
        first = self._source is None
        stays = "It is shown when you save it corrected." if first else "The last good site stays until you save again."
        try:
            source = self._preview.source()
        except Refusal as refusal:
            for finding in refusal.findings:
                _say(str(finding))
            _say(f"{_clock()} Not shown: {refusal.message}. {stays}")
            return None
        except Exception as bug:
            traceback.print_exc()
            _say(f"{_clock()} Not shown: this is a mistake in teledesign ({type(bug).__name__}: {bug}). {stays}")
            return None
        for finding in self._preview.findings:
            if finding not in self._told:
                _say(str(finding))
        self._told = self._preview.findings
        return source


def _print(content: str | bytes | Path) -> object:
    """Enough of a page to see that it is another."""
    if not isinstance(content, Path):
        return content
    about = content.stat()
    return str(content), about.st_mtime_ns, about.st_size


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def _say_when_it_answers(host: str, port: int, address: str) -> None:
    while True:
        try:
            socket.create_connection((host, port), 1).close()
            break
        except OSError:
            time.sleep(0.05)
    _say(f"Serving the site at {address} (Ctrl+C ends it). Pages follow each save.")
    _say("Handouts and keys are not shown, and logs are small ones; teledesign build makes everything.")


def _clock() -> str:
    return time.strftime("%H:%M:%S")


def _hush() -> None:
    """MkDocs says only what is wrong with a page; that it builds changed pages alone is meant."""
    logging.getLogger("mkdocs").setLevel(logging.WARNING)
    logging.getLogger("mkdocs.livereload").setLevel(logging.ERROR)
    dirty = "A 'dirty' build is being performed"
    logging.getLogger("mkdocs.commands.build").addFilter(lambda record: not record.getMessage().startswith(dirty))


def _end_with_standard_input() -> None:
    """Ends this process as Ctrl-C does when its standard input ends: when the command that began it is gone."""
    signal.signal(signal.SIGINT, signal.default_int_handler)

    def wait() -> None:
        while sys.stdin.buffer.read(1):
            pass
        _thread.interrupt_main()

    threading.Thread(target=wait, daemon=True).start()
