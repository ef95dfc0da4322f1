"""Hostile files: one clear sentence each, in bounded time, and never a traceback."""

import copy
import dataclasses
import random
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mutations import mutated
from teledesign.reading import check_files, nodes, prose
from teledesign.reading.files import kind_of, read_kind
from teledesign.reading.nodes import MAX_BYTES, MAX_ITEMS, read_file, read_text, resolve, walk
from teledesign.reading.prose import MAX_LENGTH, parse

GOOD = Path(__file__).parent / "good"
SECONDS = 5.0
"""Far above what any of them takes; a hang or an explosion is far above this."""

HEAD = "format: 1\ntitle: Lamps\ndate: 2026-11-23\n"
BOMB = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{name}: &{name} [{', '.join([f'*{before}'] * 9)}]\n" for before, name in zip("abcdefgh", "bcdefghi", strict=True)
)
DEEP = "topics: " + "[" * 50_000
HOSTILE = {
    "alias bomb": (BOMB, "yaml-anchor"),
    "alias of itself": ("topics: &x [*x]\n", "alias"),
    "nested lists, open": (DEEP, "nesting"),
    "nested lists, closed": (DEEP + "]" * 50_000, "nesting"),
    "nested mappings": ("topics: " + "{a: " * 50_000, "nesting"),
    "nested by indentation": ("topics:\n" + "".join(" " * i + "-\n" for i in range(1, 1000)), "nesting"),
    "nested keys": ("? " * 50_000, "nesting"),
    "nested on one line": ("topics: " + "- " * 50_000, "syntax"),
    "python object": ("title: !!python/object/apply:os.system ['touch /tmp/owned']\n", "tag"),
    "python name": ("title: !!python/name:os.system\n", "tag"),
    "binary": ("title: !!binary aGVsbG8=\n", "tag"),
    "own tag": ("%TAG ! tag:example.org,2000:\n---\ntitle: !lamp on\n", "tag"),
    "unknown tag handle": ("title: !e!lamp on\n", "syntax"),
    "another version": ("%YAML 3.0\n---\ntitle: on\n", "syntax"),
    "huge whole number": (f"groups: {'9' * 100_000}\n", "number-range"),
    "large whole number": (f"groups: {'9' * 300}\n", "number-range"),
    "huge hexadecimal": (f"groups: 0x{'f' * 300}\n", "number-range"),
    "infinite number": ("groups: 1e400\n", "number-range"),
    "infinity": ("groups: -.inf\n", "number-range"),
    "not a number": ("groups: .nan\n", "number-range"),
    "tiny number": ("groups: 1e-400\n", "wrong-type"),
    "NUL": ("title: a\x00b\n", "control-character"),
    "escape": ("title: \x1b[31mred\n", "control-character"),
    "escaped NUL": ('title: "a\\0b"\n', "control-character"),
    "escaped key": ('"ti\\etle": Lamps\n', "control-character"),
    "right to left": ("title: Lamps \u202espmal\n", "control-character"),
    "surrogate": ('title: "\\uD800"\n', "syntax"),
    "many documents": ("---\n" * 100_000, "empty-value"),
    "many keys": (HEAD + "".join(f"k{i}: 1\n" for i in range(20_000)), "too-many-values"),
    "one key many times": (HEAD + "title: x\n" * 20_000, "too-many-values"),
    "a long key": (f"{'k' * 900}: 1\n{HEAD}", "key-type"),
    "a very long key": (f"? '{'k' * 100_000}'\n: 1\n{HEAD}", "key-type"),
    "a key too long for YAML": (f"{'k' * 100_000}: 1\n{HEAD}", "syntax"),
    "a long line": (f"{HEAD}credit: {'word ' * 100_000}\n", "prose"),
    "many brackets in prose": (f"{HEAD}credit: '{'[' * (MAX_LENGTH - 1)}'\n", "missing-key"),
    "many stars in prose": (f"{HEAD}credit: '{'*a **b ' * (MAX_LENGTH // 8)}'\n", "missing-key"),
    "many links in prose": (f"{HEAD}credit: '{'[a](' * (MAX_LENGTH // 4)}'\n", "missing-key"),
    "as many keys as can be": (HEAD + "".join(f"k{i}: 1\n" for i in range(MAX_ITEMS - 3)), "unknown-key"),
    "as many items as can be": ("topics:\n" + "-\n" * MAX_ITEMS, "empty-value"),
    "merge": ("<<: {title: Lamps}\n", "merge-key"),
    "a list of nothing": ("topics:\n" + "-\n" * 20_000, "too-many-values"),
    "only a list": ("[topics]\n", "wrong-type"),
    "only a word": ("lamp\n", "wrong-type"),
    "only a comment": ("# lamp\n", "empty-file"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_text_gives_a_clear_finding_soon(name: str, tmp_path: Path) -> None:
    text, rule = HOSTILE[name]
    path = tmp_path / "course.yaml"
    path.write_bytes(text.encode())
    started = time.process_time()
    found = check_files([path]).findings
    assert time.process_time() - started < SECONDS
    assert rule in {finding.rule for finding in found}
    assert all(len(str(finding)) < 1000 for finding in found)
    assert not any(ord(character) < 32 for finding in found for character in finding.message)


def test_a_file_that_is_too_large_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "large.yaml"
    path.write_bytes(b"# " + b"x" * 5_000_000)
    (found,) = check_files([path]).findings
    assert (
        str(found)
        == f"{path}: the file holds 5,000,002 bytes; {MAX_BYTES:,} are the most. Split it or shorten it [file-size]"
    )


@pytest.mark.skipif(not Path("/dev/zero").exists(), reason="there is no /dev/zero here")
def test_a_device_without_an_end_is_not_read_to_its_end() -> None:
    (found,) = check_files([Path("/dev/zero")]).findings
    assert str(found).startswith(f"/dev/zero: the file holds too many bytes; {MAX_BYTES:,} are the most.")


def test_a_file_of_too_many_values_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(nodes, "MAX_NODES", 5_000)
    path = tmp_path / "many.yaml"
    path.write_text("topics: [" + f"[{'a,' * 999}a]," * 5 + "a]\n")
    (found,) = check_files([path]).findings
    assert found.rule == "too-many-values"
    assert found.message == "the file holds more than 5,000 values. Shorten it"


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("topics:\n" + "- a\n" * (MAX_ITEMS + 1), f"{MAX_ITEMS + 2}:3: topics"),
        ("a:\n" + "".join(f" k{i}: [1]\n" for i in range(MAX_ITEMS + 1)), f"{MAX_ITEMS + 2}:2: a"),
        ("a:\n" + " k: [1, 1]\n" * (MAX_ITEMS + 1), f"{MAX_ITEMS + 2}:2: a"),
    ],
)
def test_a_list_of_too_many_things_is_not_read_to_its_end(text: str, where: str) -> None:
    found = read_text(text, "f").findings[-1]
    assert str(found) == (
        f"f:{where}: more than {MAX_ITEMS:,} things stand in one list or mapping. Take some out [too-many-values]"
    )


