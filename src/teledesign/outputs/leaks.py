"""The leak scan: nothing that only instructors may see stands in a file that students get.

Every file is opened as deep as it goes (PDF text, office files and archives, gzip, Parquet columns,
the search index) and compared, letters and digits only, with what must not be there: sentences of
teaching files, marks planted in keys, the secret, the schedules of drawn incidents, and the columns of the truth.
"""

from __future__ import annotations

import gzip
import hashlib
import html
import io
import json
import re
import unicodedata
import zipfile
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from teledesign.findings import Finding, MissingExtra, Place
from teledesign.outputs.needles import Needles
from teledesign.prose import Prose
from teledesign.scenario import Scenario
from teledesign.scenario.base import Frozen
from teledesign.teaching import Teaching

__all__ = ["Forbidden", "forbidden", "scan", "sentences_of"]

SHORTEST = 28
"""Letters and digits a sentence needs to count: shorter ones stand in innocent texts too."""
DEEPEST = 5
LARGEST = 1 << 28
TEXT = {".html", ".htm", ".md", ".txt", ".js", ".json", ".css", ".svg", ".xml", ".csv", ".jsonl", ".yaml", ".yml"}
ARCHIVES = {".zip", ".docx", ".xlsx", ".odt", ".ods"}
SAID_TWICE = 2


@dataclass(frozen=True)
class Forbidden:
    """What must not be found: squashed sentences (-> where they stand), marks and secrets, column names."""

    sentences: dict[bytes, str]
    marks: dict[bytes, str]
    columns: frozenset[str]


def forbidden(
    topics: Iterable[tuple[Scenario, Teaching]],
    marks: Iterable[str] = (),
    secret: bytes | None = None,
    columns: Iterable[str] = (),
    schedules: Iterable[str] = (),
) -> Forbidden:
    """What the scan looks for, from the teaching files of a course less what the scenarios say in public."""
    topics = list(topics)
    public = b"\0".join(squash(text) for scenario, _ in topics for text in texts_of(scenario))
    sentences = {
        squashed: f"a sentence of the teaching file of {scenario.scenario}"
        for scenario, teaching in topics
        for squashed in sentences_of(teaching)
        if squashed not in public
    }
    planted = {squash(mark): "a mark planted in a key" for mark in marks}
    planted |= {squash(line): "the schedule of a drawn incident" for line in schedules}
    if secret:
        for form in (secret.decode("utf-8", "ignore"), secret.hex()):
            if len(squash(form)) >= 8:
                planted[squash(form)] = "the course secret"
    return Forbidden(sentences, planted, frozenset(columns))


def sentences_of(value: object) -> dict[bytes, None]:
    """The sentences of every text in a value, squashed, those long enough to be told apart."""
    found: dict[bytes, None] = {}
    for text in texts_of(value):
        for sentence in re.split(r"(?<=[.!?;:])\s+|\n+", text):
            squashed = squash(sentence)
            if len(squashed) >= SHORTEST:
                found[squashed] = None
    return found


