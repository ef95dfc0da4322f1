"""The leak scan finds what was planted, however deep, and nothing in innocent files."""

from __future__ import annotations

import base64
import gzip
import io
import json
import zipfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from teledesign.outputs.leaks import Forbidden, forbidden, scan, sentences_of, squash
from teledesign.outputs.needles import Needles

SENTENCE = "Keeps the uploader and the tagged person apart, because \u2018they\u2019 disagree."
MARK = "canary-7Q4MZX2K9A"
COLUMN = "hidden_outcome"


def what() -> Forbidden:
    return Forbidden(
        {squash(SENTENCE): "a sentence of the teaching file of photo-tagging"},
        {squash(MARK): "a mark planted in a key"},
        frozenset({COLUMN}),
    )


def found(folder: Path) -> list[str]:
    return [f"{finding.place}: {finding.message.partition(' stands')[0]}" for finding in scan([folder], what())]


def wrapped(text: str) -> str:
    return text.replace(" the ", "\n  the ").replace("disagree", "dis\u00adagree")


def zipped(files: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return buffer.getvalue()


def pdf(text: str) -> bytes:
    import typst

    source = "#set page(width: 60mm)\n" + text.replace("#", "\\#")
    return typst.compile(source.encode(), timestamp=0)


def parquet(columns: dict[str, list[str]], metadata: dict[str, str] | None = None) -> bytes:
    import pyarrow as pa
    import pyarrow.parquet as pq

    table = pa.table(columns)
    if metadata:
        table = table.replace_schema_metadata(metadata)
    buffer = io.BytesIO()
    pq.write_table(table, buffer)
    return buffer.getvalue()


LEAKS = {
    "page.html": (f"<p>{wrapped(SENTENCE)}</p>".encode(), "a sentence"),
    "tagged.html": (SENTENCE.replace("tagged", "<em>tag</em>ged").encode(), "a sentence"),
    "search_index.js": (json.dumps({"text": SENTENCE}).encode(), "a sentence"),
    "sheet.pdf": (pdf(SENTENCE), "a sentence"),
    "marked.pdf": (pdf(MARK), "a mark"),
    "all.zip": (zipped({"inner.zip": zipped({"a/sheet.txt": SENTENCE.encode()})}), "a sentence"),
    "sheet.docx": (zipped({"word/document.xml": f"<w:t>{SENTENCE}</w:t>".encode()}), "a sentence"),
    "log.jsonl.gz": (gzip.compress(json.dumps({COLUMN: "right"}).encode() + b"\n"), "the column"),
    "log.csv": (f"event_id,{COLUMN}\n1,right\n".encode(), "the column"),
    "log.parquet": (parquet({"event_id": ["1"], COLUMN: ["right"]}), "the column"),
    "values.parquet": (parquet({"note": [SENTENCE]}), "a sentence"),
    "metadata.parquet": (parquet({"note": ["x"]}, {"about": MARK}), "a mark"),
    "noextension": (SENTENCE.encode(), "a sentence"),
}


@pytest.mark.parametrize("name", LEAKS)
def test_a_planted_leak_is_found(tmp_path: Path, name: str) -> None:
    data, kind = LEAKS[name]
    (tmp_path / name).write_bytes(data)
    lines = found(tmp_path)
    assert len(lines) == 1
    assert lines[0].startswith(f"{tmp_path.name}/{name}: {kind}")


def test_innocent_files_pass(tmp_path: Path) -> None:
    (tmp_path / "page.html").write_text("<p>Keeps the uploader and the tagged person apart.</p>")
    (tmp_path / "font.woff2").write_bytes(bytes(range(256)) * 10)
    (tmp_path / "log.parquet").write_bytes(parquet({"event_id": ["1"], "outcome_of_test": ["x"]}))
    (tmp_path / "sheet.pdf").write_bytes(pdf("What should telemetry capture?"))
    assert found(tmp_path) == []


def test_the_secret_is_looked_for_in_text_and_hex(tmp_path: Path) -> None:
    secret = b"correct horse battery staple"
    for name, text in {"plain.txt": secret.decode(), "hex.json": json.dumps({"s": secret.hex()})}.items():
        (tmp_path / name).write_text(text)
    (tmp_path / "other.txt").write_text(base64.b64encode(b"something else entirely").decode())
    places = [str(f.place) for f in scan([tmp_path], forbidden([], secret=secret))]
    assert places == [f"{tmp_path.name}/hex.json", f"{tmp_path.name}/plain.txt"]


def test_short_sentences_are_not_looked_for() -> None:
    assert sentences_of(["Yes. It depends.", "Bulk confirmations are a rubber stamp, not a judgement."]) == {
        squash("Bulk confirmations are a rubber stamp, not a judgement."): None
    }


@settings(deadline=None)
@given(
    st.lists(st.binary(min_size=1, max_size=12), min_size=1, max_size=5),
    st.lists(st.binary(max_size=12), max_size=6),
    st.binary(max_size=40),
)
def test_many_needles_are_found_as_one_by_one(sought: list[bytes], parts: list[bytes], more: bytes) -> None:
    text = more.join(parts + sought[:1])
    kinds = {needle: str(number) for number, needle in enumerate(dict.fromkeys(sought))}
    for haystack in (text, more, b""):
        expected = [kind for needle, kind in kinds.items() if needle in haystack]
        assert list(Needles(kinds).found_in(haystack)) == expected
