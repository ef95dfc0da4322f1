"""Handouts: what is on them, what is not, and whether they are fit to be handed out."""

import datetime as dt
import hashlib
import html
import io
import json
import os
import re
import subprocess
import sys
import zipfile
from collections.abc import Callable
from functools import cache
from html.parser import HTMLParser
from pathlib import Path

import pytest

from paper_checks import Paper, paper
from teledesign.costs import estimate
from teledesign.course_file import CourseFile
from teledesign.design import collect_everything
from teledesign.findings import Level, Refusal
from teledesign.form import PUBLIC_SECRET, CourseSecret, Form
from teledesign.worksheets import (
    DOCUMENTS,
    FORMATS,
    Handouts,
    Press,
    TopicSource,
    class_view,
    cost_key_view,
    cost_view,
    course_secret,
    draw_form,
    forms_for,
)
from teledesign.worksheets.basis import CostBasis, cost_basis
from teledesign.worksheets.canvas_views import canvas_key_view, canvas_view
from teledesign.worksheets.criteria import CANVAS, SCORE, Marked
from teledesign.worksheets.printable import missing_characters, named
from teledesign.worksheets.score_views import score_key_view, score_view
from teledesign.worksheets.stress import out_of_range, stress
from teledesign.worksheets.topic_views import guide_view, rubric_view
from teledesign.worksheets.wording import with_article
from worksheet_examples import (
    HOSTILE,
    TOPICS,
    file_of,
    made_for,
    prices,
    small_scenario,
    small_teaching,
    topic_source,
)

SECRET = CourseSecret(b"not the one of any course at all")
FILES = ("pdf", "html", "docx", "md")


@pytest.fixture(scope="module")
def course() -> CourseFile:
    return CourseFile.model_validate(
        {"format": 1, "title": "Telemetry design", "date": "2026-11-23", "topics": ["ask-a-plant"]}
    )


@pytest.fixture(scope="module")
def press() -> Press:
    return Press(dt.date(2026, 11, 23))


@pytest.fixture(scope="module")
def printed(course: CourseFile, press: Press) -> Callable[..., Handouts]:
    """The handouts of a topic for group 1, made once."""

    @cache
    def of(name: str) -> Handouts:
        return made_for(course, [topic_source(name)], ["1"], PUBLIC_SECRET, press, formats=FILES)

    return of


@pytest.fixture(scope="module")
def look(tool: Callable[[str], str]) -> Callable[[bytes], Paper]:
    return lambda pdf: paper(pdf, tool("pdftotext"))


every_document = pytest.mark.parametrize("document", list(DOCUMENTS))
every_topic = pytest.mark.parametrize("topic", ["small", *TOPICS])
every_format = pytest.mark.parametrize("kind", FILES)


@every_topic
def test_students_get_no_answers(topic: str, printed: Callable[..., Handouts], look: Callable[[bytes], Paper]) -> None:
    handouts = printed(topic)
    source = topic_source(topic)
    assert source.teaching is not None
    secrets = [squash(text) for text in texts(source.teaching.model_dump(mode="json")) if len(text) > 30]
    public = squash(" ".join(texts(source.scenario.model_dump(mode="json"))))
    secrets = [text for text in secrets if text not in public]
    assert len(secrets) > 20
    assert len(handouts.marks) == sum(not handout.for_students for handout in handouts.made)

    def text_of(path: str, data: bytes) -> str:
        if path.endswith(".docx"):
            with zipfile.ZipFile(io.BytesIO(data)) as zipped:
                data = b"".join(zipped.read(name) for name in zipped.namelist())
        return look(data).text if path.endswith(".pdf") else html.unescape(re.sub("<[^>]*>", "", data.decode()))

    for path, data in handouts.student.items():
        shown = squash(text_of(path, data))
        assert not [text for text in secrets if text in shown], path
        assert not [mark for mark in handouts.marks if squash(mark) in shown], path
    keys = squash(" ".join(text_of(path, data) for path, data in handouts.instructor.items()))
    assert all(squash(mark) in keys for mark in handouts.marks)


