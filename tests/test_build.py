"""A whole build: three trees, put in place together, without a leak, and the same bytes every time."""

from __future__ import annotations

import html
import json
import os
import pickle
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from small_course import files, small_course
from small_course import replace as replace_in
from teledesign import build as building
from teledesign.build import INSTRUCTOR, SITE, STUDENT, BuildOptions, build
from teledesign.cli import run
from teledesign.course import Course, find_course, open_course
from teledesign.findings import Finding, MissingExtra, Refusal
from teledesign.form import PUBLIC_SECRET
from teledesign.outputs.logs import LogOrder, TopicLog, make_each
from teledesign.outputs.made import Made
from teledesign.resources import packaged_course
from teledesign.scenario.contexts import TooWide
from teledesign.worksheets import Handouts, Order, Press
from teledesign.writing import staged_folder, write_tree

TOPIC = "shoe-brand"
KINDS = ("class", "cost", "canvas", "score")
LAMP = "lamp"
OPTIONS = BuildOptions(groups=1, only=(LAMP,), events=1000)
ANSWER = "Lamps that guess right are noticed by nobody at all."
SOURCES = ("course.yaml", "scenarios", "templates", "site")


def copied_course(folder: Path) -> Path:
    """A course of one's own: the packaged one, copied."""
    for name in SOURCES:
        source = packaged_course() / name
        copy = shutil.copytree if source.is_dir() else shutil.copyfile
        copy(source, folder / name)
    return folder


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return copied_course(tmp_path_factory.mktemp("course"))


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A course that is built in a moment, for tests that are not about what is in a build."""
    return small_course(tmp_path_factory.mktemp("small") / "course")


@pytest.fixture(scope="module")
def course(small: Path) -> Course:
    return open_course(find_course(small))


@pytest.fixture(scope="module")
def told(root: Path) -> list[str]:
    """What the command printed when it built one topic for two groups, with a small log, into `build/`."""
    outcome = subprocess_run(root, root / "build")
    assert outcome.returncode == 0, outcome.stderr
    return outcome.stdout.splitlines()


@pytest.fixture(scope="module")
def built(root: Path, told: list[str]) -> Path:
    return root / "build"


@pytest.fixture
def quick_site(monkeypatch: pytest.MonkeyPatch) -> None:
    """A site of one page, for tests that are not about the site."""

    def one_page(course: Course, made: object, target: Path, ready: object) -> None:
        write_tree(target, {"index.html": "<p>home</p>"})

    monkeypatch.setattr(building, "build_site", one_page)


def test_a_build_holds_what_each_reader_needs_and_nothing_of_another(built: Path) -> None:
    assert sorted(path.name for path in built.iterdir()) == [".kept", "build.json", INSTRUCTOR, SITE, STUDENT]
    student = {re.sub(r"part-\d+", "part", name) for name in files(built / STUDENT)}
    sheets = {f"worksheets/{TOPIC}/group-0{group}-{kind}.pdf" for group in (1, 2) for kind in KINDS}
    sheets |= {f"worksheets/{TOPIC}/rubric.pdf"}
    of_log = ("README.md", "dictionary.csv", "events.parquet", "manifest.json", "schema.json")
    log = {f"logs/{TOPIC}/{name}" for name in of_log}
    assert student == sheets | log | {f"costs/{TOPIC}/{TOPIC}-costs.xlsx"}
    of_group = ("class-grid", "cost-key", "canvas-key", "score-grid")
    keys = {f"keys/{TOPIC}/group-0{group}-{kind}.pdf" for group in (1, 2) for kind in of_group}
    keys |= {f"keys/{TOPIC}/{name}.pdf" for name in ("class-key", "score-key", "guide")}
    truth = {f"truth/{TOPIC}/{name}" for name in ("truth.parquet", "truth.json", "metrics.csv")}
    assert set(files(built / INSTRUCTOR)) == keys | truth | {"index.html", "roster.csv", "roster.pdf"}
    site = files(built / SITE)
    pages = {f"topics/{TOPIC}/{name}.html" for name in ("index", "worksheet", "log", "estimator")}
    assert pages | {"index.html", "instructors.html", "students.html", "about.html"} <= set(site)
    assert sum(map(len, site.values())) < 40_000_000


def test_every_link_of_the_instructors_first_page_leads_somewhere(built: Path) -> None:
    page = built / INSTRUCTOR / "index.html"
    links = re.findall(r'href="([^"]+)"', page.read_text("utf-8"))
    assert len(links) > 10
    for link in links:
        assert (page.parent / link).exists(), link


def test_the_first_page_lists_papers_by_kind_and_group(built: Path) -> None:
    text = (built / INSTRUCTOR / "index.html").read_text("utf-8")
    assert text.startswith("<!doctype html>")
    labels = re.findall(r'aria-label="([^"]+)">(\d+)</a>', text)
    kinds = ["Class worksheet", "Cost sheet", "Design canvas", "ML Test Score sheet"]
    kinds += [
        "Marking grid of the class worksheet",
        "Key to the cost sheet",
        "Key to the design canvas",
        "Marking grid of the ML Test Score sheet",
    ]
    assert text.count(">every group</a>") == 4
    assert labels == [(f"{kind}, group {group}", str(group)) for kind in kinds for group in (1, 2)]
    assert "A4, both sides" in text
    assert f'<a href="../{SITE}/topics/{TOPIC}/projector.html">' in text


def test_the_first_page_says_what_goes_wrong_in_each_log(built: Path) -> None:
    text = html.unescape((built / INSTRUCTOR / "index.html").read_text("utf-8"))
    truth = json.loads((built / INSTRUCTOR / "truth" / TOPIC / "truth.json").read_text("utf-8"))
    assert truth["incidents"]
    for told in truth["incidents"]:
        assert f"<strong>{told['title']}</strong>, " in text
        assert re.search(rf"\bday {told['begins_on_day']} (on|to)", text)
        assert told["shows_first"] in text
        assert told["mistaken_for"] in text


def test_the_command_says_what_it_made_and_what_to_open(root: Path, told: list[str]) -> None:
    assert told[0] == f"Course: {root}"
    assert re.fullmatch(r"Built 1 topic for 2 groups in \d+ s \(build [0-9a-f]{12}\)\.", told[1])
    assert "9 sheets to print" in told[3]
    assert "11 keys" in told[4]
    assert told[-1] == f"Open first: {root / 'build' / INSTRUCTOR / 'index.html'}"


def subprocess_run(root: Path, target: Path, *before: str, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [*before, sys.executable, "-m", "teledesign", "build", "--course", str(root), "--groups", "2"]
    command += ["--only", TOPIC, "--events", "4000", "-o", str(target)]
    return subprocess.run(command, capture_output=True, text=True, env={**os.environ, **environment}, check=False)


def test_another_clock_and_processor_give_the_same_bytes(
    root: Path, built: Path, tmp_path: Path, tool: Callable[[str], str]
) -> None:
    import numpy as np

    core = np._core._multiarray_umath
    features = [name for name in core.__cpu_dispatch__ if core.__cpu_features__.get(name)]
    target = tmp_path / "again"
    outcome = subprocess_run(
        root,
        target,
        *(tool("faketime"), "-f", "+700d"),
        NPY_DISABLE_CPU_FEATURES=" ".join(features),
        GLIBC_TUNABLES="glibc.cpu.hwcaps=-AVX2,-FMA,-AVX512F",
        PYTHONHASHSEED="7",
        TZ="Pacific/Auckland",
        LC_ALL="C",
    )
    assert outcome.returncode == 0, outcome.stderr
    first, second = files(built), files(target)
    assert sorted(first) == sorted(second)
    assert [name for name in first if first[name] != second[name]] == []


def test_forms_are_kept_and_found_again(small: Path, course: Course, quick_site: None, tmp_path: Path) -> None:
    def built(groups: int, target: Path) -> bytes:
        build(course, replace(OPTIONS, groups=groups), target, lambda stage: None)
        return (target / STUDENT / f"worksheets/{LAMP}/group-01-class.pdf").read_bytes()

    first = built(1, tmp_path / "first")
    kept = files(small / "forms")
    assert sorted(kept) == [f"practice/{LAMP}/group-01.json"]
    assert built(2, tmp_path / "second") == first
    again = files(small / "forms")
    assert {name: again[name] for name in kept} == kept
    assert len(again) == 2


@pytest.fixture
def former(tmp_path: Path) -> Iterator[Path]:
    """An earlier output, which a build that fails must leave as it is."""
    target = tmp_path / "build"
    write_tree(target, {"build.json": json.dumps({"made_by": "teledesign"}), "former.txt": "former"})
    yield target
    assert sorted(files(target)) == ["build.json", "former.txt"]
    assert [path.name for path in tmp_path.iterdir()] == ["build"]


@pytest.mark.skipif(sys.platform == "win32", reason="kills with a POSIX signal")
@pytest.mark.parametrize("begun", ["student/worksheets", "student/logs", ".kept/pages"])
def test_a_build_killed_anywhere_leaves_the_former_output_whole(
    small: Path, tmp_path: Path, begun: str, former: Path
) -> None:
    command = [sys.executable, "-m", "teledesign", "build", "--course", str(small), "--groups", "1", "--jobs", "1"]
    command += ["--events", "1000", "--only", LAMP, "-o", str(former)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
    while not list(tmp_path.glob(f".build.making-*/{begun}")):
        assert process.poll() is None
        time.sleep(0.01)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    assert sorted(files(former)) == ["build.json", "former.txt"]
    with staged_folder(former, {}) as folder:
        write_tree(folder, {"former.txt": "former"})


def leaks_of(course: Course, target: Path) -> list[str]:
    with pytest.raises(Refusal, match="Nothing was put in place") as refusal:
        build(course, OPTIONS, target, lambda stage: None)
    return [f"{finding.place}: {finding.message.partition(' stands')[0]}" for finding in refusal.value.findings]


def test_an_answer_in_a_page_stops_the_build(small: Path, former: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def leaky(course: Course, made: object, target: Path, ready: object) -> None:
        write_tree(target, {"about.html": f"<p>{ANSWER}</p>"})

    replace_in(small / f"scenarios/{LAMP}/teaching.yaml", "- One point.", f"- {ANSWER}")
    monkeypatch.setattr(building, "build_site", leaky)
    answering = open_course(find_course(small))
    assert leaks_of(answering, former) == [f"{SITE}/about.html: a sentence of the teaching file of {LAMP}"]


def test_the_truth_in_a_log_stops_the_build(
    course: Course, former: Path, quick_site: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_logs = building.make_logs

    def leaky(work: Any) -> dict[str, TopicLog]:
        made = make_logs(work)
        truth = work.folder / INSTRUCTOR / "truth" / LAMP / "truth.parquet"
        shutil.copyfile(truth, work.folder / STUDENT / "logs" / "more.parquet")
        return made

    monkeypatch.setattr(building, "make_logs", leaky)
    found = leaks_of(course, former)
    assert f"{STUDENT}/logs/more.parquet: the column outcome of the truth" in found


def test_a_key_beside_a_sheet_stops_the_build(
    course: Course, former: Path, quick_site: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_handouts = building.make_handouts

    def leaky(work: Any, order: Order, press: Press) -> Handouts:
        made = make_handouts(work, order, press)
        key = work.folder / INSTRUCTOR / "keys" / LAMP / "group-01-cost-key.pdf"
        shutil.copyfile(key, work.folder / STUDENT / "worksheets" / LAMP / "extra.pdf")
        return made

    monkeypatch.setattr(building, "make_handouts", leaky)
    assert f"{STUDENT}/worksheets/{LAMP}/extra.pdf: a mark planted in a key" in leaks_of(course, former)


def test_mistakes_in_the_course_stop_the_build(former: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    root = small_course(tmp_path_factory.mktemp("mistaken") / "course")
    replace_in(root / f"scenarios/{LAMP}/scenario.yaml", "platform: {ios: 0.4,", "platform: {ios: 0.5,")
    with pytest.raises(Refusal, match="the course has mistakes") as refusal:
        build(open_course(find_course(root)), OPTIONS, former, lambda stage: None)
    assert "chances sum to 1.1, not 1" in str(refusal.value.findings[0])


def test_a_topic_that_is_not_there_is_one_sentence(course: Course, former: Path) -> None:
    with pytest.raises(Refusal, match=r"there is no topic 'lmp'\. Did you mean lamp\?"):
        build(course, BuildOptions(only=("lmp",)), former, lambda stage: None)


def test_graded_forms_without_a_secret_are_refused(
    course: Course, former: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("TELEDESIGN_SECRET", raising=False)
    with pytest.raises(Refusal, match="graded forms need a course secret, and there is none"):
        build(course, BuildOptions(graded=True, only=(LAMP,)), former, lambda stage: None)


def test_a_graded_build_carries_the_fingerprint_and_never_the_secret(
    course: Course, small: Path, quick_site: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret = "a long secret nobody would guess, 8131"
    monkeypatch.setenv("TELEDESIGN_SECRET", secret)
    options = replace(OPTIONS, graded=True)
    build(course, options, tmp_path / "graded", lambda stage: None)
    page = (tmp_path / "graded" / INSTRUCTOR / "index.html").read_text("utf-8")
    fingerprint = re.search(r"graded forms of the secret ([0-9a-f]{8})", page)
    assert fingerprint is not None
    form = json.loads((small / "forms" / "graded" / LAMP / "group-01.json").read_text("utf-8"))
    assert form["course"] == fingerprint[1]
    assert not any(secret.encode() in content for content in files(tmp_path / "graded").values())
    asked = ["truth", str(tmp_path / "graded" / STUDENT / "logs" / LAMP), "--course", str(small)]
    assert run([*asked, "--graded"]) == 0  # drawn from the secret, and made again from it
    assert run(asked) == 1


def test_logs_made_at_once_are_the_logs_made_one_by_one(course: Course, tmp_path: Path) -> None:
    topics = list(course.topics.values())

    def made(folder: Path, jobs: int) -> dict[str, bytes]:
        orders = {topic.id: LogOrder(topic.scenario, folder / "logs" / topic.id, folder / topic.id) for topic in topics}
        make_each(orders, PUBLIC_SECRET, events=1000, jobs=jobs)
        return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}

    assert made(tmp_path / "one", 1) == made(tmp_path / "two", 2)


def test_a_refusal_comes_whole_from_another_process() -> None:
    findings = (Finding("rule", "what is wrong. What to do."),)
    for refusal in (Refusal("It cannot go on. Stop", findings), MissingExtra("pyarrow", "logs"), TooWide("a.b", 9, 5)):
        again = pickle.loads(pickle.dumps(refusal))
        assert isinstance(again, Refusal)
        assert (again.message, again.findings) == (refusal.message, refusal.findings)


def test_pages_made_at_once_are_the_pages_made_one_by_one(course: Course, tmp_path: Path) -> None:
    public = building.public(course)

    def made(base: Path, jobs: int) -> dict[str, bytes]:
        building._write_pages(public, Made(), {name: base / name for name in public.topics}, base, jobs)
        return files(base)

    assert made(tmp_path / "one", 1) == made(tmp_path / "two", 2)