def test_multipliers_beyond_all_numbers_are_told() -> None:
    source = GOOD / "course" / "scenarios" / "lamp" / "scenario.yaml"
    data: Any = read_file(source).data
    effects = [{"changes": "model.outcome", verb: {"wrong": 1e300}} for verb in ("times", "odds_times", "times")]
    data["incidents"]["deaf"]["effects"] = effects
    found = read_kind(dataclasses.replace(read_file(source), data=data), "scenario", source).findings
    assert "chance-above-one" in {finding.rule for finding in found}
    data["incidents"]["deaf"]["effects"] = effects[1:2] * 2
    found = read_kind(dataclasses.replace(read_file(source), data=data), "scenario", source).findings
    assert "chance-above-one" not in {finding.rule for finding in found}


@pytest.mark.parametrize(
    ("chance", "said"),
    [
        ({"right": 0.6, "wrong": "rest"}, "a mapping is not a chance."),
        (["rest"], "a list is not a chance."),
        ("rset", "rset is not a chance."),
        ("yes", "yes is not a chance."),
    ],
)
def test_what_is_no_chance_is_told_in_words(chance: object, said: str) -> None:
    source = GOOD / "course" / "scenarios" / "lamp" / "scenario.yaml"
    data: Any = read_file(source).data
    data["model"]["outcome"] = {"right": chance, "wrong": "rest"}
    found = read_kind(dataclasses.replace(read_file(source), data=data), "scenario", source).findings
    hint = "; or, if rows stand here, name above them what they hang on: given: NAME" if "mapping" in said else ""
    remedy = f"Write a number from 0 to 1, or rest for what is missing to 1{hint}"
    assert [finding.message for finding in found] == [f"at right, {said} {remedy}"]


