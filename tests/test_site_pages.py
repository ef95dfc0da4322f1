"""The site in memory: what is made, what is not, and that nothing a scenario says can become markup."""

import dataclasses
import html
import re
from pathlib import Path

import pytest

from teledesign.course import Course, CourseLocation, open_course
from teledesign.course_file import NavigationEntry, NavigationPage
from teledesign.findings import Refusal
from teledesign.outputs.brief import brief_of
from teledesign.outputs.charts import day_bars, day_lines, day_shares, hour_grid, svg_of
from teledesign.outputs.estimator_page import formula_html
from teledesign.outputs.handing import SiteSource, read_source, write_source
from teledesign.outputs.made import Made, MadeTopic, read_made
from teledesign.outputs.pages import site_foot, site_navigation, site_pages, with_topics, write_markdown_tree
from teledesign.outputs.wording import said_bytes, said_number, said_several, said_share, said_span
from teledesign.prose import Prose
from teledesign.resources import packaged_course
from teledesign.scenario import Scenario
from teledesign.scenario.base import Frozen


@pytest.fixture(scope="module")
def course() -> Course:
    return open_course(CourseLocation(packaged_course(), "package"))


@pytest.fixture(scope="module")
def bare(course: Course) -> Course:
    """The course without price sheets, and so without estimators, which take seconds to make."""
    return dataclasses.replace(course, prices={})


def test_only_what_the_navigation_names_is_made(bare: Course) -> None:
    home = NavigationEntry(title="Home", page="index.md")
    alone = dataclasses.replace(bare, topics={}, file=bare.file.model_copy(update={"navigation": (home,)}))
    pages = site_pages(alone, Made())
    assert [name for name in pages if name.endswith(".md")] == ["index.md"]
    assert site_navigation(alone, Made()) == [{"Home": "index.md"}]


def test_a_section_has_an_overview_and_pages_that_know_their_neighbours(bare: Course, tmp_path: Path) -> None:
    listed = (NavigationPage(title="One", page="unit/one.md"), NavigationPage(title="Two & more", page="two.md"))
    unit = NavigationEntry(title="Unit", page="unit/index.md", pages=listed)
    about = NavigationEntry(title="About", page="about.md")
    (tmp_path / "site" / "unit").mkdir(parents=True)
    for name in ("about.md", "unit/index.md", "unit/one.md", "two.md"):
        (tmp_path / "site" / name).write_text('{% include "neighbours.html" %}', "utf-8")
    file = bare.file.model_copy(update={"navigation": (unit, about)})
    own = dataclasses.replace(bare, topics={}, file=file, location=CourseLocation(tmp_path, "option"))
    assert site_navigation(own, Made()) == [
        {"Unit": ["unit/index.md", {"One": "unit/one.md"}, {"Two &amp; more": "two.md"}]},
        {"About": "about.md"},
    ]
    pages = site_pages(own, Made())

    def doors(page: object) -> list[tuple[str, str]]:
        return re.findall(r'rel="(\w+)" href="(.*?)"', html.unescape(str(page)))

    assert pages["about.md"] == ""
    assert doors(pages["unit/index.md"]) == [("next", "one.html")]
    assert doors(pages["unit/one.md"]) == [
        ("prev", "index.html"),
        ("next", "../two.html"),
    ]
    assert doors(pages["two.md"]) == [("prev", "unit/one.html")]


def test_a_page_may_name_pages_that_a_build_lacks(bare: Course, tmp_path: Path) -> None:
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "about.md").write_text(
        '{% from "links.html" import to with context %}\n'
        '{{ to("playlists/brief", "Playlists") }}, {{ to("photo-tagging/log", "its log") }}, '
        '{{ to("students", "you") }}',
        "utf-8",
    )
    own = dataclasses.replace(with_topics(bare, ["playlists"]), location=CourseLocation(tmp_path, "option"))
    assert site_pages(own, Made())["about.md"] == (
        '<a href="topics/playlists/index.html">Playlists</a>, its log, <a href="students.html">you</a>'
    )


def test_a_page_without_its_part_is_not_made(bare: Course) -> None:
    topic = next(iter(bare.topics))
    pages = site_pages(with_topics(bare, [topic]), Made())
    made = [name for name in pages if name.startswith("topics/") and name.endswith(".md")]
    always = ("index", "home", "projector", "events")
    assert made == [*(f"topics/{topic}/{page}.md" for page in always), "topics/index.md"]