def texts(value: object) -> list[str]:
    if isinstance(value, dict):
        return [text for item in value.values() for text in texts(item)]
    if isinstance(value, list):
        return [text for item in value for text in texts(item)]
    return [value] if isinstance(value, str) else []


def squash(text: str) -> str:
    return "".join(character for character in text.lower() if character.isalnum())


@cache
def basis(name: str = "small") -> CostBasis:
    found = cost_basis(topic_source(name).scenario, prices())
    assert found is not None
    return found


@every_format
def test_the_student_side_needs_no_answers(kind: str, course: CourseFile, press: Press) -> None:
    """A student's file from the form without its answers is the very file that students get."""
    source, form = topic_source("small"), draw_form(small_scenario(), "1", PUBLIC_SECRET, basis=basis())
    views = {"class": class_view, "cost": cost_view, "canvas": canvas_view, "score": score_view}
    handed_out = made_for(course, [source], ["1"], PUBLIC_SECRET, press, formats=(kind,))
    for document, view in views.items():
        bare = FORMATS[kind](press, document, view(course, source.scenario, form.without_answers()))
        assert bare == FORMATS[kind](press, document, view(course, source.scenario, form)), document
        assert bare == file_of(handed_out, document, kind), document


def test_a_form_without_answers_holds_none() -> None:
    form = draw_form(small_scenario(), "1", PUBLIC_SECRET, basis=basis())
    assert form.cost is not None
    assert form.cost.steps[0].shown
    text = form.without_answers().model_dump_json()
    for step in (*form.cost.steps, *(cell for row in form.cost.table for cell in row), *form.cost.content):
        assert step.answer is not None
        assert repr(step.answer) not in text
        assert step.worked
        assert step.worked not in text
    assert '"slips":[{' not in text


@every_document
def test_group_form_and_settings_code_stand_on_every_page(
    document: str, printed: Callable[..., Handouts], look: Callable[[bytes], Paper]
) -> None:
    form = draw_form(small_scenario(), "1", PUBLIC_SECRET)
    sheet = look(file_of(printed("small"), document))
    of_group = DOCUMENTS[document].each == "group"
    for page in sheet.words:
        said = " ".join(word.text for word in page)
        assert (f"Group 1 Form {form.form}" in said) == of_group
        assert (f"Settings code {form.settings}" in said) == of_group
        assert ("practice numbers" in said) == of_group
        assert f"of {sheet.pages}" in said
        assert ("DO NOT HAND OUT" in said) == (not DOCUMENTS[document].for_students)


# --- Forms ---


def test_another_group_or_number_changes_no_other_form() -> None:
    scenario = small_scenario()
    one = draw_form(scenario, "1", SECRET)
    more = {"title": "More", "sets": "people.simulate", "from": 10, "to": 90, "step": 1}
    forms = {"more": more, **{name: p.model_dump(by_alias=True) for name, p in scenario.forms.items()}}
    richer = draw_form(small_scenario(forms=forms), "1", SECRET)
    assert richer.form == one.form
    assert [number for number in richer.numbers if number.name != "more"] == list(one.numbers)
    few, many = (forms_for(scenario, groups, SECRET).forms for groups in (["1", "2"], ["3", "1", "2", "4"]))
    assert set(few) < set(many)


def test_groups_secrets_and_draws_give_other_numbers() -> None:
    scenario = small_scenario()
    forms = [draw_form(scenario, str(group), SECRET) for group in range(1, 41)]
    forms += [draw_form(scenario, "1", PUBLIC_SECRET), draw_form(scenario, "1", SECRET, draw=1)]
    assert len({form.form for form in forms}) == len(forms)
    assert len({form.settings for form in forms}) > len(forms) / 2
    for form in forms:
        for number in form.numbers:
            parameter = scenario.forms[number.name]
            assert parameter.low <= number.value <= parameter.high


def test_printed_numbers_are_the_numbers() -> None:
    form = draw_form(small_scenario(), "1", PUBLIC_SECRET)
    askers, taken = form.numbers
    assert float(askers.shown.replace(",", "")) == askers.value
    assert float(taken.shown.removesuffix(" %")) / 100 == taken.value


