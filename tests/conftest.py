"""What every test may ask for: the checkout, and programs that are not Python packages."""

import os
import shutil
import signal
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import hypothesis
import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

    from teledesign.course import Course
    from teledesign.outputs.made import Made

CHECKOUT = Path(__file__).resolve().parents[1]

# Tests by hypothesis try the same examples in every run; `--hypothesis-profile searching` looks for others.
hypothesis.settings.register_profile("same", derandomize=True)
hypothesis.settings.register_profile("searching", derandomize=False)
hypothesis.settings.load_profile("same")


@dataclass(frozen=True)
class Tool:
    """A program: the names it goes by, and the Debian package that holds it."""

    executables: tuple[str, ...]
    package: str


TOOLS = {
    "java": Tool(("java",), "default-jre-headless"),
    "faketime": Tool(("faketime",), "faketime"),
    "chromium": Tool(("chromium", "chromium-browser", "google-chrome"), "chromium"),
    "node": Tool(("node", "nodejs"), "nodejs"),
    "pdfinfo": Tool(("pdfinfo",), "poppler-utils"),
    "pdftoppm": Tool(("pdftoppm",), "poppler-utils"),
    "pdftotext": Tool(("pdftotext",), "poppler-utils"),
    "libreoffice": Tool(("libreoffice", "soffice"), "libreoffice-calc-nogui and libreoffice-writer-nogui"),
}


def find_tool(name: str) -> str:
    """The path of a program of `TOOLS`.

    Without it the test is skipped, with the reason; with TELEDESIGN_REQUIRE_TOOLS=1 (as in CI) it fails.
    """
    wanted = TOOLS[name]
    for executable in wanted.executables:
        if found := shutil.which(executable):
            return found
    reason = f"{name} is not on this machine (Debian package {wanted.package})"
    if os.environ.get("TELEDESIGN_REQUIRE_TOOLS") == "1":
        pytest.fail(f"{reason}, and TELEDESIGN_REQUIRE_TOOLS=1 forbids to skip", pytrace=False)
    pytest.skip(reason)


def pytest_configure() -> None:
    """A shell's background job is started deaf to Ctrl-C, and so would be all that tests start and interrupt."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def tool() -> Callable[[str], str]:
    """`tool("pdftotext")` is the path of that program; see `find_tool`."""
    return find_tool


@pytest.fixture(scope="session")
def checkout() -> Path:
    """The root of the repository."""
    return CHECKOUT


@pytest.fixture(scope="session")
def site_course() -> "Course":
    """The packaged course, of which `whole_site` is built."""
    from teledesign.course import CourseLocation, open_course
    from teledesign.resources import packaged_course

    return open_course(CourseLocation(packaged_course(), "package"))


@pytest.fixture(scope="session")
def whole_site(site_course: "Course", tmp_path_factory: pytest.TempPathFactory) -> tuple["Made", Path]:
    """What was made for the site, and the site itself: built once a run, for looking at only."""
    from whole_site import built_once

    base = tmp_path_factory.getbasetemp()
    shared = base.parent if os.environ.get("PYTEST_XDIST_WORKER") else base
    return built_once(site_course, shared / "whole-site")


@pytest.fixture(scope="session")
def site(whole_site: tuple["Made", Path]) -> Path:
    """The site of `whole_site`."""
    return whole_site[1]


@pytest.fixture(scope="session")
def browser() -> Iterator["Browser"]:
    """A headless Chromium of the system, one for all tests of a worker; make a context or page of it."""
    executable = find_tool("chromium")
    from playwright.sync_api import sync_playwright

    quiet = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"]
    quiet += ["--disable-background-networking", "--disable-component-update"]
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=executable, args=quiet)
        yield chromium
        chromium.close()


@pytest.fixture
def page(browser: "Browser") -> Iterator["Page"]:
    """A page of a context of its own."""
    from in_browser import opened

    with opened(browser) as page:
        yield page