def test_a_navigated_page_that_nobody_wrote_is_refused(bare: Course) -> None:
    entry = NavigationEntry(title="For students", page="studentss.md")
    wrong = dataclasses.replace(bare, topics={}, file=bare.file.model_copy(update={"navigation": (entry,)}))
    with pytest.raises(Refusal) as refused:
        site_pages(wrong, Made())
    assert refused.value.message == (
        "course.yaml: navigation: there is no page site/studentss.md. Did you mean students.md?"
    )


def test_a_course_may_bring_pages_and_assets_of_its_own(bare: Course, tmp_path: Path) -> None:
    (tmp_path / "site" / "assets").mkdir(parents=True)
    (tmp_path / "site" / "about.md").write_text("# Ours\n\n{{ course.title }}\n", "utf-8")
    (tmp_path / "site" / "assets" / "logo.svg").write_text("<svg/>", "utf-8")
    (tmp_path / "site" / "notes.md").write_text("# Not for anybody\n", "utf-8")
    own = dataclasses.replace(bare, topics={}, location=CourseLocation(tmp_path, "option"))
    pages = site_pages(own, Made())
    assert pages["about.md"] == f"# Ours\n\n{bare.file.title}\n"
    assert pages["assets/logo.svg"] == tmp_path / "site" / "assets" / "logo.svg"
    assert "assets/stylesheets/teledesign.css" in pages
    assert "notes.md" not in pages


@pytest.mark.parametrize("name", ["assets/more.txt", "assets/more", "about.md"])
def test_a_link_that_leads_out_of_the_course_is_refused(name: str, bare: Course, tmp_path: Path) -> None:
    own = dataclasses.replace(bare, topics={}, location=CourseLocation(tmp_path / "course", "option"))
    place = tmp_path / "course" / "site" / name
    place.parent.mkdir(parents=True)
    place.symlink_to(tmp_path, target_is_directory=True)
    with pytest.raises(Refusal, match=f"site/{name} is a link that leads out of the course"):
        site_pages(own, Made())


def test_the_pages_can_be_written_as_a_plain_tree(bare: Course, tmp_path: Path) -> None:
    pages = site_pages(bare, Made())
    write_markdown_tree(pages, tmp_path / "tree")
    written = sorted(
        path.relative_to(tmp_path / "tree").as_posix() for path in (tmp_path / "tree").rglob("*") if path.is_file()
    )
    assert written == sorted(pages)
    assert (tmp_path / "tree" / "about.md").read_text("utf-8") == pages["about.md"]


def test_what_was_made_survives_being_written_down(tmp_path: Path) -> None:
    made = Made({"a": MadeTopic(worksheet_pdf=tmp_path / "a.pdf", log=tmp_path / "log"), "b": MadeTopic()})
    (tmp_path / "made.json").write_text(made.as_json(), "utf-8")
    assert read_made(tmp_path / "made.json") == made
    (tmp_path / "made.json").write_text("[1]", "utf-8")
    with pytest.raises(Refusal, match="does not say what was made"):
        read_made(tmp_path / "made.json")


def test_the_home_page_counts_the_products_of_the_course(bare: Course) -> None:
    home = NavigationEntry(title="Home", page="index.md")
    file = bare.file.model_copy(update={"navigation": (home,)})
    for names, said in ((["playlists"], "One product"), (["playlists", "shoe-brand"], "Two products")):
        few = with_topics(dataclasses.replace(bare, file=file), names)
        page = str(site_pages(few, Made())["index.md"])
        assert f"\n## {said}\n" in page
        assert f"{said} to practise on" in page
        assert "Four" not in page


def test_the_last_line_of_a_page_says_whose_course_it_is(bare: Course, tmp_path: Path) -> None:
    whose = {"title": "Seeing & hearing", "institution": "A <b>school</b>"}
    foot = site_foot(dataclasses.replace(bare, file=bare.file.model_copy(update=whose)))
    assert foot == "Seeing &amp; hearing · A &lt;b&gt;school&lt;/b&gt; · Everything here is simulated"
    assert read_source(write_source(SiteSource("title", [], {}, foot), tmp_path / "source")).foot == foot


HOSTILE = "</script><img src=x onerror=alert(1)>{{ 7*7 }} <# #> [x](javascript:alert(1)) `a` *b* &amp; # h"


