"""A course whose every text is hostile: it builds, nothing in it runs, and readers see the text as it was written."""

from __future__ import annotations

import csv
import io
import json
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

import pytest
import yaml
from pydantic import StringConstraints
from pydantic.fields import FieldInfo

from teledesign.build import INSTRUCTOR, SITE, STUDENT, BuildOptions, build
from teledesign.cli import run
from teledesign.course import find_course, open_course
from teledesign.prose import Prose
from teledesign.reading import check_files, files_of_course
from teledesign.reading.nodes import read_file
from teledesign.reading.prose import parse
from teledesign.resources import packaged_course
from teledesign.scenario.base import Frozen, Mistake

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

TOPIC = "shoe-brand"
COMPUTED = "34969"
"""What 187 * 187 gives, for those who compute it."""
PAYLOADS = (
    "<script>owned=1</script>",
    '<img src="x" onerror="owned=1">',
    "</script><script>owned=1</script>",
    "</style></title><svg onload=owned=1>",
    "' onmouseover='owned=1' x='",
    "{{ 187*187 }}",
    "{% raw %}{{ x }}{# #}",
    "${187*187} <%= 187*187 %>",
    '#eval("187*187") #read("/etc/passwd")',
    '"); #panic("owned") #("',
    r"$ #sys.version $ @ref <lab> \ /* */ //",
    r"\input{/etc/passwd} \write18{id} $$",
    "=cmd|' /C calc'!A0",
    "+187*187",
    "@SUM(187*187)",
    "](javascript:owned=1)",
    "{: onclick=owned=1 } {.a #b}",
    "| a | b | :x: ==y== ^^z^^ ~~s~~ [^1]",
    "&lt;b&gt; &amp; &#60;script&#62; \\u003cscript\\u003e",
    "`x`{=html} ``` :::",
    "../../etc/passwd %2e%2e%2f file:///etc",
    "Zoë – ½ × “ß” Ångström ŁŁ ÷",
    "%s %d %(x)s {0} {x!r} \\n \\0",
    "*<b>* `<i>{{ 187*187 }}` [a<b](https://x.example/?a='b)",
    "W" * 60,
    "=187*187",
    "<b>#x</b>",
)
NAVIGATION = [
    {"title": "Home", "page": "index.md"},
    {"title": "Topics", "topics": "all"},
    {"title": "For instructors", "page": "instructors.md"},
    {"title": "About", "page": "about.md"},
]
KEPT = {"time_zone", "sets", "published"}
"""Texts that mean something to the program."""


@dataclass
class Planted:
    """What was written where: texts as they stand, prose as its words.  Each has its number at the end."""

    texts: dict[str, str] = field(default_factory=dict)

    def text(self, path: str, former: str) -> str:
        """A hostile text about as long as the former one, so that what fitted on paper still does."""
        self.texts[path] = next(self._payloads(former))
        return self.texts[path]

    def prose(self, path: str, former: str) -> str:
        """The same, of what prose does not refuse."""
        for source in self._payloads(former):
            try:
                self.texts[path] = parse(source).text
            except Mistake:
                continue
            return source
        raise AssertionError(path)

    def _payloads(self, former: str) -> Iterator[str]:
        number = len(self.texts)
        for turn in range(len(PAYLOADS)):
            payload = f"{PAYLOADS[(number + turn) % len(PAYLOADS)]} {number}"
            if len(payload) <= max(len(former), 14):
                yield payload


def hostile(value: object, raw: Any, planted: Planted, path: str = "") -> Any:
    """The raw data of a value with hostile text wherever free text stands."""
    if isinstance(value, Frozen) and isinstance(raw, dict):
        done = dict(raw)
        for name, info in type(value).model_fields.items():
            key = info.alias or name
            if key in raw and name not in KEPT:
                place = f"{path}.{key}"
                if isinstance(raw[key], str) and is_text(info):
                    done[key] = planted.text(place, raw[key])
                else:
                    done[key] = hostile(getattr(value, name), raw[key], planted, place)
        return done
    if isinstance(value, Prose) and isinstance(raw, str):
        return planted.prose(path, raw)
    if isinstance(value, dict) and isinstance(raw, dict):
        return {key: hostile(value.get(key), one, planted, f"{path}.{key}") for key, one in raw.items()}
    if isinstance(value, tuple) and isinstance(raw, list) and len(value) == len(raw):
        return [hostile(*pair, planted, f"{path}.{place}") for place, pair in enumerate(zip(value, raw, strict=True))]
    return raw