SLOW = {
    "model.outcome": "c{}: {{right: 0.5, wrong: rest}}",
    "people.attributes.app_version.rollout": "v{}: {{day 3: 0.2}}",
}
"""A mapping of a scenario -> an entry that can stand there again and again."""


@pytest.mark.parametrize("path", SLOW)
def test_a_crowd_in_a_scenario_takes_no_more_than_its_time(path: str) -> None:
    source = GOOD / "course" / "scenarios" / "lamp" / "scenario.yaml"
    data: Any = read_file(source).data
    held = data
    for part in path.split("."):
        held = held[part]
    crowd = read_text("\n".join(SLOW[path].format(i) for i in range(MAX_ITEMS - len(held))), "crowd").data
    assert isinstance(crowd, dict)
    held.update(crowd)
    started = time.process_time()
    found = read_kind(dataclasses.replace(read_file(source), data=data), "scenario", source).findings
    assert time.process_time() - started < SECONDS
    assert found


@pytest.mark.parametrize("what", ["a folder", "nothing"])
def test_what_is_no_file_is_a_finding(what: str, tmp_path: Path) -> None:
    path = tmp_path / "course.yaml"
    if what == "a folder":
        path.mkdir()
    (found,) = read_file(path).findings
    assert found.rule == "unreadable-file"
    assert found.message.endswith("Check its name and rights")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        *[
            (word, word)
            for word in ("yes", "no", "on", "off", "y", "N", "12:30", "12:30:45", "2025-03-03", "v5.10", "+-1")
        ],
        *[(word, word) for word in ("1_000", "0b11", "1e", ".", "+", "e5", "0x", "tRUE", "1.2.3", "=", "NaN", "inf")],
        ("true", True),
        ("False", False),
        ("012", 12),
        ("0o17", 15),
        ("0x1F", 31),
        ("-0", 0),
        ("1e6", 1e6),
        (".5", 0.5),
        ("5.", 5.0),
        ("-1.5E-3", -0.0015),
    ],
)
def test_plain_words_are_read_as_yaml_1_2_does(text: str, value: object) -> None:
    found, mistake = resolve(text)
    assert mistake is None
    assert found == value
    assert type(found) is type(value)
    assert read_text(f"key: {text}\n", "f").data == {"key": value}
    assert read_text(f"key: '{text}'\n", "f").data == {"key": text}


@pytest.mark.parametrize("seed", range(8))
def test_accidents_give_findings_or_a_value_never_a_traceback(seed: int, tmp_path: Path) -> None:
    chance = random.Random(seed)
    files = [*GOOD.glob("*.yaml"), *GOOD.glob("course/**/*.yaml")]
    for number in range(60):
        source = chance.choice(sorted(files))
        path = tmp_path / f"{number}" / source.name
        path.parent.mkdir()
        path.write_text(mutated(source.read_text(encoding="utf-8"), chance), encoding="utf-8")
        for finding in check_files([path]).findings:
            assert finding.message.strip(), path
            assert finding.place.file == str(path)


ODD: list[Any] = [5, 0.5, -3, "some text", "x", "40 s", "rest", True, [], ["a"], [1], [[1]], [{}], {}, {"a": 1}]
ODD += [{"from": 1, "to": 2}, {"given": "x"}, {"a": {"b": {"c": 1}}}, {"row": 1}, {"rows": {}}, {"chances": {"a": 2}}]
ODD += [{"value": 3}, {"name": "x"}, {"versions": {}}, {"size": 3}, "=cmd()", "../../etc/passwd", 2**53, 1e300, "end"]


def with_value(data: Any, path: tuple[str | int, ...], value: Any) -> Any:
    """A copy of the data with one value replaced."""
    if not path:
        return value
    found = copy.copy(data)
    found[path[0]] = with_value(data[path[0]], path[1:], value)
    return found


@pytest.mark.parametrize("source", sorted(GOOD.glob("*.yaml")), ids=lambda path: path.stem)
def test_odd_values_anywhere_give_findings_or_a_value(source: Path) -> None:
    document = read_file(source)
    kind = kind_of(document, source)
    assert kind is not None
    chance = random.Random(source.name)
    paths = [path for path, _ in walk(document.data) if path]
    for _ in range(60):
        path, value = chance.choice(paths), chance.choice(ODD)
        changed = dataclasses.replace(document, data=with_value(document.data, path, value))
        for finding in read_kind(changed, kind, source).findings:
            assert "does not fit here" not in finding.message, (path, value, finding)


