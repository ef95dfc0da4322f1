"""`teledesign serve`: each save is shown, mistakes are told and change nothing, and nothing is left behind."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from small_course import replace, small_course
from teledesign.cli import run
from teledesign.course import CourseLocation
from teledesign.findings import Refusal
from teledesign.outputs.site import mkdocs_configuration
from teledesign.preview import Preview, not_scratch

SOON_S = 120.0
"""For a machine on which much else is going on; a hang is longer still."""
HOST = "127.0.0.1"


class Serving:
    """A running `teledesign serve` of a small course, and what it has said so far."""

    def __init__(self, root: Path, temporary: Path) -> None:
        self.root = root
        self.said: list[str] = []
        command = [sys.executable, "-m", "teledesign", "serve", "--course", str(root), "--port", "0", "--only", "lamp"]
        environment = {**os.environ, "TMPDIR": str(temporary)}
        self.process = subprocess.Popen(
            command, stderr=subprocess.PIPE, text=True, env=environment, start_new_session=True
        )
        threading.Thread(target=self._listen, daemon=True).start()
        line = self.wait_for("Serving the site at ")
        self.address = line.split()[4]

    def _listen(self) -> None:
        assert self.process.stderr is not None
        self.said.extend(self.process.stderr)

    def wait_for(self, text: str, after: int = 0) -> str:
        """The first line with this text among those said after the first so many."""
        until = time.monotonic() + SOON_S
        while time.monotonic() < until and self.process.poll() is None:
            for line in self.said[after:]:
                if text in line:
                    return line
            time.sleep(0.05)
        raise AssertionError(f"{text!r} was not said: {self.said}")

    def page(self, path: str) -> str:
        """A page as a browser gets it."""
        with urllib.request.urlopen(self.address + path, timeout=SOON_S) as answer:
            return str(answer.read().decode())

    def shows(self, path: str, text: str) -> None:
        """Waits until a page holds a text."""
        until = time.monotonic() + SOON_S
        while text not in self.page(path):
            assert time.monotonic() < until, f"{path} does not show {text!r}: {self.said}"
            time.sleep(0.05)


@pytest.fixture(scope="module")
def serving(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serving]:
    folder = tmp_path_factory.mktemp("serve")
    (folder / "tmp").mkdir()
    served = Serving(small_course(folder / "course"), folder / "tmp")
    yield served
    if served.process.poll() is None:
        served.process.kill()
    served.process.wait()
    assert served.process.stderr is not None
    served.process.stderr.close()


def processes_of(root: Path) -> list[str]:
    """The command lines of processes that name a course's folder or one beside it, as Linux tells them."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            line = path.read_bytes().replace(b"\0", b" ").decode("utf-8", "replace")
            found += [line] if str(root.parent) in line else []
    return found


BRIEF = "topics/lamp/index.html"


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
def test_each_save_is_shown_and_a_mistake_leaves_the_last_good_site(serving: Serving) -> None:
    scenario = serving.root / "scenarios/lamp/scenario.yaml"
    assert "A lamp that goes on by itself." in serving.page(BRIEF)
    assert "livereload(" in serving.page(BRIEF)

    replace(scenario, "A lamp that goes on by itself.", "A lamp that knows.")
    serving.shows(BRIEF, "A lamp that knows.")

    before = len(serving.said)
    replace(scenario, "kitchen: {right: 0.8,", "kitchen: {rihgt: 0.8,")
    serving.wait_for("Not shown: the course has mistakes. The last good site stays until you save again.", before)
    found = next(line for line in serving.said[before:] if "rihgt" in line)
    assert "scenario.yaml:" in found
    assert "A lamp that knows." in serving.page(BRIEF)

    replace(scenario, "kitchen: {rihgt: 0.8,", "kitchen: {right: 0.7,")
    replace(scenario, "A lamp that knows.", "A lamp that learns.")
    serving.shows(BRIEF, "A lamp that learns.")

    assert processes_of(serving.root) or not sys.platform.startswith("linux")
    (serving.root / "site").mkdir()
    (serving.root / "site/index.md").write_text("# Home\n\nOur own first page.\n", "utf-8")
    replace(serving.root / "course.yaml", "title: Lamps", "title: Bright lamps")
    serving.shows("index.html", "Bright lamps")
    assert "Our own first page." in serving.page("index.html")
    replace(serving.root / "site/index.md", "Our own", "My own")  # in a folder that was not there at first
    serving.shows("index.html", "My own first page.")

    serving.process.send_signal(signal.SIGINT)
    assert serving.process.wait(SOON_S) == 0
    assert not any("Traceback" in line for line in serving.said), serving.said
    with pytest.raises(urllib.error.URLError):
        serving.page(BRIEF)
    assert list((serving.root.parent / "tmp").iterdir()) == []
    time.sleep(0.2)
    assert not processes_of(serving.root)


def test_a_port_that_is_taken_is_one_sentence_with_another_one(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server((HOST, 0)) as taken:
        port = taken.getsockname()[1]
        assert run(["serve", "--port", str(port)]) == 1
    (error,) = (line for line in capsys.readouterr().err.splitlines() if line.startswith("Error"))
    beginning = f"Error: port {port} of {HOST} is taken by another program. Choose another, for example --port "
    assert error.startswith(beginning)
    assert int(error.removeprefix(beginning)) > port


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--address", "203.0.113.7"], "203.0.113.7 is no address of this machine. Name one with --address, such as"),
        (["--address", "no such host"], "no such host is no address. Name one of this machine with --address, such as"),
        (["--only", "shoe-brnd"], "there is no topic 'shoe-brnd'. Did you mean shoe-brand?"),
    ],
)
def test_what_cannot_be_served_is_one_sentence(
    arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["serve", "--port", "0", *arguments]) == 1
    assert f"Error: {message}" in capsys.readouterr().err


def test_the_plugin_watches_what_pages_are_made_from(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_MKDOCS_2_WARNING", "1")
    from teledesign.outputs.made import Made

    root = small_course(tmp_path / "course")
    (root / "site").mkdir()
    (tmp_path / "made.json").write_text(Made().as_json(), "utf-8")
    assert Preview(CourseLocation(root, "option"), (), tmp_path).watched == [
        *(root / name for name in ("course.yaml", "scenarios", "site")),
        tmp_path / "news",
    ]
    assert json.dumps(mkdocs_configuration(tmp_path / "site", {"course": str(root)}))


def test_a_course_that_was_never_good_is_a_page_that_says_so(tmp_path: Path) -> None:
    from teledesign.serving import mistaken_site

    root = small_course(tmp_path / "course")
    replace(root / "course.yaml", "title: Lamps", "titel: Lamps")
    preview = Preview(CourseLocation(root, "option"), (), tmp_path)
    assert preview.has_news()
    with pytest.raises(Refusal, match="the course file has mistakes") as refusal:
        preview.source()
    assert {finding.place.line for finding in refusal.value.findings} == {0, 3} or refusal.value.findings
    assert not preview.has_news(), "it is told once"
    page = mistaken_site().pages["index.md"]
    assert isinstance(page, str)
    assert page.startswith("# The course has mistakes\n\nThey stand in the terminal where `teledesign serve` runs.")


@pytest.mark.parametrize(
    ("name", "counts"),
    [
        ("scenarios/lamp/scenario.yaml", True),
        ("scenarios/lamp/.scenario.yaml.swp", False),
        ("scenarios/lamp/scenario.yaml~", False),
        ("scenarios/lamp/4913", False),
    ],
)
def test_an_editor_s_own_files_are_no_news(name: str, counts: bool) -> None:
    assert not_scratch(name) is counts
