"""YAML text to plain data with the place of everything in it.

The text is read as a stream of events of PyYAML's C parser, never composed: the composer crashes the
process on deep nesting and copies aliases.  Plain scalars follow the core schema of YAML 1.2 (section
10.3 of its specification): only `true` and `false` are booleans, so `yes`, `no`, `on`, `off`, `12:30`
and dates stay text, as in editors.  What a scenario never needs and what could harm (anchors, aliases,
merge keys, tags, second documents, depth, size) is a finding each.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path as FilePath

import yaml

from teledesign.findings import Finding, Place
from teledesign.reading.syntax import syntax_finding

__all__ = ["Document", "Path", "dotted", "read_file", "read_text"]

Path = tuple[str | int, ...]
"""Where something stands in a document: keys, and indexes of list items from 0."""

MAX_BYTES = 2_000_000
MAX_DEPTH = 40
MAX_NODES = 200_000
MAX_ITEMS = 2_000
"""Things in one list or mapping: no scenario needs as many, and what is compared with one another takes the square."""
MAX_KEY = 200
MAX_INTEGER = 2**53
"""Beyond it a number is not the same in the browser."""

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_INTEGER = re.compile(r"[-+]?[0-9]{1,400}|0o[0-7]{1,400}|0x[0-9a-fA-F]{1,400}")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_NO_NUMBER = re.compile(r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")
_NULL = frozenset(["", "~", "null", "Null", "NULL"])
_LETTERS = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")
"""No number begins with one."""
_TRUTH = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
# C0 and C1 but tab and line breaks; then characters that turn the direction of text and so hide what it says.
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\u202a-\u202e\u2066-\u2069\ufffe\uffff]")


@dataclass(frozen=True)
class Document:
    """A file as data, with the places of its values and keys, and what was wrong with the text.

    `data` is None where nothing could be read.  `doubtful` are paths whose value is already reported.
    """

    file: str
    data: object = None
    values: Mapping[Path, Place] = field(default_factory=dict)
    keys: Mapping[Path, Place] = field(default_factory=dict)
    in_braces: frozenset[Path] = frozenset()
    doubtful: frozenset[Path] = frozenset()
    findings: tuple[Finding, ...] = ()

    def place(self, path: Path) -> Place:
        """The place of the key or list item at the path, or of the nearest thing around it."""
        while path:
            if path in self.keys:
                return self.keys[path]
            if path in self.values:
                return self.values[path]
            path = path[:-1]
        return self.values.get((), Place(self.file))


def dotted(path: Path) -> str:
    """The path as people write it: `journey.face.steps.0`."""
    return ".".join(str(part) for part in path)


def read_file(path: FilePath, name: str | None = None) -> Document:
    """The data of a file; `name` is how findings call it (the path as given where left out)."""
    file = name or str(path)
    try:
        with path.open("rb") as opened:
            raw = opened.read(MAX_BYTES + 1)  # a device or a pipe may have no end
        size = path.stat().st_size
    except OSError as problem:
        reason = (problem.strerror or type(problem).__name__).lower()
        return _refused(file, "unreadable-file", f"the file cannot be read ({reason}). Check its name and rights")
    if len(raw) > MAX_BYTES:
        held = f"{size:,}" if size > MAX_BYTES else "too many"
        message = f"the file holds {held} bytes; {MAX_BYTES:,} are the most. Split it or shorten it"
        return _refused(file, "file-size", message)
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as problem:
        before = raw[: problem.start].decode("utf-8", "replace")
        return _refused(file, "encoding", "this is no UTF-8 text. Save the file as UTF-8", _place_after(file, before))
    return read_text(text, file)


def read_text(text: str, file: str) -> Document:
    """The data of a text.  Never raises for what stands in it."""
    if match := _CONTROL.search(text):
        message = f"the character U+{ord(match[0]):04X} cannot be seen or does not belong in a text. Take it out"
        return _refused(file, "control-character", message, _place_after(file, text[: match.start()]))
    builder = _Builder(file)
    try:
        for event in yaml.parse(text, Loader=_LOADER):
            builder.take(event)
    except _Enough:
        return builder.document(broken=True)
    except yaml.YAMLError as problem:
        builder.findings.append(syntax_finding(problem, text, file))
        return builder.document(broken=True)
    return builder.document(broken=False)


def _refused(file: str, rule: str, message: str, place: Place | None = None) -> Document:
    return Document(file, findings=(Finding(rule, message, place=place or Place(file)),))


def _place_after(file: str, before: str) -> Place:
    lines = re.split("\r\n|[\r\n\x85\u2028\u2029]", before)
    return Place(file, len(lines), len(lines[-1]) + 1)


class _Enough(Exception):
    """The text is refused; reading it further would only cost time."""


_NO_KEY = object()
_LOST = object()
"""Stands for a key that is a mistake: its value is read for mistakes, then dropped."""


@dataclass
class _Frame:
    """A mapping or list whose end has not come yet."""

    container: dict[str, object] | list[object]
    path: Path
    braces: bool
    lost: bool
    key: object = _NO_KEY
    held: int = 0

    @property
    def wants_key(self) -> bool:
        return isinstance(self.container, dict) and self.key is _NO_KEY


class _Builder:
    """Takes the events of one file in order."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.findings: list[Finding] = []
        self.values: dict[Path, Place] = {}
        self.keys: dict[Path, Place] = {}
        self.in_braces: set[Path] = set()
        self.doubtful: set[Path] = set()
        self.stack: list[_Frame] = []
        self.root: object = None
        self.has_root = False
        self.nodes = 0

    def document(self, *, broken: bool) -> Document:
        if not self.has_root and not self.findings:
            self.findings.append(Finding("empty-file", "the file is empty. Write its content", place=Place(self.file)))
        return Document(
            self.file,
            None if broken else self.root,
            self.values,
            self.keys,
            frozenset(self.in_braces),
            frozenset(self.doubtful),
            tuple(self.findings),
        )

    def take(self, event: yaml.Event) -> None:
        if isinstance(event, yaml.NodeEvent):
            self._node(event)
        elif isinstance(event, yaml.DocumentStartEvent):
            self._document(event)
        elif isinstance(event, yaml.CollectionEndEvent):
            frame = self.stack.pop()
            self._attach(frame.container, frame.path, lost=frame.lost)

    def _document(self, event: yaml.DocumentStartEvent) -> None:
        if self.has_root:
            self._find("second-document", "a second document begins here. Keep one; take this line out", event)
            raise _Enough

    def _node(self, event: yaml.NodeEvent) -> None:
        self.nodes += 1
        if self.nodes > MAX_NODES:
            self._find("too-many-values", f"the file holds more than {MAX_NODES:,} values. Shorten it", event)
            raise _Enough
        if isinstance(event, yaml.AliasEvent):
            message = (
                f"*{event.anchor} is an alias, which has no place here. Write the value out, or put text in quotes"
            )
            self._spoiled("alias", message, event)
            return
        self._no_crowd(event)
        if self._no_anchor_no_tag(event):
            self.doubtful.add(self._next_path())
        if isinstance(event, yaml.ScalarEvent):
            self._scalar(event)
        elif isinstance(event, yaml.CollectionStartEvent):
            self._open(event)

    def _no_crowd(self, event: yaml.NodeEvent) -> None:
        """Refuse the file at the first thing too many in a list or mapping; keys given twice count as often."""
        if not self.stack:
            return
        frame = self.stack[-1]
        frame.held += isinstance(frame.container, list) or frame.wants_key
        if frame.held > MAX_ITEMS:
            what = f"more than {MAX_ITEMS:,} things stand in one list or mapping"
            self._find("too-many-values", f"{what}. Take some out", event, path=frame.path)
            raise _Enough

    def _no_anchor_no_tag(self, event: yaml.NodeEvent) -> bool:
        """Report both; whether the value may now be of another kind than the tag asks for."""
        if event.anchor is not None:
            message = f"&{event.anchor} is an anchor, which has no place here. Take it out, or put text in quotes"
            self._find("yaml-anchor", message, event)
        if (named := getattr(event, "tag", None)) is not None:
            tag = str(named).replace("tag:yaml.org,2002:", "!!")
            self._find("tag", f"the tag {tag:.60} has no place here. Take it out, or put text in quotes", event)
            return True
        return False

    def _open(self, event: yaml.CollectionStartEvent) -> None:
        if len(self.stack) >= MAX_DEPTH:
            self._find("nesting", f"things are nested more than {MAX_DEPTH} deep. Write it flatter", event, path=())
            raise _Enough
        parent = self.stack[-1] if self.stack else None
        lost = parent is not None and (parent.lost or parent.key is _LOST)
        if parent is not None and parent.wants_key:
            self._find("key-type", "a list or mapping stands where a key is needed. Write a name", event)
            lost = True
        path = self._next_path()
        if not lost:
            self.values[path] = self._place(event)
        container: dict[str, object] | list[object] = {} if isinstance(event, yaml.MappingStartEvent) else []
        self.stack.append(_Frame(container, path, bool(event.flow_style), lost))

    def _scalar(self, event: yaml.ScalarEvent) -> None:
        # The text as a whole has been searched; only escapes in double quotes make what did not stand there.
        if event.style == '"' and _CONTROL.search(event.value):
            self._spoiled("control-character", "an escape in this text makes a control character. Take it out", event)
            return
        frame = self.stack[-1] if self.stack else None
        if frame is not None and frame.wants_key:
            self._key(frame, event)
            return
        path = self._next_path()
        if frame is None or not (frame.lost or frame.key is _LOST):
            self.values[path] = self._place(event)
            if frame is not None and frame.braces:
                self.in_braces.add(path)
        if event.style:
            self._attach(event.value, path)
            return
        value, mistake = resolve(event.value)
        if mistake:
            rule, message = mistake
            if rule == "empty-value" and frame is not None and frame.braces:
                message = (
                    "nothing stands here. A comma in braces begins a new key: put text in quotes, or in block style"
                )
            self._spoiled(rule, message, event)
        else:
            self._attach(value, path)

    def _key(self, frame: _Frame, event: yaml.ScalarEvent) -> None:
        mistake = self._key_mistake(frame, event)
        if mistake:
            self._find(*mistake, event)
            frame.key = _LOST
            return
        frame.key = event.value
        if not frame.lost:
            self.keys[(*frame.path, event.value)] = self._place(event)

    def _key_mistake(self, frame: _Frame, event: yaml.ScalarEvent) -> tuple[str, str] | None:
        key = event.value
        if len(key) > MAX_KEY:
            return "key-type", f"this key has {len(key):,} characters; {MAX_KEY} are the most. Write a name"
        if not event.style:
            if key == "<<":
                return "merge-key", "<< merges mappings, which has no place here. Write the keys out"
            value, mistake = resolve(key)
            if mistake and mistake[0] == "empty-value":
                return "key-type", "a key is missing before the colon. Write it"
            if mistake or not isinstance(value, str):
                kind = "true or false" if isinstance(value, bool) else "a number"
                return "key-type", f"the key {key:.60} is {kind}, not a name. Use a name that begins with a letter"
        if key in frame.container:
            first = self.keys.get((*frame.path, key))
            where = f" (first on line {first.line})" if first else ""
            return "duplicate-key", f"the key {key:.60} stands here twice{where}. Keep one"
        return None

    def _next_path(self) -> Path:
        if not self.stack:
            return ()
        frame = self.stack[-1]
        if isinstance(frame.container, list):
            return (*frame.path, len(frame.container))
        return (*frame.path, frame.key) if isinstance(frame.key, str) else frame.path

    def _attach(self, value: object, path: Path, *, lost: bool = False) -> None:
        if not self.stack:
            self.root, self.has_root = value, True
            return
        frame = self.stack[-1]
        if isinstance(frame.container, list):
            frame.container.append(value)
        elif frame.key is _NO_KEY:
            frame.key = _LOST
        else:
            if isinstance(frame.key, str) and not lost:
                frame.container[frame.key] = value
            frame.key = _NO_KEY

    def _spoiled(self, rule: str, message: str, event: yaml.NodeEvent) -> None:
        """Report a value that cannot be used; what is written about it later would be noise."""
        frame = self.stack[-1] if self.stack else None
        path = self._next_path()
        place = self.keys.get(path) if rule == "empty-value" else None
        self._find(rule, message, event, path=path, place=place)
        self.doubtful.add(path)
        if frame is not None and frame.wants_key:
            frame.key = _LOST
            return
        self._attach(None, path)

    def _find(
        self, rule: str, message: str, event: yaml.Event, *, path: Path | None = None, place: Place | None = None
    ) -> None:
        at = dotted(path if path is not None else self._next_path())
        self.findings.append(Finding(rule, message, at, place or self._place(event)))

    def _place(self, event: yaml.Event) -> Place:
        mark = event.start_mark
        return Place(self.file, mark.line + 1, mark.column + 1) if mark is not None else Place(self.file)


