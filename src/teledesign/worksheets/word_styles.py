"""Styles, bullets, fonts and settings of every Word document: what does not depend on its text."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

__all__ = ["ACCENT", "FONTS", "INK", "NUMBERING", "QUIET", "SETTINGS", "TINT", "fonts", "styles"]

INK, ACCENT, QUIET, RULE, TINT = "16232B", "124E5C", "5A6368", "A8A8A8", "F1F1F1"
LANGUAGES = {"en": "en-GB"}
FONTS: Mapping[str, tuple[str, str, str]] = {
    "Calibri": ("Carlito", "swiss", "020F0502020204030204"),
    "Cambria": ("Caladea", "roman", "02040503050406030204"),
    "Consolas": ("Liberation Mono", "modern", "020B0609020204030204"),
}
"""Font -> a free one of the same widths (of the last, of a like one), so that pages break alike; family; PANOSE."""
PITCH: Mapping[str, int] = {"a4": 398, "letter": 363}
"""Paper -> between lines to write on, in twentieths of a point: 7 and 6.4 mm."""


def _border(side: str, size: int = 4, color: str = RULE) -> str:
    return f'<w:{side} w:val="single" w:sz="{size}" w:space="1" w:color="{color}"/>'


_BOXED = "".join(_border(side) for side in ("top", "left", "bottom", "right", "insideH", "insideV"))
SETTINGS = '<w:defaultTabStop w:val="720"/><w:compat><w:compatSetting w:name="compatibilityMode" ' + (
    'w:uri="http://schemas.microsoft.com/office/word" w:val="15"/></w:compat>'
)
NUMBERING = (
    '<w:abstractNum w:abstractNumId="0"><w:multiLevelType w:val="hybridMultilevel"/>'
    '<w:lvl w:ilvl="0"><w:start w:val="1"/>'
    '<w:numFmt w:val="bullet"/><w:lvlText w:val="•"/><w:lvlJc w:val="left"/>'
    '<w:pPr><w:ind w:left="360" w:hanging="240"/></w:pPr></w:lvl></w:abstractNum>'
    '<w:num w:numId="1"><w:abstractNumId w:val="0"/></w:num>'
)


def _style(name: str, title: str, paragraph: str = "", run: str = "", based: str = "Normal", follow: str = "") -> str:
    return (
        f'<w:style w:type="paragraph" w:styleId="{name}"><w:name w:val="{title}"/>'
        + (f'<w:basedOn w:val="{based}"/>' if based else "")
        + (f'<w:next w:val="{follow}"/>' if follow else "")
        + "<w:qFormat/>"
        + (f"<w:pPr>{paragraph}</w:pPr>" if paragraph else "")
        + (f"<w:rPr>{run}</w:rPr>" if run else "")
        + "</w:style>"
    )


def _character_style(name: str, run: str) -> str:
    return f'<w:style w:type="character" w:styleId="{name}"><w:name w:val="{name}"/><w:rPr>{run}</w:rPr></w:style>'


def _font(size: int, color: str = INK, *, bold: bool = False, serif: bool = False) -> str:
    family = '<w:rFonts w:ascii="Cambria" w:hAnsi="Cambria" w:cs="Cambria"/>' if serif else ""
    return f'{family}{"<w:b/>" if bold else ""}<w:color w:val="{color}"/><w:sz w:val="{size}"/><w:szCs w:val="{size}"/>'


def _spacing(before: int, after: int) -> str:
    return f'<w:spacing w:before="{before}" w:after="{after}"/>'


def styles(language: str, paper: str) -> str:
    """The styles in the language of a document, for its paper."""
    return "".join(_style_parts(LANGUAGES.get(language, language), paper))


def _style_parts(language: str, paper: str) -> Iterator[str]:
    fonts = '<w:rFonts w:ascii="Calibri" w:hAnsi="Calibri" w:eastAsia="Calibri" w:cs="Calibri"/>'
    yield (
        f'<w:docDefaults><w:rPrDefault><w:rPr>{fonts}<w:color w:val="{INK}"/>'
        f'<w:sz w:val="20"/><w:szCs w:val="20"/><w:lang w:val="{language}"/></w:rPr></w:rPrDefault>'
        f"<w:pPrDefault><w:pPr>{_spacing(0, 60)}</w:pPr></w:pPrDefault></w:docDefaults>"
    )
    yield '<w:style w:type="paragraph" w:default="1" w:styleId="Normal"><w:name w:val="Normal"/><w:qFormat/></w:style>'
    yield _style("Title", "Title", _spacing(0, 0), _font(36, serif=True, bold=True), follow="Subtitle")
    yield _style("Subtitle", "Subtitle", _spacing(0, 120), _font(23, ACCENT, bold=True), follow="Normal")
    kept = "<w:keepNext/><w:keepLines/>"
    for level, size in ((1, 27), (2, 22)):
        outline = f'{kept}{_spacing(140, 40)}<w:outlineLvl w:val="{level - 1}"/>'
        yield _style(f"Heading{level}", f"heading {level}", outline, _font(size, ACCENT, bold=True, serif=level == 1))
    number = '<w:numPr><w:ilvl w:val="0"/><w:numId w:val="1"/></w:numPr>'
    yield _style("ListBullet", "List Bullet", f"{number}{_spacing(0, 40)}")
    yield _style("Small", "Small", run=_font(18, QUIET))
    yield _style("TableText", "Table Text", _spacing(10, 10), _font(18))
    yield _style("AfterTable", "After Table", _spacing(0, 0), _font(12))
    line = f'<w:pBdr>{_border("bottom", 6)}{_border("between", 6)}</w:pBdr><w:spacing w:before="0" w:after="0" '
    yield _style("AnswerLine", "Answer Line", f'{line}w:line="{PITCH[paper]}" w:lineRule="exact"/>')
    bar = f'<w:shd w:val="clear" w:color="auto" w:fill="{INK}"/>{_spacing(0, 120)}'
    yield _style("InstructorBar", "Instructor Bar", bar, _font(19, "FFFFFF", bold=True))
    yield _style("Header", "header", f"<w:pBdr>{_border('bottom')}</w:pBdr>{_spacing(0, 0)}", _font(18, QUIET))
    yield _style("Footer", "footer", _spacing(0, 0), _font(18, QUIET))
    code = '<w:rFonts w:ascii="Consolas" w:hAnsi="Consolas" w:cs="Consolas"/>'
    yield _character_style("Code", code)
    link = f'<w:color w:val="{ACCENT}"/><w:u w:val="single"/>'
    yield _character_style("Hyperlink", link)
    margins = '<w:left w:w="85" w:type="dxa"/><w:right w:w="85" w:type="dxa"/>'
    yield (
        '<w:style w:type="table" w:styleId="TableGrid"><w:name w:val="Table Grid"/><w:qFormat/><w:tblPr>'
        f"<w:tblBorders>{_BOXED}</w:tblBorders><w:tblCellMar>{margins}</w:tblCellMar></w:tblPr></w:style>"
    )


def fonts() -> str:
    """The fonts named, each with the one to take where it is missing."""
    return "".join(
        f'<w:font w:name="{name}"><w:altName w:val="{instead}"/><w:panose1 w:val="{panose}"/><w:charset w:val="00"/>'
        f'<w:family w:val="{family}"/><w:pitch w:val="{"fixed" if family == "modern" else "variable"}"/></w:font>'
        for name, (instead, family, panose) in FONTS.items()
    )
