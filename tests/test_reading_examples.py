"""Good files say nothing; each bad file says exactly what stands beside it in its .txt."""

import re
from pathlib import Path

import pytest

from teledesign.reading import check_course, check_files
from teledesign.reading.rules import all_rules

GOOD = Path(__file__).parent / "good"
BAD = Path(__file__).parent / "bad"

GENERATED = {"unreadable-file", "file-size", "too-many-values"}
"""Rules whose bad files are too large, or too absent, to keep; test_reading_hostile.py makes them."""


def examples(folder: Path) -> list[Path]:
    """Files, and folders that are courses."""
    return sorted(path for path in folder.iterdir() if path.suffix != ".txt")


def findings(example: Path) -> list[str]:
    checked = check_course(example) if example.is_dir() else check_files([example])
    root = f"{example if example.is_dir() else example.parent}/"
    return [str(finding).replace(root, "") for finding in checked.findings]


@pytest.mark.parametrize("example", examples(GOOD), ids=lambda path: path.stem)
def test_a_good_file_gives_nothing(example: Path) -> None:
    assert findings(example) == []


@pytest.mark.parametrize("example", examples(BAD), ids=lambda path: path.stem)
def test_a_bad_file_gives_exactly_its_messages(example: Path) -> None:
    expected = example.with_suffix(".txt").read_text(encoding="utf-8").splitlines()
    assert findings(example) == expected
    assert expected


def rules_in_texts() -> dict[str, set[str]]:
    """Rule id -> the bad examples that show it."""
    found: dict[str, set[str]] = {}
    for text in BAD.glob("*.txt"):
        for rule in re.findall(r"\[(?:warning )?([a-z-]+)\]$", text.read_text(encoding="utf-8"), re.MULTILINE):
            found.setdefault(rule, set()).add(text.stem)
    return found


def test_every_rule_has_a_bad_file_and_every_bad_file_a_rule() -> None:
    shown = rules_in_texts()
    assert set(shown) - set(all_rules()) == set()
    assert set(all_rules()) - set(shown) == GENERATED


def test_a_bad_file_is_called_like_the_rule_it_breaks() -> None:
    shown = rules_in_texts()
    for example in examples(BAD):
        named = [rule for rule in all_rules() if example.stem == rule or example.stem.startswith(f"{rule}-")]
        assert example.stem == "design" or any(example.stem in shown.get(rule, ()) for rule in named), example.stem


def test_messages_have_a_place_a_full_stop_and_a_remedy() -> None:
    for text in BAD.glob("*.txt"):
        for line in text.read_text(encoding="utf-8").splitlines():
            message = re.sub(r" \[(warning )?[a-z-]+\]$", "", line)
            assert re.match(r"[\w./-]+(:\d+:\d+)?: ", message), line
            assert re.search(r"\w[^.]*[.?] [A-Z][^ ]* ?.*[^.]$", message), line
