"""Reading: YAML files to frozen values, with every mistake at its place.

The only package that knows YAML and Markdown.  Nothing in a file is trusted, and nothing in it raises:
what is wrong comes back as findings.
"""

from teledesign.reading.checking import Checked, check_course, check_files, files_of_course
from teledesign.reading.course_folders import page_findings
from teledesign.reading.files import (
    KINDS,
    read_course_file,
    read_default_prices,
    read_design,
    read_prices,
    read_quantities,
    read_scenario,
    read_teaching,
)
from teledesign.reading.read import Read
from teledesign.reading.rosters import ROSTER_SUFFIXES, read_roster

__all__ = [
    "KINDS",
    "ROSTER_SUFFIXES",
    "Checked",
    "Read",
    "check_course",
    "check_files",
    "files_of_course",
    "page_findings",
    "read_course_file",
    "read_default_prices",
    "read_design",
    "read_prices",
    "read_quantities",
    "read_roster",
    "read_scenario",
    "read_teaching",
]
