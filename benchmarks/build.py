"""Builds of the shipped course in their four sizes, each beside plain `mkdocs build` of the very same pages.

From nothing (all topics, its groups and its size of log), with nothing changed, with one scenario changed, and what
`teledesign serve` takes from a saved scenario or page to the page that shows it.  The pages for plain MkDocs are those
of the first build, written out as Markdown; so it only turns pages into a site.  CPU seconds are printed beside wall
seconds because they are less disturbed by others on the machine.  Memory is that of the largest process.
Run: .venv/bin/python benchmarks/build.py [runs]
"""

import json
import os
import re
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from dataclasses import replace
from pathlib import Path

CLEAN, SAME, ONE, PLAIN = "build from nothing", "nothing changed", "one scenario changed", "plain mkdocs build"
SCENARIO, PAGE = "serve, a scenario saved", "serve, a page saved"
PROMISES_S = {CLEAN: 60.0, SAME: 1.0, SCENARIO: 2.0, PAGE: 2.0}
FIGURES = ("wall s", "CPU s", "peak MB")
TOPIC = "photo-tagging"


def measured(command: list[str], folder: Path) -> tuple[tuple[float, float, float], str]:
    """Wall seconds, CPU seconds and peak memory of a command and all it starts, and what it printed."""
    began = time.perf_counter()
    process = subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    assert process.stdout is not None
    said = process.stdout.read()
    _, status, used = os.wait4(process.pid, 0)
    if os.waitstatus_to_exitcode(status):
        raise SystemExit(f"{' '.join(command)} failed")
    memory = used.ru_maxrss / (2**20 if sys.platform == "darwin" else 2**10)
    return (time.perf_counter() - began, used.ru_utime + used.ru_stime, memory), said


def plain_pages(built: Path, folder: Path) -> None:
    """Write the pages of a built course into a folder as Markdown, with the mkdocs.yml to build them."""
    from teledesign.build import KEPT, STUDENT, public
    from teledesign.cli.described import described_commands
    from teledesign.course import find_course, open_course
    from teledesign.outputs.handing import read_pages
    from teledesign.outputs.made import Made, MadeTopic
    from teledesign.outputs.pages import write_markdown_tree
    from teledesign.outputs.site import mkdocs_configuration, site_source

    course = public(open_course(find_course(built.parent / "course")))
    ready = {name: read_pages(built / KEPT / "pages" / name, built) for name in course.topics}
    there = {name: MadeTopic(worksheet_html=built, log=built / STUDENT / "logs" / name) for name in course.topics}
    source = site_source(course, replace(Made(there), commands=described_commands()), ready)
    write_markdown_tree(source.pages, folder / "docs")
    configuration = mkdocs_configuration(folder / "plain-site", {})
    configuration["plugins"] = [plugin for plugin in configuration["plugins"] if "teledesign" not in plugin]
    configuration |= {"site_name": source.title, "nav": source.navigation}
    (folder / "mkdocs.yml").write_text(json.dumps(configuration), "utf-8")


def pages_in(site: Path) -> set[str]:
    """The pages of a site, by path."""
    return {path.relative_to(site).as_posix() for path in site.rglob("*.html")} - {"404.html"}


def copied_course(folder: Path) -> Path:
    """The shipped course as one of one's own, so that its files can be changed."""
    from teledesign.resources import packaged_course

    folder.mkdir()
    for name in ("course.yaml", "scenarios", "templates", "site"):
        source = packaged_course() / name
        (shutil.copytree if source.is_dir() else shutil.copyfile)(source, folder / name)
    return folder


def with_mark(path: Path, number: int) -> str:
    """Save a file with a new word in its first sentence of text; the word."""
    text, word = path.read_text("utf-8"), f"zebra{number}"
    former = re.search(r"zebra\d+", text)
    if former:
        text = text.replace(former[0], word)
    else:
        first = r"^(# )" if path.suffix == ".md" else r"^(  summary: )"
        text, found = re.subn(first, rf"\g<1>{word} ", text, count=1, flags=re.MULTILINE)
        assert found, path
    path.write_text(text, "utf-8")
    return word