def hostile(scenario: Scenario) -> Scenario:
    """The scenario with a hostile text wherever a page shows one."""

    def spoil(value: object) -> object:
        if isinstance(value, Prose):
            return Prose.plain(HOSTILE)
        if isinstance(value, tuple):
            return tuple(spoil(item) for item in value)
        if isinstance(value, dict):
            return {key: spoil(item) for key, item in value.items()}
        if isinstance(value, Frozen):
            texts = ("title", "name", "firm", "place", "metric", "data_set", "slice", "where", "called", "time_zone")
            update = {}
            for field in type(value).model_fields:
                old = getattr(value, field)
                update[field] = HOSTILE if isinstance(old, str) and field in texts else spoil(old)
            return value.model_copy(update=update)
        return value

    spoiled = spoil(scenario)
    assert isinstance(spoiled, Scenario)
    return spoiled


def test_hostile_text_is_inert_on_every_page(bare: Course) -> None:
    import markdown

    name, topic = next(iter(bare.topics.items()))
    file = bare.file.model_copy(update={"title": HOSTILE, "credit": Prose.plain(HOSTILE)})
    spoiled = dataclasses.replace(
        bare, file=file, topics={name: dataclasses.replace(topic, scenario=hostile(topic.scenario))}
    )
    for page, text in site_pages(spoiled, Made()).items():
        if not page.endswith(".md"):
            continue
        assert isinstance(text, str)
        head, _, body = text.partition("\n---\n") if text.startswith("---") else ("", "", text)
        assert "<img" not in head
        html = markdown.markdown(body, extensions=["attr_list", "md_in_html", "tables", "fenced_code"])
        assert "<img" not in html, page
        html = re.sub(r'<script src="[^"<>]*"></script>', "", html)
        assert "</script>" not in html, page
        assert "javascript:" not in html.replace("javascript:alert(1)", "", html.count("](javascript:alert(1))")), page
        assert not re.search(r"alert\(1\)(>|&gt;|&#62;)49", html), page
    assert "<" not in str(site_navigation(spoiled, Made()))


def test_brief_says_how_each_figure_was_read(course: Course) -> None:
    for topic in course.topics.values():
        brief = brief_of(topic.scenario)
        assert len(brief.questions) == 4
        assert brief.points == sum(question.points for question in topic.scenario.questions.values())
        assert {figure.status for figure in brief.figures} <= {"original read", "second hand", "not verified"}
        anchors = {source.anchor for source in brief.sources}
        assert {figure.reference.anchor for figure in brief.figures if figure.reference.anchor} <= anchors


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (said_number(35e6), "35 million"),
        (said_number(12000), "12,000"),
        (said_number(0.788), "0.788"),
        (said_number(2.5e9), "2.5 billion"),
        (said_share(0.27), "27 %"),
        (said_share(0.004), "0.4 %"),
        (said_span(86400), "1 day"),
        (said_several(1, "metric"), "one metric"),
        (said_several(13, "metric"), "13 metrics"),
        (said_span(900), "15 minutes"),
        (said_span(0.25), "0.25 seconds"),
        (said_bytes(4_436_138), "4.4 MB"),
        (said_bytes(995), "995 B"),
    ],
)
def test_wording(said: str, expected: str) -> None:
    assert said == expected


def test_charts_are_scalable_coloured_by_the_page_and_the_same_each_time() -> None:
    days = [(day, 100 + day, day % 7 in (6, 0)) for day in range(1, 29)]
    lines = [(day, name, day / 30) for day in range(1, 29) for name in ("v1", "v2")]
    specifications = [
        day_bars(days, "rows"),
        hour_grid({(2, 9): 5, (6, 23): 1}),
        day_shares([(day, name, 0.5) for day, name, _ in lines], ["v1", "v2"]),
        day_lines(lines, ["v1", "v2"], "ratio"),
    ]
    for specification in specifications:
        svg = svg_of(specification, 'says "this" & that')
        assert svg == svg_of(specification, 'says "this" & that')
        assert svg.startswith('<svg viewBox="0 0 ')
        assert 'role="img" aria-label="says &#34;this&#34; &amp; that"' in svg
        assert "var(--td-series-1)" in svg
        assert "#0" not in svg
        assert "http" not in svg.replace("http://www.w3.org/2000/svg", "")


def test_formula_is_written_as_one_reads_it() -> None:
    shown = formula_html("max(rows_per_day / batch, 2) * days - x_1")
    assert shown.startswith('<math displaystyle="true"><semantics><mrow><mi>max</mi>')
    assert '<mfrac><mi data-name="rows_per_day">rows per day</mi><mi data-name="batch">batch</mi></mfrac>' in shown
    assert ' <mo>×</mo><mi data-name="days">days</mi> <mo>−</mo><mi data-name="x_1">x₁</mi></mrow>' in shown
