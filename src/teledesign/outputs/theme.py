"""What the theme prints that no HTML standard knows, put right before a page is written.

Each repair is a text of the theme (Material 9) and what stands for it; what another theme prints is left alone.
"""

from __future__ import annotations

import re

__all__ = ["repaired", "unneeded"]

CONTENTS_TOGGLE = 'id="__toc"'
CONTENTS_LABEL = re.compile(r'<label class="([^"]*)" for="__toc">(.*?)</label>', re.DOTALL)
EMPTY_TABINDEX = ' tabindex=""'
REMEMBERED = re.compile(r'(<input class="md-toggle"[^>]*?) autocomplete="off"')
"""Check boxes that open drawer and search.  `accessibility.js` shuts both when a page is shown, as this did."""


def repaired(page: str) -> str:
    """A page as valid HTML: no empty tab index, no autocomplete of check boxes, no label of a box that is not there."""
    page = REMEMBERED.sub(r"\1", page.replace(EMPTY_TABINDEX, ""))
    if CONTENTS_TOGGLE in page:
        return page
    return CONTENTS_LABEL.sub(r'<span class="\1">\2</span>', page)


def unneeded(path: str) -> bool:
    """Whether a file of the theme is for those who work on it, or for searching in languages that no page is in."""
    return path.endswith(".map") or path.startswith("assets/javascripts/lunr/")
