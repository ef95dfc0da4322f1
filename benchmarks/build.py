"""A whole build beside plain `mkdocs build` of the very same pages, in turn: seconds, CPU seconds, peak memory.

What is built is the README's main job: all topics of the shipped course, with its groups and its size of log. The
pages for plain MkDocs are those of the first build, written out as Markdown; so it only turns pages into a site.
CPU seconds are printed beside wall seconds because they are less disturbed by others on the machine. Memory is that
of the largest process.
Run: .venv/bin/python benchmarks/build.py [runs]
"""

import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

BUILD, PLAIN = "teledesign build", "plain mkdocs build"
PROMISE_S = 60
FIGURES = ("wall s", "CPU s", "peak MB")


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
    from teledesign.build import STUDENT, public_parts
    from teledesign.cli.described import described_commands
    from teledesign.course import find_course, open_course
    from teledesign.outputs.pages import site_navigation, site_pages, site_title, write_markdown_tree
    from teledesign.outputs.site import mkdocs_configuration
    from teledesign.resources import packaged_course
    from teledesign.worksheets import Press

    course = open_course(find_course(packaged_course()))
    press = Press(course.file.date, [course.root / "templates"])
    logs = {name: SimpleNamespace(folder=built / STUDENT / "logs" / name) for name in course.topics}
    made = replace(public_parts(course, press, logs, folder / "made"), commands=described_commands())
    write_markdown_tree(site_pages(course, made), folder / "docs")
    configuration = mkdocs_configuration(course.root, folder / "plain-site")
    configuration["plugins"] = [plugin for plugin in configuration["plugins"] if "teledesign" not in plugin]
    configuration |= {"site_name": site_title(course), "nav": site_navigation(course, made)}
    (folder / "mkdocs.yml").write_text(json.dumps(configuration), "utf-8")


def pages_in(site: Path) -> set[str]:
    """The pages of a site, by path."""
    return {path.relative_to(site).as_posix() for path in site.rglob("*.html")} - {"404.html"}


def main() -> None:
    if sys.argv[1:2] == ["--pages"]:
        return plain_pages(Path(sys.argv[2]), Path(sys.argv[3]))
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 3
    figures: dict[str, list[tuple[float, float, float]]] = {BUILD: [], PLAIN: []}
    stages: list[dict[str, float]] = []
    with tempfile.TemporaryDirectory(prefix="teledesign-benchmark-") as temporary:
        work = Path(temporary)
        build = [sys.executable, "-m", "teledesign", "build", "--json", "--every-topic", "-o", str(work / "build")]
        mkdocs = [sys.executable, "-m", "mkdocs", "build", "--quiet"]
        for run in range(runs):
            shutil.rmtree(work / "build", ignore_errors=True)
            found, said = measured(build, work)
            figures[BUILD].append(found)
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
    print(f"{f'median of {runs}':<20}" + "".join(f"{name:>9}" for name in FIGURES))
    medians = {
        name: [statistics.median(column) for column in zip(*found, strict=True)] for name, found in figures.items()
    }
    for name, row in medians.items():
        print(f"{name:<20}" + "".join(f"{value:9.1f}" for value in row))
    print("of the build: " + ", ".join(f"{s} {statistics.median(one[s] for one in stages):.1f} s" for s in stages[0]))
    wall = medians[BUILD][0]
    print(f"aim: under {PROMISE_S} s on two quiet cores: {'kept' if wall < PROMISE_S else 'MISSED'}")


if __name__ == "__main__":
    main()