def is_text(info: FieldInfo) -> bool:
    """Whether a field holds free text on one line."""

    def limits(annotation: Any) -> Iterator[Any]:
        yield annotation
        for argument in get_args(annotation):
            yield from limits(argument)

    found = [one for one in (*info.metadata, *limits(info.annotation)) if isinstance(one, StringConstraints)]
    return bool(found) and all(one.pattern is None for one in found)


@dataclass(frozen=True)
class HostileCourse:
    """A course of one topic, built, and what was planted in it by `file.path`."""

    root: Path
    planted: dict[str, str]

    @property
    def built(self) -> Path:
        return self.root / "build"

    def expected(self, *beginnings: str, without: tuple[str, ...] = ()) -> dict[str, str]:
        """What was planted below these paths."""
        return {
            path: squashed(text)
            for path, text in self.planted.items()
            if path.startswith(beginnings) and not path.startswith(without)
        }


def squashed(text: str) -> str:
    """The text without spaces and hyphens, with the quotes of a keyboard: what print and browsers may change."""
    return re.sub(r"[\s\u00ad\u200b\ufffe-]+", "", text).translate(str.maketrans("‘’“”", "''\"\""))


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> HostileCourse:
    root = tmp_path_factory.mktemp("hostile")
    source = packaged_course()
    shutil.copyfile(source / "course.yaml", root / "course.yaml")
    for name in ("templates", "site", f"scenarios/{TOPIC}", "scenarios/prices"):
        shutil.copytree(source / name, root / name)
    path = root / "course.yaml"
    held = read_file(path).data
    assert isinstance(held, dict)
    held |= {"topics": [TOPIC], "institution": "A school", "navigation": NAVIGATION}
    path.write_text(yaml.safe_dump(held, allow_unicode=True, sort_keys=False, width=10**6), "utf-8")
    opened = open_course(find_course(root))
    topic = opened.topics[TOPIC]
    values: dict[Path, Frozen | None] = {path: opened.file}
    values |= {topic.folder / "scenario.yaml": topic.scenario, topic.folder / "teaching.yaml": topic.teaching}
    values |= {topic.folder / "designs" / f"{name}.yaml": design for name, design in topic.designs.items()}
    values |= {root / "scenarios" / "prices" / f"{name}.yaml": sheet for name, sheet in opened.prices.items()}
    planted = Planted()
    for path, value in values.items():
        name = "prices" if path.parent.name == "prices" else path.stem
        data = hostile(value, read_file(path).data, planted, name)
        path.write_text(yaml.safe_dump(data, allow_unicode=True, sort_keys=False, width=10**6), "utf-8")
    checked = check_files(files_of_course(root))
    assert [str(finding) for finding in checked.findings] == []
    report = build(
        open_course(find_course(root)), BuildOptions(groups=1, events=2000), root / "build", lambda stage: None
    )
    assert {finding.rule for finding in report.findings} == {"unnamed-page"}
    return HostileCourse(root, planted.texts)


PROBE = """() => ({
    ran: typeof owned !== 'undefined',
    text: document.documentElement.textContent,
    handlers: [...document.querySelectorAll('*')].flatMap(one => [...one.attributes])
        .filter(one => /^on/i.test(one.name)).map(one => one.name + '=' + one.value),
    addresses: [...document.querySelectorAll('[href], [src]')]
        .map(one => one.getAttribute('href') || one.getAttribute('src'))
        .filter(one => /^\\s*(javascript|vbscript|data:text|file):/i.test(one)),
    marks: [...document.querySelectorAll('article b, article i, mark, ins, del, img:not([alt])')]
        .map(one => one.outerHTML),
    width: document.documentElement.scrollWidth,
})"""
NOT_ON_PAGES = (
    "teaching",
    "prices",
    "scenario.journey.query.steps.gave_up.says",  # what nobody can see of people
    *(f"{design}." for design in ("lean", "thorough")),
)
"""Whose texts no page shows."""