def test_forms_are_written_once_and_change_only_by_redraw(tmp_path: Path) -> None:
    scenario = small_scenario()
    first = forms_for(scenario, ["1", "2"], SECRET, tmp_path)
    assert sorted(first.new) == ["graded/ask-a-plant/group-01.json", "graded/ask-a-plant/group-02.json"]
    keep(tmp_path, first.new)
    again = forms_for(scenario, ["1", "2"], SECRET, tmp_path)
    assert (again.forms, again.new, again.findings) == (first.forms, {}, ())
    redrawn = forms_for(scenario, ["1"], SECRET, tmp_path, redraw=True)
    assert redrawn.forms[0].draw == 1
    assert redrawn.forms[0].form != first.forms[0].form
    assert list(redrawn.new) == ["graded/ask-a-plant/group-01.json"]


def keep(folder: Path, new: dict[str, str]) -> None:
    for name, text in new.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")


def test_a_form_that_is_out_of_date_stays_and_says_so(tmp_path: Path) -> None:
    scenario = small_scenario()
    kept = forms_for(scenario, ["1"], SECRET, tmp_path)
    keep(tmp_path, kept.new)
    forms = {name: p.model_dump(by_alias=True) for name, p in scenario.forms.items()}
    forms["askers"] |= {"from": 20_000, "step": 10_000}
    later = forms_for(small_scenario(forms=forms), ["1"], SECRET, tmp_path)
    assert later.forms == kept.forms
    (finding,) = later.findings
    assert finding.level is Level.WARNING
    assert finding.message == (
        f"form {kept.forms[0].form} was drawn from an older ask-a-plant or price sheet, which give other numbers now. "
        "Its handouts stay as they are; --redraw draws the form anew"
    )


def test_what_is_no_form_is_refused(tmp_path: Path) -> None:
    keep(tmp_path, {"practice/ask-a-plant/group-01.json": "{}"})
    with pytest.raises(Refusal, match=r"group-01.json is no form\. Delete it"):
        forms_for(small_scenario(), ["1"], PUBLIC_SECRET, tmp_path)


def test_a_form_reads_back_as_it_was_written() -> None:
    form = draw_form(small_scenario(), "1", SECRET)
    assert Form.model_validate_json(form.model_dump_json()) == form


@pytest.mark.parametrize("group", ["../../etc/passwd", "a b", "GRUPPE", "=cmd()", "\u202e", "ä", "con", "x" * 60, "01"])
def test_a_groups_name_is_no_path(group: str) -> None:
    names = set(forms_for(small_scenario(), [group, "1"], SECRET, Path("nowhere")).new)
    assert len(names) == 2
    assert all(re.fullmatch(r"graded/ask-a-plant/group-[a-z0-9-]+\.json", name) for name in names)


# --- Numbers ---


@pytest.mark.parametrize("topic", ["small", *TOPICS])
@pytest.mark.parametrize("group", ["1", "2", "3"])
def test_sheet_key_and_estimate_agree_to_the_cent(topic: str, group: str) -> None:
    source = topic_source(topic)
    found = basis(topic)
    form = draw_form(source.scenario, group, SECRET, basis=found)
    assert form.cost is not None
    everything = collect_everything(source.scenario)
    engine = estimate(source.scenario, everything, source.prices, settings=form.cost.settings)
    steps = {step.name: step for step in form.cost.steps}
    priced = [step for step in form.cost.steps if step.price]
    assert [step.name for step in priced] == ["ingestion", "streaming", "hot_storage"]
    for step in priced:
        assert step.answer == engine.row(step.name).amount
    assert steps["total"].answer == pytest.approx(sum(engine.row(step.name).amount or 0 for step in priced), abs=1e-9)
    assert steps["rows_kept"].answer == pytest.approx(engine.value("rows_per_day") * 30 / 1e6)
    assert steps["gb_kept"].answer == pytest.approx(engine.value("bytes_per_day") * 30 / 1e9)
    for rate, row in zip(form.cost.rates, form.cost.table, strict=True):
        at = estimate(source.scenario, everything, source.prices, settings={**form.cost.settings, "sampling": rate})
        rows, gigabytes, amount, rare = (cell.answer for cell in row)
        assert rows == pytest.approx(at.value("rows_per_day") * 30 / 1e6)
        assert gigabytes == pytest.approx(at.value("bytes_per_day") * 30 / 1e9)
        assert amount == pytest.approx(sum(at.row(step.name).amount or 0 for step in priced), abs=1e-9)
        assert rare is not None
    shares = {row[3].answer >= form.cost.enough for row in form.cost.table}  # type: ignore[operator]
    assert False in shares