def test_a_very_long_value_is_not_repeated() -> None:
    text = HEAD.replace("2026-11-23", f"[{'many, ' * (MAX_ITEMS - 1)} more]") + "topics: [lamp]\n"
    (found,) = read_kind(read_text(text, "course.yaml"), "course", Path("course.yaml")).findings
    assert found.message == "a list is not a date. Write it as 2025-03-03"


@pytest.mark.parametrize("mark", ["", "\ufeff"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_marks_and_line_ends_of_any_editor(mark: str, end: str, tmp_path: Path) -> None:
    path = tmp_path / "course.yaml"
    path.write_bytes((mark + HEAD + "topics: [lamp]\npapper: a4\n").replace("\n", end).encode())
    (found,) = check_files([path]).findings
    assert str(found) == f"{path}:5:1: papper: there is no key papper here. Did you mean paper? [unknown-key]"


@pytest.mark.parametrize(
    ("source", "runs"),
    [
        (
            "one *two* `three`",
            [("text", "one ", ""), ("emphasis", "two", ""), ("text", " ", ""), ("code", "three", "")],
        ),
        ("[a *b* `c`](https://x.org/?a=1&b)", [("link", "a b c", "https://x.org/?a=1&b")]),
        ("<https://x.org>", [("link", "https://x.org", "https://x.org")]),
        ("*a `b` c*", [("emphasis", "a ", ""), ("code", "b", ""), ("emphasis", " c", "")]),
        ("<script>alert(1)</script> &amp; __init__ _a_ {{ x }} 2 * 3", None),
        ("[a]: https://x.org [a]", None),
        ("    indented", [("text", "indented", "")]),
        ("\\# no heading \\*", [("text", "# no heading *", "")]),
    ],
)
def test_prose(source: str, runs: list[tuple[str, str, str]] | None) -> None:
    (paragraph,) = parse(source).paragraphs
    assert [(run.kind, run.text, run.href) for run in paragraph] == (runs or [("text", source, "")])


@pytest.mark.parametrize(
    "source",
    [
        *["# h", "h\n===", "- a", "* a", "1. a", "> a", "---", "```\na\n```", "![a](https://x.org/a.png)", "**a**"],
        *[
            "[a](javascript:alert(1))",
            "[a](JaVaScRiPt:x)",
            "[a](data:text/html,x)",
            "[a](file:///etc/passwd)",
            "[a](/b)",
        ],
        *[
            "[a](../b)",
            "[a](//x.org)",
            "[a](https://)",
            "[a](mailto:a@b.c)",
            "<a@b.c>",
            "[a](<https://x.org/a b>)",
            "[a]()",
        ],
        *['[a](https://x.org "t")', "[a](http://[::1)", "x" * (MAX_LENGTH + 1)],
    ],
)
def test_prose_refused(source: str) -> None:
    with pytest.raises(ValueError, match=r"\w\. [A-Z]"):
        parse(source)


CHARACTERS = st.text(alphabet="abcXYZé“‘-+#>=~|&!:;.,()]{}$%^@'\"0123456789/?²\u00a0\t`", min_size=1, max_size=6)
WORDS = st.one_of(CHARACTERS, st.sampled_from(["`a_b`", "`x.y-1`", "(`none`),", "`a``b`", "12.", "3)", "24.14"]))
BEGINS = st.sampled_from(["a", "a", "", "12", "1.", "`"])
LINES = st.builds(lambda begin, words: begin + " ".join(words), BEGINS, st.lists(WORDS, min_size=1, max_size=5))


@settings(max_examples=400, deadline=None, derandomize=True)
@given(st.lists(LINES, min_size=1, max_size=3), st.sampled_from(["\n", "\n\n"]), st.sampled_from(["", "\n"]))
def test_a_text_without_markup_is_what_the_reader_of_markdown_makes_of_it(
    lines: list[str], between: str, end: str
) -> None:
    text = between.join(lines) + end
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(prose, "_SIMPLE", prose.re.compile("(?!)"))
        slowly = parsed(text)
    assert parsed(text) == slowly


def parsed(text: str) -> prose.Prose | str:
    try:
        return parse(text)
    except prose.Mistake as mistake:
        return str(mistake)
