"""What a reader's browser loads for a page of a built site: requests, bytes as they lie there, bytes as gzip.

    .venv/bin/python benchmarks/page_weights.py build/site [page ...]

The site is served from this machine, and each page is opened by a browser that has seen none before.
"""

from __future__ import annotations

import functools
import gzip
import http.server
import shutil
import sys
import threading
from pathlib import Path
from urllib.parse import unquote, urlsplit

from playwright.sync_api import sync_playwright

TOPIC_PAGES = ("index", "worksheet", "log", "estimator", "lose", "home", "projector")
PAGES = (
    "index.html",
    "lecture/five-questions.html",
    *(
        f"topics/shoe-brand/{name}.html"
        for name in ("index", "worksheet", "log", "estimator", "lose", "home", "projector")
    ),
)
SEARCH = "search/search_index"


class Quiet(http.server.SimpleHTTPRequestHandler):
    """Files, and not a word about them."""

    def log_message(self, format: str, *args: object) -> None:
        """Says nothing."""


def main() -> None:
    site = Path(sys.argv[1]).resolve()
    pages = sys.argv[2:] or PAGES
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=str(site)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    address = f"http://127.0.0.1:{server.server_address[1]}/"
    print(f"{'page':38} {'requests':>8} {'kB':>7} {'gzip kB':>8} {'script kB':>10} {'search index, gzip kB':>22}")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        for page in pages:
            asked: list[str] = []
            context = browser.new_context()
            opened = context.new_page()
            opened.on("request", lambda request, asked=asked: asked.append(request.url))
            opened.goto(address + page, wait_until="networkidle")
            context.close()
            names = dict.fromkeys(unquote(urlsplit(url).path).lstrip("/") for url in asked if url.startswith(address))
            files = {name: (site / name).read_bytes() for name in names if (site / name).is_file()}
            index = sum(len(gzip.compress(data)) for name, data in files.items() if name.startswith(SEARCH))
            own = {name: data for name, data in files.items() if not name.startswith(SEARCH)}
            plain, packed = sum(map(len, own.values())), sum(len(gzip.compress(data)) for data in own.values())
            scripts = sum(len(data) for name, data in own.items() if name.endswith(".js"))
            figures = f"{len(own):8} {plain / 1e3:7.0f} {packed / 1e3:8.0f} {scripts / 1e3:10.0f} {index / 1e3:22.0f}"
            print(f"{page:38} {figures}")
        browser.close()
    server.shutdown()


if __name__ == "__main__":
    main()
