"""The site of a course while its author works on it: what changed is made anew, everything else is kept.

Only what depends on a file that changed is made again.  A changed topic shows its texts first; the pages that are
worked out follow a moment later, with the scenario's new log, which comes from a process of its own.  Logs are small.
"""

from __future__ import annotations

import multiprocessing
import shutil
import signal
from collections.abc import Callable
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from teledesign.course import Course, CourseLocation, Topic, open_course, read_topic
from teledesign.findings import Finding, Refusal, has_errors, in_order
from teledesign.form import PUBLIC_SECRET
from teledesign.inputs import Inputs, course_inputs
from teledesign.outputs.handing import SiteSource
from teledesign.outputs.logs import LogOrder, TopicLog, make_log
from teledesign.outputs.made import Made, MadeTopic
from teledesign.outputs.pages import pages_of_topic, site_foot, site_navigation, site_pages, site_title, topic_pages
from teledesign.outputs.practice import made_from, practice_sheets
from teledesign.outputs.reference import CommandHelp
from teledesign.papers import template_folders
from teledesign.scenario import Scenario
from teledesign.simulation import end_with_parent
from teledesign.worksheets import Press

__all__ = ["PREVIEW_EVENTS", "Preview"]

PREVIEW_EVENTS = 4000
"""About how many events a log holds here: few, so that it is there soon."""
TEACHING = "/teaching.yaml"
WATCHED = ("course.yaml", "scenarios", "templates", "site")
T = TypeVar("T")


@dataclass
class Preview:
    """A course's site, again and again.  `work` is a folder of its own for what it makes; see `close`."""

    location: CourseLocation
    topics: tuple[str, ...]
    """The topics to show; all where none is named."""
    work: Path
    commands: tuple[CommandHelp, ...] = ()
    events: int = PREVIEW_EVENTS
    findings: tuple[Finding, ...] = ()
    """Warnings of the last site."""
    _kept: dict[str, tuple[object, Any]] = field(default_factory=dict)
    _logs: _Logs | None = None
    _seen: object = None
    _soon: dict[str, object] = field(default_factory=dict)
    """Topics whose texts are shown, by the key of what they were made from; their other pages are owed."""
    _announced: int = 0

    @property
    def watched(self) -> list[Path]:
        """The files and folders whose changes change the site."""
        news = self.work / "news"
        news.mkdir(parents=True, exist_ok=True)
        return [path for name in WATCHED if (path := self.location.root / name).exists()] + [news]

    def has_news(self) -> bool:
        """Whether anything changed since the site was last made, or tried: a file, or a log that is there now."""
        return self._seen != self._state(course_inputs(self.location.root))

    def source(self) -> SiteSource:
        """The site of the course as it is now.  Raises Refusal with the findings where it has mistakes."""
        inputs = course_inputs(self.location.root)
        self._seen = self._state(inputs)
        course = self._course(inputs)
        logs = self._log_maker()
        for topic in course.topics.values():
            logs.want(topic.id, self._key(inputs, f"{_folder(topic)}/scenario.yaml"), topic.scenario)
        sheets = {name: self._sheets(inputs, course, topic) for name, topic in course.topics.items()}
        parts = {name: replace(topic, log=logs.folder(name)) for name, topic in sheets.items()}
        made = Made(parts, self.commands)
        keys = {name: self._pages_key(inputs, course, name) for name in course.topics}
        ready = {}
        for name, key in keys.items():
            known, former = self._kept.get(f"pages {name}", (None, None))
            if known == (key, parts[name]):
                ready[name] = former
            elif former is not None and (self._soon.get(name) != key or logs.is_older(name)):
                # Pages that are worked out wait for the log, or for the next turn where there is no log to wait for.
                ready[name] = former | topic_pages(course, course.topics[name], parts[name], soon=True)
                self._soon[name] = key
                if not logs.is_older(name):
                    self._announce("pages")
        pages = site_pages(course, made, ready)
        for name, key in keys.items():
            if name not in ready:
                self._kept[f"pages {name}"] = (key, parts[name]), pages_of_topic(pages, name)
        return SiteSource(site_title(course), site_navigation(course, made), pages, site_foot(course))

    def close(self) -> None:
        """End what still runs."""
        if self._logs is not None:
            self._logs.close()

    def _pages_key(self, inputs: Inputs, course: Course, topic: str) -> object:
        """What a topic's pages are made from, but for its sheets and its log."""
        places = ("course.yaml", "templates/", "scenarios/prices/", f"{_folder(course.topics[topic])}/")
        return self._key(inputs, *places), tuple(course.topics)

    def _course(self, inputs: Inputs) -> Course:
        """The course, of which only changed topics are read again, without what only its instructor may see."""
        key = self._key(inputs, "course.yaml", "scenarios/prices/")
        course = self._once("course", key, lambda: open_course(self.location, only=()))
        findings = list(course.findings)
        topics = {}
        for name in course.file.topics:
            if self.topics and name not in self.topics:
                continue
            folder = self.location.root / "scenarios" / name
            key = self._key(inputs, f"scenarios/{name}/", teaching=True)
            topic, found = self._once(f"topic {name}", key, partial(read_topic, folder))
            findings += found
            if topic is not None:
                topics[name] = replace(topic, teaching=None, teaching_places={})
        if has_errors(findings) or not topics:
            raise Refusal("the course has mistakes", in_order(findings))
        self.findings = tuple(in_order(findings))
        return replace(course, topics=topics)

    def _sheets(self, inputs: Inputs, course: Course, topic: Topic) -> MadeTopic:
        places = ("course.yaml", "templates/", "scenarios/prices/", f"{_folder(topic)}/")
        key = self._key(inputs, *places)

        def made() -> MadeTopic:
            folder = self.work / "sheets" / f"{topic.id}-{key[:12]}"
            press = Press(course.file.date, template_folders(course))
            return made_from(practice_sheets(course, topic, press, folder), folder, None)

        return self._once(f"sheets {topic.id}", key, made)

    def _state(self, inputs: Inputs) -> object:
        return inputs.digest(not_scratch), self._log_maker().done, self._announced

    def _announce(self, what: str) -> None:
        """Say that the site has news though no file of the course has changed."""
        self._announced += 1
        (self.work / "news").mkdir(parents=True, exist_ok=True)
        (self.work / "news" / what).write_text(str(self._announced), "utf-8")

    def _key(self, inputs: Inputs, *places: str, teaching: bool = False) -> str:
        """The digest of the files at some places, of teaching files only for what reads them."""
        return inputs.digest(
            lambda name: name.startswith(places) and not_scratch(name) and (teaching or not name.endswith(TEACHING))
        )

    def _once(self, name: str, key: object, make: Callable[[], T]) -> T:
        """What was made under this name from the same inputs, else made now; a failure is not kept."""
        known = self._kept.get(name)
        if known is None or known[0] != key:
            known = self._kept[name] = key, make()
        value: T = known[1]
        return value

    def _log_maker(self) -> _Logs:
        if self._logs is None:
            self._logs = _Logs(self.work, self.events)
        return self._logs


