"""What tests look at on a page in a browser: what it says and asks for, and what axe finds wrong with it."""

from __future__ import annotations

import functools
import http.server
import importlib.util
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

OPEN_ALL = "document.querySelectorAll('article details').forEach(one => { one.open = true; })"
"""Shows what a page folds away."""

COLOURS = ("color-contrast", "link-in-text-block")
"""The rules of axe that hang on the colour scheme. The first takes nine tenths of the time, as much for each text."""

FIND = """async ([within, colours, alone]) => {
  const WHAT = ["color", "backgroundColor", "backgroundImage", "fill", "fontSize", "fontWeight", "opacity", "filter",
                "mixBlendMode", "textShadow", "position", "display", "visibility"];
  const TOLD = /[\\p{L}\\p{N}].*[\\p{L}\\p{N}]/su;  // axe leaves single characters and signs undecided
  const looks = new Map(), shown = new Map();
  const walk = (one, above) => {
    const style = getComputedStyle(one);
    const look = [above, one.localName, ...WHAT.map(name => style[name])].join("|");
    if (!looks.has(look)) { looks.set(look, looks.size); }
    const speaks = [...one.childNodes].some(node => node.nodeType === 3 && TOLD.test(node.data));
    if ((speaks || one.matches("input, select, textarea")) && !shown.has(look)) { shown.set(look, one); }
    for (const inner of one.children) { walk(inner, looks.get(look)); }
  };
  const roots = within.length ? within.flatMap(name => [...document.querySelectorAll(name)]) : [document.body];
  roots.forEach(root => walk(root, -1));
  const off = Object.fromEntries(colours.map(rule => [rule, {enabled: false}]));
  const rest = alone ? [] : (await axe.run(within.length ? {include: within} : document, {rules: off})).violations;
  const read = (await axe.run({include: [...shown.values()]}, {runOnly: colours})).violations;
  return [...rest, ...read].map(one => [one.id, one.nodes.slice(0, 3).map(node => node.html.slice(0, 160))]);
}"""


def violations(page: Page, *within: str, colours_alone: bool = False) -> list[tuple[str, list[str]]]:
    """What axe finds wrong below these selectors, or on the whole page: each rule with the first places.

    Contrast is looked at once for each look: texts of one colour, size and ground, in elements that look the same up
    to the root, are read as well or as badly.  A second scheme needs the `colours_alone`.
    """
    if not page.evaluate("'axe' in window"):
        page.add_script_tag(path=_axe())
    return [(rule, places) for rule, places in page.evaluate(FIND, [within, COLOURS, colours_alone])]


def _axe() -> Path:
    spec = importlib.util.find_spec("axe_playwright_python")
    assert spec is not None
    assert spec.origin is not None
    return Path(spec.origin).parent / "axe.min.js"


def listen(page: Page) -> tuple[list[str], list[str]]:
    """What the console says and which other places are asked, from now on."""
    said: list[str] = []
    asked: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))

    def note(url: str) -> None:
        if not url.startswith(("file:", "data:", "blob:", "http://127.0.0.1:")):
            asked.append(url)

    page.on("request", lambda request: note(request.url))
    return said, asked


@contextmanager
def opened(browser: Browser, **options: Any) -> Iterator[Page]:
    """A page as wide as a laptop's, unless the context's options say otherwise."""
    context = browser.new_context(**{"viewport": {"width": 1280, "height": 900}, **options})
    yield context.new_page()
    context.close()


@contextmanager
def opened_quietly(browser: Browser, **options: Any) -> Iterator[Page]:
    """A page that must have been quiet and have asked nobody, at the end."""
    with opened(browser, **options) as page:
        said, asked = listen(page)
        yield page
    assert (said, asked) == ([], [])


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """The address of a folder on a small web server, below a folder as many hosts have it."""

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, format: str, *args: object) -> None:
            pass

    handler = functools.partial(Quiet, directory=str(folder.parent))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}/{folder.name}"
        server.shutdown()
        thread.join()