@pytest.mark.parametrize("topic", TOPICS)
def test_content_beside_rows_is_the_estimates(topic: str) -> None:
    source = topic_source(topic)
    found = basis(topic)
    assert found.content is not None
    cost = draw_form(source.scenario, "1", SECRET, basis=found).cost
    assert cost is not None
    others = {one.name: 0.0 for one in found.model.settings if one.name.startswith("payload_")}
    settings = {**cost.settings, **others, f"payload_{found.content}": found.content_share}
    engine = estimate(source.scenario, collect_everything(source.scenario), source.prices, settings=settings)
    gigabytes, times = cost.content
    assert gigabytes.answer == pytest.approx(engine.value("uploaded_bytes_per_day") * 30 / 1e9)
    assert times.answer == pytest.approx(engine.value("uploaded_bytes_per_day") / engine.value("bytes_per_day"))


@pytest.mark.parametrize("topic", ["small", *TOPICS])
def test_answers_follow_from_what_is_printed(topic: str) -> None:
    source = topic_source(topic)
    cost = draw_form(source.scenario, "1", SECRET, basis=basis(topic)).cost
    assert cost is not None
    given = {one.name: number(one.shown) for one in cost.given}
    for one in cost.given:
        assert given[one.name] == pytest.approx(one.value, rel=1e-12)
    month = given["users"] * given["days"]
    expected = {
        "rows_all": month * given["rows"] / 1e6,
        "rows_kept": month * given["rows"] * given["sampling"] / 1e6,
        "gb_kept": month * given["bytes"] * given["sampling"] / 1e9,
        "gib_kept": month * given["bytes"] * given["sampling"] / 2**30,
    }
    for step in cost.steps:
        if step.name in expected:
            assert step.answer == pytest.approx(expected[step.name])
        assert step.answer is not None
        assert step.shown is not None
        assert number(step.shown) == pytest.approx(step.answer, rel=6e-4, abs=0.005 if step.price else 0)
        for slip in step.slips:
            assert abs(number(slip.shown) - step.answer) > (step.tolerance or 0) * step.answer


def number(shown: str) -> float:
    digits, _, word = shown.removesuffix(" %").replace(",", "").partition(" ")
    scale = {"": 1, "million": 1e6, "billion": 1e9}[word]
    return float(digits) * scale / (100 if shown.endswith(" %") else 1)


@pytest.mark.parametrize("topic", ["small", *TOPICS])
def test_each_price_names_the_question_that_asks_for_it(topic: str, course: CourseFile) -> None:
    source = topic_source(topic)
    view = cost_view(course, source.scenario, draw_form(source.scenario, "1", PUBLIC_SECRET, basis=basis(topic)))
    asked = {price.question for price in view.prices}
    assert None not in asked
    assert asked == {step.number for step in view.steps if step.unit == view.currency} - {len(view.steps)}


@pytest.mark.parametrize("topic", ["small", *TOPICS])
def test_what_follows_from_an_earlier_answer_comes_after_it(topic: str, course: CourseFile) -> None:
    source = topic_source(topic)
    form = draw_form(source.scenario, "1", PUBLIC_SECRET, basis=basis(topic))
    assert form.cost is not None
    view = cost_key_view(course, source.scenario, form, "key-mark")
    names = [one.name for one in (*form.cost.steps, *form.cost.content)]
    follows = {
        name: {names[number - 1] for number in answer.carries}
        for name, answer in zip(names, (*view.answers, *view.content), strict=True)
    }
    assert follows["rows_kept"] == {"rows_all"}
    assert follows["gib_kept"] == {"gb_kept"}
    assert follows["total"] == {"ingestion", "streaming", "hot_storage"} & set(names)
    assert follows["ingestion"] in ({"rows_kept"}, {"gb_kept"})
    assert all(number < answer.number for answer in (*view.answers, *view.content) for number in answer.carries)