def texts_of(value: object) -> Iterator[str]:
    """Every text in a value read from a file: prose as its words, names and titles as they stand."""
    if isinstance(value, Prose):
        yield value.text
    elif isinstance(value, str):
        yield value
    elif isinstance(value, Frozen):
        for name in type(value).model_fields:
            yield from texts_of(getattr(value, name))
    elif isinstance(value, dict):
        for item in value.values():
            yield from texts_of(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from texts_of(item)


_OTHERS = bytes(byte for byte in range(128) if not chr(byte).isalnum())
_NO_WORD = re.compile(r"[\W_]+")
"""What is neither letter nor digit, of any script."""
_ESCAPE = re.compile(r"\\u([0-9a-fA-F]{4})")
_TAG = re.compile(r"<[^<>]{0,2000}>")


def squash(text: str) -> bytes:
    """Letters and digits alone, without case, line breaks, hyphens or ligatures."""
    kept = unicodedata.normalize("NFKC", text).casefold().encode().translate(None, _OTHERS)
    return kept if kept.isascii() else _NO_WORD.sub("", kept.decode()).encode()


def scan(folders: Iterable[Path], what: Forbidden, clean: Collection[tuple[str, str]] = frozenset()) -> list[Finding]:
    """Everything below some folders that must not be there, as findings that name file and kind.

    A file that lies there twice is opened once; one in `clean`, by its last name and SHA-256, has been looked into.
    """
    findings = []
    needles = [Needles(what.sentences), Needles(what.marks)]
    known: dict[tuple[str, str], list[str]] = {content: [] for content in clean}
    for path, name in _files(folders):
        data = path.read_bytes()
        content = path.name, hashlib.sha256(data).hexdigest()
        if content not in known:
            known[content] = _kinds(path.name, data, needles, what.columns)
        for kind in known[content]:
            message = f"{kind} stands in a file that students get. Take it out of the page or file it came from"
            findings.append(Finding("leak", message, place=Place(name)))
    return findings


def _files(folders: Iterable[Path]) -> Iterator[tuple[Path, str]]:
    """Every file below the folders, with its name from the folder's own on."""
    for folder in folders:
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                yield path, path.relative_to(folder.parent).as_posix()


def _kinds(name: str, data: bytes, needles: Sequence[Needles], hidden: frozenset[str]) -> list[str]:
    found: dict[str, None] = {}
    for text, columns in _inside(name, data, DEEPEST):
        for column in sorted(hidden & columns):
            found[f"the column {column} of the truth"] = None
        untagged = _TAG.sub("", text)
        for haystack in [squash(text), *([squash(untagged)] if untagged != text else [])]:
            found.update((kind, None) for sought in needles for kind in sought.found_in(haystack))
    return list(found)


def _inside(name: str, data: bytes, depth: int) -> Iterator[tuple[str, frozenset[str]]]:
    """The texts of a file and of the files in it, each with the column names it has."""
    suffix = Path(name).suffix.lower()
    if depth == 0 or len(data) > LARGEST:
        return
    if suffix == ".gz":
        yield from _inside(name[:-3], gzip.decompress(data), depth - 1)
    elif suffix in ARCHIVES and zipfile.is_zipfile(io.BytesIO(data)):
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            for member in archive.infolist():
                yield member.filename, frozenset()
                if not member.is_dir() and member.file_size <= LARGEST:
                    yield from _inside(member.filename, archive.read(member), depth - 1)
    elif suffix == ".pdf":
        yield _pdf_text(data), frozenset()
        yield data.decode("latin-1"), frozenset()
    elif suffix == ".parquet":
        yield from _parquet(data)
    elif suffix in TEXT or _looks_like_text(data):
        text = html.unescape(_ESCAPE.sub(lambda m: chr(int(m[1], 16)), data.decode("utf-8", "replace")))
        yield text, _columns(suffix, text)


def _columns(suffix: str, text: str) -> frozenset[str]:
    first = text[:65536].partition("\n")[0]
    if suffix == ".csv":
        return frozenset(cell.strip().strip('"') for cell in first.split(","))
    if suffix == ".jsonl":
        keys: set[str] = set()
        for line in text.splitlines()[:5000]:
            try:
                row = json.loads(line)
            except ValueError:
                continue
            keys |= set(row) if isinstance(row, dict) else set()
        return frozenset(keys)
    return frozenset()


def _looks_like_text(data: bytes) -> bool:
    head = data[:4096]
    return b"\0" not in head and bool(head) and sum(byte > 126 or byte < 9 for byte in head) < len(head) / 4


def _pdf_text(data: bytes) -> str:
    try:
        import pypdfium2
    except ModuleNotFoundError as error:
        raise MissingExtra("pypdfium2", "course") from error
    document = pypdfium2.PdfDocument(data)
    try:
        pages = (page.get_textpage().get_text_range() for page in document)
        about = document.get_metadata_dict().values()
        return "\n".join([*pages, *(str(value) for value in about)])
    finally:
        document.close()


def _parquet(data: bytes) -> Iterator[tuple[str, frozenset[str]]]:
    """Column names, file metadata and the distinct values of text columns that repeat."""
    try:
        import pyarrow as pa
        import pyarrow.compute as pc
        import pyarrow.parquet as pq
    except ModuleNotFoundError as error:
        raise MissingExtra("pyarrow", "logs") from error
    file = pq.ParquetFile(pa.BufferReader(data))
    about = {**(file.metadata.metadata or {}), **(file.schema_arrow.metadata or {})}
    texts = [value.decode("utf-8", "replace") for pair in about.items() for value in pair]
    for field in file.schema_arrow:
        kind = field.type.value_type if pa.types.is_dictionary(field.type) else field.type
        if pa.types.is_string(kind) or pa.types.is_large_string(kind):
            column = file.read([field.name]).column(0)
            distinct = pc.unique(column.cast(kind))
            if len(distinct) * SAID_TWICE <= len(column) or len(column) < 10_000:
                texts += [value for value in distinct.to_pylist() if value]
    yield "\n".join(texts), frozenset(file.schema_arrow.names)
