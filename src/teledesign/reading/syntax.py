"""What is wrong with a text that is no YAML, said to people who do not know YAML's grammar."""

from __future__ import annotations

import yaml

from teledesign.findings import Finding, Place

__all__ = ["syntax_finding"]

QUOTE = "Put the text in quotes, or in block style (>- and the text on the next lines, indented)"
WORDING: tuple[tuple[str, str], ...] = (
    ("mapping values are not allowed", f"a colon or indentation stands where no key can begin. {QUOTE}"),
    ("could not find expected ':'", "this line has no colon where a key is needed. Write key: value"),
    ("did not find expected ',' or ']'", "this bracket is not closed. Add ], or the comma that is missing"),
    ("did not find expected ',' or '}'", "this brace is not closed. Add }, or the comma that is missing"),
    ("did not find expected '-' indicator", "this list ends without its indentation. Indent its items alike"),
    ("did not find expected key", "the line does not fit the ones around it. Check indentation, quotes and colons"),
    ("did not find expected node content", f"a value cannot begin like this. {QUOTE}"),
    ("block sequence entries are not allowed", "a list item begins in the middle of a line. Begin a new line for it"),
    ("found unexpected end of stream", "this quoted text is not closed. Add the closing quote"),
    ("found unexpected document indicator", "this quoted text is not closed. Add the closing quote"),
    (
        "escape c",
        'a backslash stands in double quotes before a character it cannot escape. Write \\\\, or use "single" quotes',
    ),
    ("did not find expected <document start>", "something follows after the end of the content. Take it out"),
    ("found incompatible YAML document", "this file asks for another YAML version. Take the %YAML line out"),
    ("undefined tag handle", "a value that begins with ! is read as a tag. Put the text in quotes"),
    ("while scanning an anchor", "a value that begins with & is read as an anchor. Put the text in quotes"),
    ("while scanning an alias", "a value that begins with * is read as an alias. Put the text in quotes"),
    (
        "while scanning a block scalar",
        "after > or | only - or + may stand on the line. Begin the text on the next line",
    ),
    ("control characters are not allowed", "a character that cannot be seen stands here. Take it out"),
)
"""Part of PyYAML's words -> ours; the first that fits."""

# Where these begin says more than where the reader gave up.
AT_THE_BEGINNING = ("not closed", "has no colon")


def syntax_finding(problem: yaml.YAMLError, text: str, file: str) -> Finding:
    """One finding for a text that cannot be parsed."""
    said = f"{getattr(problem, 'context', None) or ''}; {getattr(problem, 'problem', None) or problem}"
    mark = getattr(problem, "problem_mark", None)
    line, column = (mark.line, mark.column) if mark is not None else (0, 0)
    if "cannot start any token" in said:
        return Finding("syntax", _odd_start(text, line, column), place=Place(file, line + 1, column + 1))
    message = next(
        (ours for theirs, ours in WORDING if theirs in said), f"this is no YAML ({said.strip('; ')}). Correct it"
    )
    begin = getattr(problem, "context_mark", None)
    if begin is not None and any(words in message for words in AT_THE_BEGINNING):
        line, column = begin.line, begin.column
    return Finding("syntax", message, place=Place(file, line + 1, column + 1))


def _odd_start(text: str, line: int, column: int) -> str:
    lines = text.splitlines()
    here = lines[line][column : column + 1] if line < len(lines) else ""
    if here == "\t":
        return "a tab indents this line. Use spaces"
    return (
        f"a value cannot begin with {here}. Put it in quotes"
        if here
        else "a value cannot begin like this. Put it in quotes"
    )
