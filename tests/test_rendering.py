"""What is printed says what the text says, and does nothing else, in every target."""

import csv
import html
import io
import json
import os
import subprocess
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path

import markdown
import openpyxl
import pypandoc
import pytest
import typst
from jinja2 import UndefinedError
from jinja2.exceptions import SecurityError
from markdown_it import MarkdownIt

from teledesign.prose import Inline, Prose
from teledesign.rendering import (
    TARGETS,
    Templates,
    html_text,
    markdown_text,
    prose_html,
    prose_markdown,
    prose_tex,
    prose_typst,
    script_json,
    spreadsheet_cell,
    tex_text,
    typst_text,
)

HOSTILE = {
    "html": "<script>alert(1)</script><img src=x onerror=alert(1)>",
    "closing": "</p></body></html><!-- x -->]]>",
    "attribute": '" onmouseover="alert(1)" \' x=\'1',
    "entity": "&lt;b&gt; &amp; &#60;",
    "jinja": "{{ 7 * 7 }} {% raw %} {# no #} <# no #> ${7*7}",
    "typst": '#read("/etc/passwd") #{1+1} $ x $ *b* _e_ `c` @ref <label> \\ ~ = H #show: x => none ); ]',
    "typst string": '"; #panic("x") \\" \\u{41}',
    "tex": r"\input{/etc/passwd} \write18{id} $x^2$ % comment & # _ ^ ~ { }",
    "markdown": "# not a heading *no* __no__ `no` [no](javascript:alert(1)) ![no](x) | a | b | ~~no~~ ^no^",
    "markdown list": "1. one",
    "markdown bullet": "- one",
    "markdown plus": "+ one",
    "markdown quote": "> quote",
    "markdown rule": "---",
    "markdown setext": "=====",
    "markdown div": "::: {.key} :::",
    "markdown definition": ": one",
    "markdown letters": "a) one",
    "markdown title": "% title",
    "address": "see https://example.org/a?b=c and www.example.org and <mailto:a@b.c>",
    "emoji": ":smile: :material-key:",
    "path": "../../etc/passwd",
    "formula": '=cmd|" /C calc"!A0',
}


STRAIGHT = str.maketrans("“”‘’\u00a0", "\"\"'' ")


def words(text: str) -> str:
    """The words, with straight quotes: pandoc makes them curly."""
    return " ".join(text.translate(STRAIGHT).split())