def test_nouns_have_their_article() -> None:
    assert [with_article(noun) for noun in ("photo", "embedding", "user id")] == [
        "a photo",
        "an embedding",
        "a user id",
    ]


def test_a_sheet_without_fitting_prices_has_no_cost_sheet(course: CourseFile, press: Press) -> None:
    rows = {name: row for name, row in prices().rows.items() if name in ("labelling", "egress")}
    topic = TopicSource(small_scenario(), small_teaching(), prices().model_copy(update={"rows": rows}))
    handouts = made_for(course, [topic], ["1"], PUBLIC_SECRET, press)
    without = {"cost", "cost-key", "canvas-key"}
    assert [handout.document for handout in handouts.made] == [name for name in DOCUMENTS if name not in without]


# --- Many forms ---


@pytest.mark.parametrize("topic", TOPICS)
def test_many_forms_make_good_exercises(topic: str) -> None:
    """No answer out of range or absurd; storage of a month is never what one month brings."""
    source = topic_source(topic)
    report = stress(source.scenario, source.prices, PUBLIC_SECRET, 120)
    assert report.is_well, report.poor
    assert "who took what one month brings is right as well" not in {one.says for one in report.poor}
    ranges = {one.name: one for one in report.answers}
    assert ranges["total"].least > 1
    assert ranges["total"].distinct > 60
    assert set(source.scenario.forms) <= set(ranges)


def test_poor_forms_are_told() -> None:
    forms = {name: p.model_dump(by_alias=True) for name, p in small_scenario().forms.items()}
    forms["askers"] |= {"from": 20, "to": 40, "step": 10}
    forms["days"] = {"title": "Days", "sets": "cost.hot_days", "from": 30, "to": 45, "step": 15, "unit": "days"}
    scenario = small_scenario(forms=forms)
    poor = {(one.kind, one.name): one for one in stress(scenario, prices(), SECRET, 90).poor}
    assert not stress(scenario, prices(), SECRET, 90).is_well
    assert poor["absurd", "ingestion"].says == "the amount is below 0.05 USD a month"
    assert poor["equal", "form"].says == "has the same numbers as another"
    first = poor["equal", "form"]
    assert draw_form(scenario, first.group, SECRET).form == first.form


def test_a_number_outside_its_range_is_told() -> None:
    scenario = small_scenario()
    number = scenario.forms["taken"].model_copy(update={"high": 0.41})
    narrow = scenario.model_copy(update={"forms": {**scenario.forms, "taken": number}})
    form = draw_form(scenario, "1", SECRET)
    wide = form.model_copy(update={"numbers": tuple(n.model_copy(update={"value": 0.9}) for n in form.numbers)})
    assert [kind for kind, *_ in out_of_range(narrow, [wide])] == ["out of range"] * 2


# --- Other sheets ---


@pytest.mark.parametrize("rubric", [CANVAS, SCORE])
def test_points_of_a_rubric_sum(rubric: tuple[Marked, ...], course: CourseFile) -> None:
    form = draw_form(small_scenario(), "1", PUBLIC_SECRET, basis=basis())
    view = (
        canvas_view(course, small_scenario(), form) if rubric is CANVAS else score_view(course, small_scenario(), form)
    )
    assert view.points == sum(one.criterion.points for one in rubric)
    assert all(one.look_for and one.beware for one in rubric)