def serve_latencies(course: Path, runs: int) -> dict[str, list[float]]:
    """Seconds from a save to the page that shows it."""
    command = [sys.executable, "-m", "teledesign", "serve", "--course", str(course), "--port", "0"]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    assert process.stderr is not None
    address = next(line.split()[4] for line in process.stderr if line.startswith("Serving the site at"))
    saved = {
        SCENARIO: (course / "scenarios" / TOPIC / "scenario.yaml", f"topics/{TOPIC}/index.html"),
        PAGE: (course / "site" / "about.md", "about.html"),
    }
    found: dict[str, list[float]] = {name: [] for name in saved}
    for run in range(runs):
        for name, (path, page) in saved.items():
            time.sleep(6)  # until the log of the last save is there and shown
            began, word = time.perf_counter(), with_mark(path, run)
            while word not in urllib.request.urlopen(address + page).read().decode():
                time.sleep(0.02)
            found[name].append(time.perf_counter() - began)
    process.send_signal(signal.SIGINT)
    process.communicate()
    return found


def main() -> None:
    if sys.argv[1:2] == ["--pages"]:
        return plain_pages(Path(sys.argv[2]), Path(sys.argv[3]))
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 3
    figures: dict[str, list[tuple[float, float, float]]] = {CLEAN: [], SAME: [], ONE: [], PLAIN: []}
    stages: list[dict[str, float]] = []
    with tempfile.TemporaryDirectory(prefix="teledesign-benchmark-") as temporary:
        work = Path(temporary)
        course = copied_course(work / "course")
        build = [sys.executable, "-m", "teledesign", "build", "--json", "--every-topic", "--course", str(course)]
        build += ["-o", str(work / "build")]
        mkdocs = [sys.executable, "-m", "mkdocs", "build", "--quiet"]
        for run in range(runs):
            shutil.rmtree(work / "build", ignore_errors=True)
            found, said = measured(build, work)
            figures[CLEAN].append(found)
            stages.append(json.loads(said)["seconds"])
            if run == 0:
                (work / "plain").mkdir()
                # In a process of its own: a child's peak memory counts from what its parent held.
                command = [sys.executable, __file__, "--pages", str(work / "build"), str(work / "plain")]
                subprocess.run(command, check=True)
            shutil.rmtree(work / "plain" / "plain-site", ignore_errors=True)
            figures[PLAIN].append(measured(mkdocs, work / "plain")[0])
            if pages_in(work / "build" / "site") != pages_in(work / "plain" / "plain-site"):
                raise SystemExit("the two sites do not have the same pages")
            found, said = measured(build, work)
            assert json.loads(said)["unchanged"]
            figures[SAME].append(found)
            with_mark(course / "scenarios" / TOPIC / "scenario.yaml", 100 + run)
            figures[ONE].append(measured(build, work)[0])
        latencies = serve_latencies(course, runs)
    print(f"{f'median of {runs}':<26}" + "".join(f"{name:>9}" for name in FIGURES))
    medians = {
        name: [statistics.median(column) for column in zip(*found, strict=True)] for name, found in figures.items()
    }
    for name, row in medians.items():
        print(f"{name:<26}" + "".join(f"{value:9.1f}" for value in row))
    walls = {name: row[0] for name, row in medians.items()}
    for name, seconds in latencies.items():
        walls[name] = statistics.median(seconds)
        print(f"{name:<26}{walls[name]:9.1f}")
    print("from nothing: " + ", ".join(f"{s} {statistics.median(one[s] for one in stages):.1f} s" for s in stages[0]))
    for name, promise in PROMISES_S.items():
        print(f"aim: {name} under {promise:g} s on two quiet cores: {'kept' if walls[name] < promise else 'MISSED'}")


if __name__ == "__main__":
    main()
