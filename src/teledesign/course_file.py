"""The course file: what a course is called, which topics it teaches and what its site shows."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Strict, StringConstraints

from teledesign.prose import Prose
from teledesign.scenario.base import Frozen, Text, told
from teledesign.scenario.product import IsoDate
from teledesign.scenario.scenario import ScenarioId

__all__ = ["CourseFile", "NavigationEntry", "NavigationPage"]

PageFile = Annotated[str, Strict(), StringConstraints(pattern=r"^[a-z0-9][a-z0-9/_-]*\.md$")]


class NavigationPage(Frozen):
    """One page within a section of the navigation."""

    title: Text = told("What the reader sees.")
    page: PageFile = told("A Markdown file below site/.")


class NavigationEntry(Frozen):
    """One entry of the site's navigation: a page of `site/`, a section of such pages, all topics, or
    the reference."""

    title: Text = told("What the reader sees.")
    page: PageFile | None = told("A Markdown file below site/; where the entry has pages, their overview.", None)
    pages: tuple[NavigationPage, ...] = told("The section's pages, in the order they are read.", ())
    topics: Literal["all"] | None = told("The topics' generated pages stand here.", None)
    reference: Literal["all"] | None = told("The generated reference stands here.", None)


class CourseFile(Frozen):
    """`course.yaml`, whole."""

    format: Literal[1] = told("The version of this language.")
    title: Text = told("The course's name.")
    date: IsoDate = told("The one date a build stamps and compares ages with; never today's.")
    institution: Text | None = told("Who teaches it.", None)
    credit: Prose | None = told("Where the exercise comes from; printed on the about page.", None)
    topics: tuple[ScenarioId, ...] = told("The scenarios taught, in order.", min_length=1)
    prices: ScenarioId = told("The default price sheet, a name in scenarios/prices/.", "teaching")
    groups: Annotated[int, Strict()] = told("How many groups a build makes forms for.", 8, ge=1, le=5000)
    paper: Literal["a4", "letter"] = told("Paper size.", "a4")
    log_events: Annotated[int, Strict()] = told("About how many events a built log holds.", 200_000, ge=1000)
    secret_fingerprint: Annotated[str, Strict(), StringConstraints(pattern=r"^[0-9a-f]{8}$")] | None = told(
        "The 8-character fingerprint of the course secret that graded forms carry.", None
    )
    navigation: tuple[NavigationEntry, ...] = told("The site's pages, in order; nothing else is built.", ())