def test_a_filled_canvas_adds_up(course: CourseFile) -> None:
    source, found = topic_source("shoe-brand"), basis("shoe-brand")
    form = draw_form(source.scenario, "1", PUBLIC_SECRET, basis=found)
    rows = found.model.gathered.traffic.rows
    view = canvas_key_view(course, source.scenario, source.designs, rows, form, "key-mark")
    assert [design.title for design in view.filled] == [design.title for design in source.designs.values()]
    assert form.cost is not None
    engine = estimate(source.scenario, collect_everything(source.scenario), source.prices, settings=form.cost.settings)
    thorough = view.filled[1]
    everything = engine.value("bytes_per_day") / form.cost.settings["sampling"] / 1e6
    assert number(thorough.total) == pytest.approx(everything, rel=0.01)
    assert sum(number(row.mb_a_day) for row in thorough.rows) == pytest.approx(number(thorough.total), rel=0.01)
    watched = {row.signal for row in view.filled[0].rows if row.read_by}
    assert watched == {"inference result", "brand corrected"}


def test_the_score_key_is_counted_by_the_score_itself(course: CourseFile) -> None:
    source = topic_source("playlists")
    view = score_key_view(course, source.scenario, "key-mark")
    sums = [float(points) for _, points in view.sums]
    assert len(sums) == 4
    assert float(view.final) == min(sums)
    assert all(shown.telemetry for shown in view.shown)
    assert {shown.here for shown in view.shown if shown.title.startswith("Predictions")} != {""}


@pytest.mark.parametrize("topic", TOPICS)
def test_the_guide_has_what_an_instructor_needs(topic: str, course: CourseFile) -> None:
    source = topic_source(topic)
    assert source.teaching is not None
    guide = guide_view(course, source.scenario, source.teaching, "key-mark")
    assert [plan.minutes for plan in guide.plans] == [45, 75]
    for plan in guide.plans:
        hours, minutes = plan.phases[-1].begins.split(":")
        assert int(hours) * 60 + int(minutes) + plan.phases[-1].minutes == plan.minutes
    assert all(prompt.prompts and prompt.listen for prompt in guide.prompts)
    assert all(figure.source.startswith(("verified; ", "second hand; ", "unverified; ")) for figure in guide.figures)
    assert all("as of 20" in law.source for law in guide.law)
    assert guide.debrief
    assert guide.misconceptions


@pytest.mark.parametrize("topic", TOPICS)
def test_the_rubric_for_students_has_no_look_fors(topic: str, course: CourseFile) -> None:
    rubric = rubric_view(course, topic_source(topic).scenario)
    assert all(not criterion.look_for and not criterion.beware for part in rubric.parts for criterion in part.criteria)
    for part in rubric.parts:
        assert part.points == sum(float(criterion.levels[-1].points) for criterion in part.criteria)


# --- Secrets ---


def test_another_secret_is_refused(tmp_path: Path) -> None:
    keep(tmp_path, forms_for(small_scenario(), ["1"], SECRET, tmp_path).new)
    other = CourseSecret(b"quite another secret of a course")
    with pytest.raises(Refusal, match="was drawn with another course secret") as caught:
        forms_for(small_scenario(), ["1"], other, tmp_path)
    assert SECRET.fingerprint in caught.value.message
    assert other.fingerprint in caught.value.message
    assert "not the one" not in caught.value.message


def test_no_secret_is_refused_with_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(Refusal) as caught:
        course_secret(tmp_path, environment={})
    assert caught.value.message.startswith(
        "graded forms need a course secret, and there is none. Set TELEDESIGN_SECRET, or write one with: python -c"
    )


def test_the_packaged_course_is_not_for_grading(tmp_path: Path) -> None:
    with pytest.raises(Refusal, match=r"read-only.*teledesign new course DIR"):
        course_secret(tmp_path, read_only=True, environment={"TELEDESIGN_SECRET": "x" * 40})


def test_a_secret_comes_from_the_environment_or_a_file(tmp_path: Path) -> None:
    (tmp_path / "secret.txt").write_text("in the file: 0123456789abcdef\n", "utf-8")
    filed = course_secret(tmp_path, environment={})
    assert filed.key == b"in the file: 0123456789abcdef"
    given = course_secret(tmp_path, environment={"TELEDESIGN_SECRET": "in the environment: 0123456789"})
    assert given.key == b"in the environment: 0123456789"
    assert course_secret(tmp_path, environment={}, fingerprint=filed.fingerprint) == filed
    with pytest.raises(Refusal, match=f"belongs to another course: its fingerprint is {filed.fingerprint}"):
        course_secret(tmp_path, environment={}, fingerprint=given.fingerprint)


