"""The doorway to MkDocs: hands it the pages that `teledesign.outputs.pages` makes in memory."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from mkdocs.config import config_options as options
from mkdocs.config.base import Config
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import PluginError
from mkdocs.plugins import BasePlugin
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

from teledesign.course import Course, CourseLocation, open_course
from teledesign.findings import Refusal
from teledesign.outputs.made import Made, read_made
from teledesign.outputs.pages import site_navigation, site_pages, site_title, with_topics
from teledesign.outputs.theme import repaired

__all__ = ["TeledesignPlugin"]

SOURCES = ("scenarios", "templates", "site")


class Options(Config):  # type: ignore[no-untyped-call]
    """What `mkdocs.yml` says of the course."""

    course = options.Dir(exists=True)
    made = options.Optional(options.File(exists=True))
    topics = options.Optional(options.ListOfItems(options.Type(str)))


class TeledesignPlugin(BasePlugin[Options]):  # type: ignore[no-untyped-call]
    """Makes the course's pages before every build, and watches what they are made from."""

    _course: Course
    _made: Made

    def on_startup(self, *, command: Literal["build", "gh-deploy", "serve"], dirty: bool) -> None:
        """Being there keeps this instance from one build to the next while serving."""

    def on_config(self, config: MkDocsConfig) -> MkDocsConfig:
        """Reads the course, and sets title and navigation from it."""
        root = Path(self.config.course)
        watched = (str(root / name) for name in SOURCES if (root / name).is_dir())
        config.watch = [*config.watch, *(path for path in watched if path not in config.watch)]
        try:
            self._course = with_topics(open_course(CourseLocation(root, "option")), self.config.topics)
            self._made = read_made(Path(self.config.made)) if self.config.made else Made()
            config.site_name = site_title(self._course)
            config.nav = site_navigation(self._course, self._made)
        except Refusal as refusal:
            raise PluginError(_said(refusal)) from None
        return config

    def on_post_page(self, output: str, *, page: Page, config: MkDocsConfig) -> str:
        """Puts right what the theme prints against the standard."""
        return repaired(output)

    def on_post_template(self, output_content: str, *, template_name: str, config: MkDocsConfig) -> str:
        """Leaves out the theme's own pages, which no navigation names: an error page and a map with the time in it."""
        return ""

    def on_files(self, files: Files, *, config: MkDocsConfig) -> Files:
        """Adds every page and asset."""
        try:
            pages = site_pages(self._course, self._made)
        except Refusal as refusal:
            raise PluginError(_said(refusal)) from None
        for name, content in pages.items():
            if isinstance(content, Path):
                files.append(File.generated(config, name, abs_src_path=str(content)))
            else:
                files.append(File.generated(config, name, content=content))
        return files


def _said(refusal: Refusal) -> str:
    return "\n".join([*(str(finding) for finding in refusal.findings), refusal.message])
