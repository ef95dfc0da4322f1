"""Rosters: whatever a spreadsheet saves is read, or a finding says in which line and what to do."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from teledesign.cli import run
from teledesign.findings import Refusal
from teledesign.reading import Read, read_roster
from teledesign.roster import RosterGroup, deal, numbered

TOPICS = ("playlists", "shoe-brand")
Reading = Callable[[str | bytes], Read[tuple[RosterGroup, ...]]]


@pytest.fixture
def reading(tmp_path: Path) -> Reading:
    def read(content: str | bytes) -> Read[tuple[RosterGroup, ...]]:
        path = tmp_path / "roster.csv"
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return read_roster(path, TOPICS)

    return read


def groups(read: Read[tuple[RosterGroup, ...]]) -> list[tuple[str, str | None, tuple[str, ...]]]:
    assert read.value is not None, read.findings
    return [(group.name, group.topic, group.members) for group in read.value]


def said(read: Read[tuple[RosterGroup, ...]]) -> list[str]:
    return [str(finding).partition("roster.csv:")[2] for finding in read.findings]


WELL = "group,topic,members\nG1,shoe-brand,Ada; Bo\nG2,,Chloé\n"
READ = [("G1", "shoe-brand", ("Ada", "Bo")), ("G2", None, ("Chloé",))]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_encodings_and_line_ends_that_programs_write(reading: Reading, encoding: str, ending: str) -> None:
    read = reading(WELL.replace("\n", ending).encode(encoding))
    assert groups(read) == READ
    assert read.findings == ()


def test_windows_text_is_read_with_a_warning(reading: Reading) -> None:
    read = reading(WELL.encode("cp1252"))
    assert groups(read) == READ
    (finding,) = read.findings
    assert finding.message == (
        "this is not UTF-8, so it was read as Windows-1252. Look whether names are right on the roster sheet; "
        "if not, save the file as UTF-8"
    )


@pytest.mark.parametrize("delimiter", [";", "\t", "|", ","])
def test_delimiters(reading: Reading, delimiter: str) -> None:
    quoted = 'Group%Members\n"G1"%"Ada, Bo"\nG2%Chloé\n'.replace("%", delimiter)
    assert [(name, members) for name, _, members in groups(reading(quoted))] == [
        ("G1", ("Ada", "Bo")),
        ("G2", ("Chloé",)),
    ]


def test_the_hint_of_a_spreadsheet_and_blank_lines_are_passed_over(reading: Reading) -> None:
    read = reading("sep=;\r\n\r\nTeam;Points;Names\r\nG1;3;Ada\r\n;;\r\nG2;;Bo, Cy\r\n")
    assert groups(read) == [("G1", None, ("Ada",)), ("G2", None, ("Bo", "Cy"))]
    assert read.value is not None
    assert [group.place.line for group in read.value] == [4, 6]


def test_one_row_for_each_person(reading: Reading) -> None:
    read = reading("name,group,topic\nAda,G1,\nBo,G2,\nCy,G1,playlists\n")
    assert groups(read) == [("G1", "playlists", ("Ada", "Cy")), ("G2", None, ("Bo",))]


def test_a_group_with_two_topics_has_two_rows(reading: Reading) -> None:
    read = reading("group,topic\nG1,playlists\nG1,shoe-brand\n")
    assert [topic for _, topic, _ in groups(read)] == ["playlists", "shoe-brand"]


@pytest.mark.parametrize(
    ("content", "findings"),
    [
        (
            "group\nG1\ng1\n",
            [
                "3:1: group 'g1' stands in line 2 already. Give each group one row, or, with one row for each person, "
                "call the column of names member [group-twice]"
            ],
        ),
        (
            "grup;members\nG1;Ada\n",
            [
                "1:1: no column is called group. The first line names the columns: group, and if you like topic and "
                "members [missing-column]",
                "1:1: the column 'grup' is not used. Did you mean group? [warning unknown-column]",
            ],
        ),
        ("group\n", ["1:1: the roster has no rows. Write one row for each group below the first line [no-rows]"]),
        (
            "group,topic\nG1,playlist\n",
            ["2:1: there is no topic 'playlist'. Did you mean playlists? [unknown-topic]"],
        ),
        ("group,topic\n,playlists\n", ["2:1: this row names no group. Fill the cell, or delete the row [no-group]"]),
        (
            "group,members\nG1,Ada,Bo\n",
            [
                "2:1: this row has 3 cells and the first line 2. Put quotes around a cell that holds the delimiter, "
                "or part members with semicolons [cells]"
            ],
        ),
        (
            "group\n" + "x" * 9000 + "\n",
            ["2:1: the group's name has 9,000 characters, and 60 are the most. Shorten it [long-group]"],
        ),
        (
            "group,members\nG1," + "x" * 9000 + "\n",
            ["2:1: a group holds at most 60 names of 120 characters. Check the delimiter of this row [members]"],
        ),
        (
            'group,members\n"G1,Ada\nG2,Bo\n',
            ["2:1: a cell of this row runs over several lines. Look for a quote that is not closed [cells]"],
        ),
        (
            "member,group,topic\nAda,G1,playlists\nBo,G1,shoe-brand\n",
            ["3:1: group 'G1' has the topic playlists in line 2 and shoe-brand here. Give it one of them [two-topics]"],
        ),
        ("group,group\nG1,G2\n", ["1:1: two columns hold the group. Keep one of them [column-twice]"]),
    ],
)
def test_mistakes_name_their_line(reading: Reading, content: str, findings: list[str]) -> None:
    read = reading(content)
    assert said(read) == findings
    assert read.value is None


@pytest.mark.parametrize(
    "data", [b"", b"\n\n", b"\xff\xfe\x00", b"group\nA\x81\n", b"\0\1\2\3" * 9, b"\x89PNG\r\n\x1a\n\0"]
)
def test_what_is_no_text_is_said(reading: Reading, data: bytes) -> None:
    read = reading(data)
    assert read.value is None
    assert len(read.findings) == 1
    assert ". " in read.findings[0].message


def test_ten_thousand_rows(reading: Reading) -> None:
    persons = "".join(f"Person {number},G{number % 2500}\n" for number in range(10_000))
    read = reading("member,group\n" + persons)
    assert read.value is not None
    assert {len(group.members) for group in read.value} == {4}
    assert len(read.value) == 2500
    assert len(reading("group\n" + "".join(f"{number}\n" for number in range(10_000))).value or ()) == 10_000
    many = reading("group\n" + "".join(f"{number}\n" for number in range(10_001)))
    assert said(many) == [
        "1:1: the roster has 10,001 groups, and 10,000 are the most. Split it into several files [too-many-groups]"
    ]


def test_hostile_cells_are_names_like_others(reading: Reading) -> None:
    hostile = ["=cmd|' /C calc'!A0", "<script>alert(1)</script>", "../../etc/passwd", "#panic()", "{{ 7*7 }}"]
    quoted = [f'"{text}"' for text in hostile]
    read = reading("group;members\n" + "".join(f"{text};{text}\n" for text in quoted) + "a\u202eb;c\n")
    assert [name for name, _, _ in groups(read)] == [*hostile, "a b"]
    inert = reading("group\n'=1+1\n'tis\n")
    assert [name for name, _, _ in groups(inert)] == ["=1+1", "'tis"]


def test_topics_that_are_known_are_named_once(tmp_path: Path) -> None:
    path = tmp_path / "roster.csv"
    path.write_text("group,topic\nA,nosuch\n", "utf-8")
    (finding,) = read_roster(path, ("playlists", "shoe-brand", "playlists")).findings
    assert finding.message == "there is no topic 'nosuch'. Known: playlists, shoe-brand"


def test_a_roster_that_cannot_be_opened_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Refusal, match=r"the roster .* cannot be read \(no such file or directory\)\. Check its name"):
        read_roster(tmp_path / "none.csv")


def test_check_knows_rosters(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "class.csv"
    path.write_text(WELL, "utf-8")
    assert run(["check", str(path)]) == 0
    assert capsys.readouterr().out == "1 roster: no mistakes\n"
    path.write_text("group,topic\nG1,shoe-brnd\n", "utf-8")
    assert run(["check", str(path)]) == 1
    assert "there is no topic 'shoe-brnd'. Did you mean shoe-brand? [unknown-topic]" in capsys.readouterr().out


# --- Dealing ---


def names(dealt: dict[str, tuple[RosterGroup, ...]]) -> dict[str, list[str]]:
    return {topic: [group.name for group in held] for topic, held in dealt.items()}


def test_groups_are_dealt_over_topics_in_turn() -> None:
    assert names(deal(numbered(5), ["a", "b", "c"])) == {"a": ["1", "4"], "b": ["2", "5"], "c": ["3"]}
    assert names(deal(numbered(6), ["a", "b", "c"]))["c"] == ["3", "6"]


def test_every_group_may_get_every_topic() -> None:
    assert names(deal(numbered(2), ["a", "b"], every_topic=True)) == {"a": ["1", "2"], "b": ["1", "2"]}


def test_a_topic_of_ones_own_comes_first() -> None:
    roster = (RosterGroup("x", "b"), RosterGroup("y"), RosterGroup("z"), RosterGroup("w", "elsewhere"))
    assert names(deal(roster, ["a", "b"])) == {"a": ["y"], "b": ["x", "z"]}