@pytest.mark.parametrize("text", ["short", "aaaaaaaaaaaaaaaaaaaaaaaaaaaa"])
def test_a_weak_secret_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(Refusal, match="too easy to guess"):
        course_secret(tmp_path, environment={"TELEDESIGN_SECRET": text})


# --- Text ---


def test_a_text_that_is_too_long_is_named_with_its_excess(course: CourseFile, press: Press) -> None:
    product = small_scenario().product.model_dump(mode="json")
    product["brief"] = "A new model comes next month and nobody knows it yet, so look. " * 32
    topic = TopicSource(small_scenario(product=product), small_teaching(), prices())
    handouts = made_for(course, [topic], ["1"], PUBLIC_SECRET, press)
    assert (handouts.student, handouts.instructor, handouts.forms) == ({}, {}, {})
    (finding,) = handouts.findings
    assert (finding.rule, finding.path) == ("worksheet-too-long", "product.brief")
    said = re.fullmatch(
        r"page 1 of the class worksheet is (\d+) lines too full; this text takes \d+ lines of it\. "
        r"Shorten it by \1 lines, about (\d+) characters",
        finding.message,
    )
    assert said
    product["brief"] = product["brief"][: -int(said[2])]
    topic = TopicSource(small_scenario(product=product), small_teaching(), prices())
    assert made_for(course, [topic], ["1"], PUBLIC_SECRET, press).findings == ()


def test_a_long_prompt_on_the_back_is_named(course: CourseFile, press: Press) -> None:
    questions = {name: question.model_dump(mode="json") for name, question in small_scenario().questions.items()}
    questions["cost"]["prompt"] = "What does it cost, and who pays for it in the end? " * 20
    topic = TopicSource(small_scenario(questions=questions), small_teaching(), prices())
    (finding,) = made_for(course, [topic], ["1"], PUBLIC_SECRET, press).findings
    assert finding.path == "questions.cost.prompt"
    assert finding.message.startswith("page 2 of the class worksheet is ")


def test_characters_that_no_font_has_are_named(course: CourseFile, press: Press) -> None:
    product = small_scenario().product.model_dump(mode="json") | {"goal": "People learn the name 植物."}
    topic = TopicSource(small_scenario(product=product), small_teaching(), prices())
    (finding,) = made_for(course, [topic], ["1"], PUBLIC_SECRET, press).findings
    assert (finding.rule, finding.path) == ("unprintable", "product.goal")
    assert finding.message == "the fonts of the handouts cannot print 植 (U+690D), 物 (U+7269). Write it another way"


def test_a_word_that_no_line_holds_is_broken(course: CourseFile, press: Press, look: Callable[[bytes], Paper]) -> None:
    word = "W" * 60
    product = small_scenario().product.model_dump(mode="json") | {"goal": f"People learn {word} and `{word}`."}
    topic = TopicSource(small_scenario(product=product), small_teaching(), prices())
    made = made_for(course, [topic], ["1"], PUBLIC_SECRET, press)
    assert made.findings == ()
    name = next(name for name in made.student if name.endswith("class.pdf"))
    pieces = [word for word in look(made.student[name]).words[0] if "WW" in word.text]
    assert sum(word.text.count("W") for word in pieces) == 120
    assert max(word.right for word in pieces) < 136, "the column ends where the panel of numbers begins"


def test_a_character_that_cannot_be_seen_is_named_by_its_code_alone() -> None:
    said = 'error: the text `"\u690d\\u{200d}\\""` could not be displayed with `Source Serif 4`'
    characters = missing_characters(said)
    assert characters == ("\u690d", "\u200d", '"')
    assert named(characters) == '\u690d (U+690D), U+200D, " (U+0022)'


