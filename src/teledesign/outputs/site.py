"""The site as a folder of plain files: pages handed to MkDocs in a process of its own, on a staged folder."""

from __future__ import annotations

import datetime as dt
import errno
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from teledesign.course import Course
from teledesign.findings import MissingExtra, Refusal
from teledesign.outputs.handing import Pages, SiteSource, write_source
from teledesign.outputs.made import Made
from teledesign.outputs.pages import site_foot, site_navigation, site_pages, site_title

__all__ = ["SITE", "build_site", "mkdocs_configuration", "mkdocs_environment", "site_source"]

SITE = "site"
"""The folder of the site in a build."""
SCRIPTS = ("assets/javascripts/accessibility.js",)
STYLES = ("assets/stylesheets/teledesign.css",)
SEARCH_SHIM = "assets/vendor/iframe-worker/iframe-worker.js"
QUIET = "NO_MKDOCS_2_WARNING"


def build_site(course: Course, made: Made, target: Path, ready: Mapping[str, Pages] | None = None) -> None:
    """Build the site into `target`, a folder that is new or empty.  The same course and parts give the same bytes.

    `ready` has the pages of topics that are made already.  Raises Refusal for a page that cannot be made, and with
    what MkDocs said where it does not finish, warnings included.
    """
    with tempfile.TemporaryDirectory(prefix="teledesign-site-") as folder:
        stage = Path(folder)
        (stage / "docs").mkdir()
        source = write_source(site_source(course, made, ready), stage / "source")
        configuration = mkdocs_configuration(target.resolve(), {"source": str(source)})
        (stage / "mkdocs.yml").write_text(json.dumps(configuration, indent=1), "utf-8")
        _run_mkdocs(stage, course.file.date, target)


def site_source(course: Course, made: Made, ready: Mapping[str, Pages] | None = None) -> SiteSource:
    """The whole site before MkDocs has seen it.  Raises Refusal."""
    pages = site_pages(course, made, ready or {})
    return SiteSource(site_title(course), site_navigation(course, made), pages, site_foot(course))


def mkdocs_configuration(target: Path, plugin: Mapping[str, Any]) -> dict[str, Any]:
    """What `mkdocs.yml` says; title, navigation and pages come through the plugin, whose options are given."""
    return {
        "site_name": "teledesign",
        "site_dir": str(target),
        "docs_dir": "docs",
        "theme": _THEME,
        "plugins": [{"teledesign": dict(plugin)}, {"search": {"lang": "en"}}, "offline"],
        "extra": {"generator": False, "polyfills": [SEARCH_SHIM]},
        "extra_css": list(STYLES),
        "extra_javascript": list(SCRIPTS),
        "markdown_extensions": _EXTENSIONS,
        "validation": {"links": {"anchors": "warn", "unrecognized_links": "warn"}, "nav": {"omitted_files": "warn"}},
    }


_THEME = {
    "name": "material",
    "language": "en",
    "font": False,
    "favicon": "assets/images/favicon.svg",
    "icon": {"logo": "material/radar"},
    "features": [
        "navigation.tabs",
        "navigation.indexes",
        "navigation.top",
        "content.code.copy",
        "toc.follow",
        "search.highlight",
    ],
    "palette": [
        {
            "media": "(prefers-color-scheme: light)",
            "scheme": "default",
            "primary": "custom",
            "accent": "custom",
            "toggle": {"icon": "material/weather-night", "name": "Switch to dark colours"},
        },
        {
            "media": "(prefers-color-scheme: dark)",
            "scheme": "slate",
            "primary": "custom",
            "accent": "custom",
            "toggle": {"icon": "material/weather-sunny", "name": "Switch to light colours"},
        },
    ],
}
_EXTENSIONS: list[Any] = [
    "attr_list",
    "md_in_html",
    "tables",
    {"toc": {"permalink": True, "permalink_title": "Link to this section", "toc_depth": "2-3"}},
    {"pymdownx.highlight": {"anchor_linenums": False}},
    "pymdownx.superfences",
]


def _run_mkdocs(stage: Path, date: dt.date, target: Path) -> None:
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--config-file", "mkdocs.yml"]
    ran = subprocess.run(
        command,
        cwd=stage,
        env=mkdocs_environment(date),
        capture_output=True,
        text=True,
        encoding="utf-8",
        errors="replace",
    )
    if ran.returncode == 0:
        return
    said = (ran.stderr + ran.stdout).strip()
    if "No module named mkdocs" in said:
        raise MissingExtra("mkdocs", "course")
    if os.strerror(errno.ENOSPC) in said:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(target))
    if "Traceback (most recent call last)" in said:
        said = said.splitlines()[-1]
    raise Refusal(f"the site could not be built. MkDocs says: {said or 'nothing'}")


def mkdocs_environment(date: dt.date) -> dict[str, str]:
    """The environment of the process: one date for every stamp, one hash seed, no banner, UTF-8."""
    noon = dt.datetime.combine(date, dt.time(12), dt.UTC)
    return {
        **os.environ,
        QUIET: "1",
        "SOURCE_DATE_EPOCH": str(int(noon.timestamp())),
        "PYTHONHASHSEED": "0",
        "PYTHONUTF8": "1",
    }