@pytest.mark.browser
def test_nothing_runs_in_a_browser_and_pages_say_what_was_written(course: HostileCourse, browser: Browser) -> None:
    seen = ""
    page = browser.new_page(viewport={"width": 390, "height": 800})
    wrong = listen(page, course.built)
    for path in sorted(course.built.rglob("*.html")):
        page.goto(path.as_uri())
        page.wait_for_load_state("load")
        found = page.evaluate(PROBE)
        name = path.relative_to(course.built).as_posix()
        assert not found["ran"], name
        assert COMPUTED not in found["text"], name
        assert (found["handlers"], found["addresses"], found["marks"]) == ([], [], []), name
        assert found["width"] <= 390, name
        assert wrong == [], name
        seen += squashed(found["text"])
    page.close()
    missing = {path: text for path, text in course.expected("").items() if text not in seen}
    assert {path: text for path, text in missing.items() if not path.startswith(NOT_ON_PAGES)} == {}
    assert [path for path in missing if path.startswith("teaching")], "answers stand on no page"


def listen(page: Page, folder: Path) -> list[str]:
    """What goes wrong on a page from now on: errors, dialogs, requests beyond the folder."""
    wrong: list[str] = []
    page.on("console", lambda message: wrong.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("dialog", lambda dialog: (wrong.append("a dialog"), dialog.dismiss()))
    inside = (folder.as_uri(), "data:", "blob:")
    page.on("request", lambda request: None if request.url.startswith(inside) else wrong.append(request.url))
    return wrong


QUESTIONS = ("capture", "use", "cost", "risks")
CRITERIA, HINTS = (tuple(f"scenario.questions.{name}.{part}" for name in QUESTIONS) for part in ("criteria", "hints"))
PRINTED = {
    "class": ("scenario.title", "scenario.product.brief", "scenario.questions"),
    "cost": ("scenario.title", "scenario.forms.shoppers", "scenario.forms.hot_days", "prices.title"),
    "class-key": ("scenario.questions", "teaching.answers", "teaching.criteria"),
    "class-grid": CRITERIA,
    "guide": (*HINTS, "teaching.notes"),
}
"""Handout -> what was planted on it."""
NOT_PRINTED = {"class": CRITERIA, "class-key": (*CRITERIA, *HINTS)}


@pytest.mark.parametrize("document", PRINTED)
def test_print_says_what_was_written(course: HostileCourse, document: str, tool: Callable[[str], str]) -> None:
    (path,) = {*course.built.rglob(f"group-01-{document}.pdf"), *course.built.rglob(f"{document}.pdf")}
    told = subprocess.run([tool("pdftotext"), "-raw", str(path), "-"], capture_output=True, check=True).stdout.decode()
    assert COMPUTED not in told
    assert "root:" not in told
    text = squashed(told)
    expected = course.expected(*PRINTED[document], without=NOT_PRINTED.get(document, ()))
    assert {path: one for path, one in expected.items() if one not in text} == {}


def test_no_file_holds_what_a_text_computes(course: HostileCourse) -> None:
    for path in course.built.rglob("*"):
        if path.is_file() and path.suffix in {".html", ".js", ".json", ".csv"} and path.stat().st_size < 2_000_000:
            assert COMPUTED not in path.read_text("utf-8"), path
    for path in course.built.rglob("*.json"):
        json.loads(path.read_text("utf-8"))
    assert {path.name for path in course.built.iterdir()} == {"build.json", ".kept", STUDENT, INSTRUCTOR, SITE}


def test_no_cell_is_a_formula(course: HostileCourse, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["cost", TOPIC, f"{TOPIC}/lean", "--csv", "--course", str(course.root)]) == 0
    rows = list(csv.reader(io.StringIO(capsys.readouterr().out)))
    assert len(rows) > 10
    cells = [cell for row in rows for cell in row]
    assert [cell for cell in cells if re.match(r"[=+@|%]|-\D", cell)] == []
    assert [cell for cell in cells if cell.startswith("'")], "a planted formula stands behind an apostrophe"


@pytest.mark.parametrize("command", ["cost", "list", "check"])
def test_json_is_json(course: HostileCourse, command: str, capsys: pytest.CaptureFixture[str]) -> None:
    scenario = [TOPIC] if command == "cost" else []
    assert run([command, *scenario, "--json", "--course", str(course.root)]) == 0
    text = capsys.readouterr().out
    assert COMPUTED not in text
    json.loads(text)


@pytest.mark.parametrize("arguments", [["tell", TOPIC], ["cost", TOPIC], ["list"]])
def test_a_terminal_shows_it_as_written(
    course: HostileCourse, arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run([*arguments, "--course", str(course.root)]) == 0
    text = capsys.readouterr().out
    assert COMPUTED not in text
    assert "\x1b" not in text