class _Tags(HTMLParser):
    def __init__(self, source: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.text = ""
        self.feed(source)

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.tags.add(tag)

    def handle_data(self, data: str) -> None:
        self.text += data


def test_hostile_text_is_printed_as_it_stands(course: CourseFile, press: Press, look: Callable[[bytes], Paper]) -> None:
    product = small_scenario().product.model_dump(mode="json") | {"goal": HOSTILE}
    questions = {name: question.model_dump(mode="json") for name, question in small_scenario().questions.items()}
    questions["capture"] |= {"title": HOSTILE[:60], "hints": [HOSTILE]}
    teaching = small_teaching(notes=[HOSTILE])
    scenario = small_scenario(product=product, questions=questions, title=HOSTILE[:40])
    handouts = made_for(
        course,
        [TopicSource(scenario, teaching, prices())],
        [HOSTILE[:30]],
        PUBLIC_SECRET,
        press,
        formats=("pdf", "html"),
    )
    assert handouts.findings == ()
    wanted = re.sub(r"\W", "", HOSTILE)
    for path, data in {**handouts.student, **handouts.instructor}.items():
        if path.endswith(".pdf"):
            shown = re.sub(r"\W", "", look(data).text)
            assert wanted in shown or not re.search(r"-class\.|guide", path), path
            assert wanted[:20] in shown
        else:
            page = _Tags(data.decode())
            assert "script" not in page.tags
            assert HOSTILE in page.text or not re.search(r"-class\.|guide", path), path
            assert HOSTILE[:40] in page.text
    names = r"[a-z-]+/ask-a-plant/(group-[a-z0-9-]+|rubric)\.(pdf|html)"
    assert all(re.fullmatch(names, path) for path in handouts.student)


def test_an_html_handout_asks_for_nothing(printed: Callable[..., Handouts]) -> None:
    page = file_of(printed("small"), "class", "html").decode()
    assert not re.search(r"(src|href)=|@import|url\(|<script", page)
    assert '<html lang="en">' in page
    assert len(re.findall(r"<h1>", page)) == 1


# --- The same bytes ---

DIGEST = """
import hashlib, sys
sys.path.insert(0, {tests!r})
from test_worksheets import *
handouts = made_for(
    CourseFile.model_validate({{"format": 1, "title": "T", "date": "2026-11-23", "topics": ["ask-a-plant"]}}),
    [topic_source("small")], ["1"], SECRET, Press(dt.date(2026, 11, 23)), formats=FILES, jobs=int(sys.argv[1]),
)
print(digest(handouts))
"""


def digest(handouts: Handouts) -> str:
    files = {
        **handouts.student,
        **handouts.instructor,
        **{name: text.encode() for name, text in handouts.forms.items()},
    }
    lines = [f"{name} {hashlib.sha256(data).hexdigest()}" for name, data in sorted(files.items())]
    return json.dumps(lines)


def test_any_number_of_workers_in_any_process_prints_the_same_bytes() -> None:
    script = DIGEST.format(tests=str(Path(__file__).parent))
    said = [
        subprocess.run(
            [sys.executable, "-c", script, jobs],
            capture_output=True,
            text=True,
            check=True,
            env={**os.environ, "PYTHONHASHSEED": seed, "TZ": zone},
        ).stdout
        for seed, zone, jobs in (("1", "UTC", "1"), ("2", "Asia/Tokyo", "3"))
    ]
    assert said[0] == said[1]
    assert len(json.loads(said[0])) >= 8


def test_a_press_prints_the_same_in_any_order(course: CourseFile, press: Press) -> None:
    scenario = small_scenario()
    one, other = (class_view(course, scenario, draw_form(scenario, group, SECRET)) for group in "12")
    first = press.pdf("class", one)
    assert first != press.pdf("class", other)
    assert first == press.pdf("class", one)


def test_a_cost_sheet_that_is_too_long_is_said(course: CourseFile, press: Press) -> None:
    forms = {name: parameter.model_dump(by_alias=True) for name, parameter in small_scenario().forms.items()}
    forms["askers"]["title"] = "Walkers in production, counted on an average day of the year " * 12
    topic = TopicSource(small_scenario(forms=forms), small_teaching(), prices())
    findings = made_for(course, [topic], ["1"], PUBLIC_SECRET, press).findings
    (finding,) = (finding for finding in findings if finding.path == "forms")
    assert finding.message.endswith("too full. Shorten titles of forms, of events and payloads, or of the price sheet")