class Text(HTMLParser):
    """The text a browser would show, and every tag it would see."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.text, self.tags = "", []
        self.feed(source)
        self.close()

    def handle_data(self, data: str) -> None:
        self.text += data

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.tags.append((tag, attrs))


hostile = pytest.mark.parametrize("text", HOSTILE.values(), ids=list(HOSTILE))


@hostile
def test_html_shows_the_text(text: str) -> None:
    read = Text(f'<p title="{html_text(text)}">{html_text(text)}</p>')
    assert read.text == text
    assert read.tags == [("p", [("title", text)])]


@hostile
def test_markdown_shows_the_text(text: str) -> None:
    source = f"before\n\n{markdown_text(text)}\n\nafter\n"
    for to_html in (
        lambda s: pypandoc.convert_text(s, "html", "markdown"),
        lambda s: markdown.markdown(s, extensions=["extra", "sane_lists", "pymdownx.emoji", "pymdownx.tilde"]),
        MarkdownIt("gfm-like", {"linkify": False}).render,
    ):
        read = Text(to_html(source))
        assert words(read.text) == words(f"before {text} after")
        assert {tag for tag, _ in read.tags} == {"p"}


@hostile
def test_typst_shows_the_text(text: str, tool: Callable[[str], str]) -> None:
    prose = Prose(text, ((Inline("text", text), Inline("code", text), Inline("emphasis", text)),))
    source = f"#set page(width: 100cm)\n{typst_text(text)}(1)\n\n[{prose_typst(prose)}]"
    pdf = typst.compile(source.encode())
    shown = subprocess.run([tool("pdftotext"), "-", "-"], input=pdf, capture_output=True, check=True).stdout.decode()
    assert "".join(shown.split()) == "".join(f"{text}(1)[{text}{text}{text}]".split())


@hostile
def test_tex_shows_the_text(text: str) -> None:
    back = pypandoc.convert_text(tex_text(text), "plain", "latex", extra_args=["--wrap=none"])
    unknown_to_pandoc = str.maketrans("", "", "|`")
    assert words(back) == words(text.translate(unknown_to_pandoc))


def test_a_script_element_holds_data_only() -> None:
    value = {name: text + "</script><!--\u2028" for name, text in HOSTILE.items()}
    read = Text(f"<script>{script_json(value)}</script>")
    assert [tag for tag, _ in read.tags] == ["script"]
    assert json.loads(read.text) == value
    with pytest.raises(ValueError, match="JSON"):
        script_json(float("nan"))


@pytest.mark.parametrize(
    "text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", " =1", "\n=1", "＝1", "'=1", '"=1', "|calc", "%0A=1"]
)
def test_cells_that_a_spreadsheet_would_run_are_text(text: str) -> None:
    cell = spreadsheet_cell(text)
    assert isinstance(cell, str)
    assert cell.startswith("'")
    rows = io.StringIO()
    csv.writer(rows).writerow([cell])
    assert next(csv.reader(io.StringIO(rows.getvalue())))[0].startswith("'")
    sheet = openpyxl.Workbook().active
    sheet["A1"] = cell
    assert sheet["A1"].data_type == "s"


def test_other_cells_stay_as_they_are() -> None:
    for value in ("plain", "a=b", "3 - 2", "", None, -1, -0.5, 12):
        assert spreadsheet_cell(value) == value


PROSE = Prose(
    "",
    (
        (
            Inline("text", "Count "),
            Inline("emphasis", "rows"),
            Inline("text", ", not `users`: see "),
            Inline("link", "the <guide>", "https://example.org/a_b?c=(d)&e=~f#g"),
            Inline("text", " and "),
            Inline("code", "a`b <x>"),
            Inline("text", "."),
        ),
        (Inline("text", "- Second"),),
    ),
)
SHOWN = "Count rows, not `users`: see the <guide> and a`b <x>."


@pytest.mark.parametrize(
    ("printed", "language"),
    [(prose_markdown(PROSE), "markdown"), (prose_tex(PROSE), "latex"), (prose_html(PROSE), "html")],
)
def test_prose_keeps_its_markup(printed: str, language: str) -> None:
    read = Text(pypandoc.convert_text(printed, "html", language, extra_args=["--wrap=none"]))
    first, second = read.text.strip().split("\n")
    shown = SHOWN.replace("`", "") if language == "latex" else SHOWN
    assert (words(first), words(second)) == (shown, "- Second")
    assert [tag for tag, _ in read.tags] == ["p", "em", "a", "code", "p"]
    (address,) = (dict(attrs)["href"] for tag, attrs in read.tags if tag == "a")
    assert address.startswith("https://example.org/a")
    assert address.endswith("#g")


def test_prose_keeps_its_markup_in_python_markdown() -> None:
    read = Text(markdown.markdown(prose_markdown(PROSE), extensions=["extra"]))
    assert [tag for tag, _ in read.tags] == ["p", "em", "a", "code", "p"]
    assert words(read.text) == f"{SHOWN} - Second"


@pytest.mark.parametrize(
    "href", ["javascript:alert(1)", "data:text/html,x", "//example.org", "http:", "https://[x", ""]
)
def test_only_web_addresses_become_links(href: str) -> None:
    prose = Prose("", ((Inline("link", "here", href),),))
    for name, target in TARGETS.items():
        assert "link" not in target.prose(prose), name
        assert "href" not in target.prose(prose), name
        assert "](" not in target.prose(prose), name


def test_a_template_prints_hostile_values_inert_in_each_target() -> None:
    template = {"page": "{% macro row(x) %}[{{ x }}]{% endmacro %}{% for x in xs %}{{ row(x) }}{% endfor %}"}
    for name, target in TARGETS.items():
        printed = Templates(name, template).render("page", {"xs": list(HOSTILE.values())})
        assert printed == "".join(f"[{target.text(text)}]" for text in HOSTILE.values()), name


def test_fixed_strings_are_escaped_too() -> None:
    assert Templates("html", {"page": '{{ _("Points & more") }}'}).render("page", {}) == "Points &amp; more"
    filled = Templates("typst", {"page": '{{ _("Group %(name)s") % {"name": name} }}'}).render("page", {"name": "#x"})
    assert filled == '#"Group #x";'


def test_prose_prints_itself_and_comments_are_pandoc_safe() -> None:
    page = {"page": "<# a remark #>{# an attribute #}{{ prose }}|{{ prose | inline }}"}
    printed = Templates("html", page).render("page", {"prose": Prose.plain("a\n\nb")})
    assert printed == "{# an attribute #}<p>a</p>\n<p>b</p>|a<br>b"


def test_templates_are_strict() -> None:
    with pytest.raises(UndefinedError):
        Templates("html", {"page": "{{ nothing }}"}).render("page", {})
    with pytest.raises(TypeError, match="a template prints None"):
        Templates("html", {"page": "{{ x }}"}).render("page", {"x": None})
    with pytest.raises(SecurityError):
        Templates("html", {"page": "{{ x.__class__.__mro__ }}"}).render("page", {"x": "a"})


def test_no_invisible_characters_come_through() -> None:
    text = "a\x00\x1b[31mb\u202ec\u2066d"
    assert html.unescape(html_text(text)) == "a[31mbcd"
    assert typst_text(text) == '#"a[31mbcd";'


def test_a_template_is_read_again_when_it_changes_or_another_takes_its_place(tmp_path: Path) -> None:
    own, lent = tmp_path / "own", tmp_path / "lent"
    own.mkdir()
    lent.mkdir()
    (lent / "a.html").write_text("one", "utf-8")
    assert Templates("html", [own, lent]).render("a.html", {}) == "one"
    (lent / "a.html").write_text("two", "utf-8")
    os.utime(lent / "a.html", (1, 1))
    assert Templates("html", [own, lent]).render("a.html", {}) == "two"
    (own / "a.html").write_text("three", "utf-8")
    assert Templates("html", [own, lent]).render("a.html", {}) == "three"
    (own / "a.html").unlink()
    assert Templates("html", [own, lent]).render("a.html", {}) == "two"