class _Logs:
    """Logs in the making: two at a time, in processes of their own, and the last good one of each topic."""

    def __init__(self, work: Path, events: int) -> None:
        self._work = work
        self._events = events
        self._pool: ProcessPoolExecutor | None = None
        self._wanted: dict[str, tuple[str, Future[TopicLog]]] = {}
        self._good: dict[str, tuple[str, Path]] = {}
        self.done = 0

    def want(self, topic: str, key: str, scenario: Scenario) -> None:
        """A log of this scenario, unless it is there or being made."""
        if topic in self._wanted and self._wanted[topic][0] == key:
            return
        if topic in self._wanted:
            self._wanted[topic][1].cancel()
        order = LogOrder(scenario, self._work / "logs" / f"{topic}-{key[:12]}" / "log")
        shutil.rmtree(order.log.parent, ignore_errors=True)
        future = self._workers().submit(make_log, order, PUBLIC_SECRET, events=self._events, jobs=1)
        self._wanted[topic] = key, future
        future.add_done_callback(self._tell)

    def folder(self, topic: str) -> Path:
        """The topic's log if it is made, else the one before it, else the log once it is made.  Raises Refusal."""
        key, future = self._wanted[topic]
        if future.done() or topic not in self._good:
            self._good[topic] = key, future.result().folder
        return self._good[topic][1]

    def is_older(self, topic: str) -> bool:
        """Whether the log that is shown is not the one that is wanted."""
        return self._good.get(topic, ("", None))[0] != self._wanted[topic][0]

    def close(self) -> None:
        """End the workers without waiting for what they make."""
        if self._pool is not None:
            self._pool.shutdown(wait=False, cancel_futures=True)
            for child in multiprocessing.active_children():
                child.terminate()

    def _workers(self) -> ProcessPoolExecutor:
        if self._pool is None:
            context = multiprocessing.get_context("spawn")
            self._pool = ProcessPoolExecutor(2, mp_context=context, initializer=_begin_to_make)
        return self._pool

    def _tell(self, future: Future[TopicLog]) -> None:
        if not future.cancelled():
            self.done += 1
            (self._work / "news").mkdir(parents=True, exist_ok=True)
            (self._work / "news" / "logs").write_text(str(self.done), "utf-8")


def _begin_to_make() -> None:
    """A worker hears no Ctrl-C of its own and ends when its parent is gone, however that went."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    end_with_parent()


def not_scratch(name: str) -> bool:
    """Whether a file is more than an editor's own: neither hidden nor a copy that it keeps."""
    last = name.rpartition("/")[2]
    return not last.startswith(".") and not last.endswith(("~", ".swp", ".tmp")) and last != "4913"


def _folder(topic: Topic) -> str:
    return f"scenarios/{topic.folder.name}"