def resolve(text: str) -> tuple[object, tuple[str, str] | None]:
    """The value of a plain scalar by the YAML 1.2 core schema, and (rule, message) where it has none."""
    if text[:1] in _LETTERS and text not in _NULL and text not in _TRUTH:
        return text, None
    if text in _NULL:
        said = f"{text} means nothing" if text else "nothing stands here"
        return None, ("empty-value", f"{said}. Write the value, or take the key out")
    if text in _TRUTH:
        return _TRUTH[text], None
    if _INTEGER.fullmatch(text):
        return _bounded(int(text, 0) if text[:2] in ("0o", "0x") else int(text), text)
    if _FLOAT.fullmatch(text):
        return _bounded(float(text), text)
    if _NO_NUMBER.fullmatch(text):
        return None, ("number-range", f"{text} is no number one can count with. Write a number")
    return text, None


def _bounded(value: int | float, text: str) -> tuple[object, tuple[str, str] | None]:
    if (isinstance(value, int) and abs(value) > MAX_INTEGER) or not math.isfinite(value):
        return None, ("number-range", f"{text:.20}{'…' if len(text) > 20 else ''} is too large. Write a smaller number")
    return value, None


def walk(data: object, path: Path = ()) -> Iterator[tuple[Path, object]]:
    """Every value of a document with its path, the whole first."""
    yield path, data
    if isinstance(data, dict):
        for key, value in data.items():
            yield from walk(value, (*path, key))
    elif isinstance(data, list):
        for index, value in enumerate(data):
            yield from walk(value, (*path, index))
