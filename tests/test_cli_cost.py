"""The commands cost and price: what they print, how they refuse, what they import."""

import csv
import io
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from teledesign import cli
from teledesign.course import find_course, open_course, open_scenario
from teledesign.form import PUBLIC_SECRET, CourseSecret
from teledesign.resources import packaged_course
from teledesign.worksheets import cost_basis, draw_form
from test_cli_start import imported_by

COURSE = str(packaged_course())


def ran(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    """Exit code, stdout and stderr of a command line on the packaged course."""
    code = cli.run([*arguments, "--course", COURSE])
    shown = capsys.readouterr()
    return code, shown.out, shown.err


def test_json_is_the_whole_estimate(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = ran(capsys, "cost", "code-completion", "--set", "sampling=0.1", "--json")
    assert code == 0
    assert err == f"Course: {COURSE}\n"
    found = json.loads(out)
    assert (found["scenario"], found["design"], found["sheet"]) == ("code-completion", "everything", "teaching")
    sampling = next(one for one in found["inputs"] if one["name"] == "sampling")
    assert (sampling["value"], sampling["default"]) == (0.1, 1.0)
    amounts = [row["amount"] for row in found["rows"] if row["payer"] == "firm"]
    assert found["totals"]["firm"] == {"amount": round(sum(amounts), 2), "at_least": False}
    for row in found["rows"]:
        assert {"formula", "numbers", "tex", "value", "unit"} <= set(row["quantity"])
        assert row["covered"] or row["price"]["source"]


def test_several_designs_are_a_list(capsys: pytest.CaptureFixture[str]) -> None:
    lean = str(packaged_course() / "scenarios" / "photo-tagging" / "designs" / "lean.yaml")
    code, out, _ = ran(capsys, "cost", "photo-tagging", "photo-tagging/thorough", lean, "--json")
    assert code == 0
    assert [one["design"] for one in json.loads(out)] == ["everything", "thorough", "lean"]


def test_the_table_shows_formula_numbers_source_and_payer(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    code, out, _ = ran(capsys, "cost", "shoe-brand/lean", "--set", "users=1000000", "--set", "labels=100")
    assert code == 0
    for part in (
        "All rows, no photos (shoe-brand), a month",
        "paid by the firm",
        "paid by users",
        "rows_per_day * days",
        "labels * (1 + label_rework) * label_minutes * labellers",
        "= 100 * (1 + 0) * 1 * 1",
        "1.66667 work_hour",
        "20.00 USD per work_hour",
        "teaching, 2026-11-01",
        "33.33",
        "The firm pays ",
        "Users together pay ",
        "The budget is 250.00 USD: ",
        "Prices: Teaching prices, 2026-11-01.",
        "Set a lever with --set NAME=VALUE: sampling=1, targeting=1, hot_days=60",
    ):
        assert part in out, part


def test_csv_has_a_line_for_every_item(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = ran(capsys, "cost", "playlists", "--csv")
    assert code == 0
    rows = list(csv.DictReader(io.StringIO(out)))
    assert len(rows) == 27
    assert {row["payer"] for row in rows} == {"firm", "user"}
    assert all(float(row["amount"]) >= 0 for row in rows)
    assert all(row["numbers"] and (row["source"] or row["item"] in ("shards", "label_platform")) for row in rows)


def test_explain_goes_from_inputs_to_amount(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = ran(capsys, "cost", "photo-tagging", "--explain", "labelling")
    assert code == 0
    assert out.partition("\n")[2] == (
        "Labelling (labelling), paid by the firm: Collect everything (photo-tagging)\n"
        "People's time; it depends on how many are looked at, and not on how many are collected.\n"
        "\nFrom\n"
        "  labels = 1,000 item/month   Interactions labelled a month (assumption)\n"
        "  label_rework = 0   Share judged once more (assumption)\n"
        "  label_minutes = 1 work_minute/item   Work on one judgement (assumption)\n"
        "  labellers = 1   People who judge each (assumption)\n"
        "\nthrough\n"
        "  labelling = labels * (1 + label_rework) * label_minutes * labellers\n"
        "    = 1,000 * (1 + 0) * 1 * 1\n"
        "    = 16.6667 work_hour\n"
        "\nPrice: 20.00 USD per work_hour (teaching, 2026-11-01)\n"
        "  Invented; an hour of a trained annotator with overhead.\n"
        "  q * price\n"
        "    = 16.6667 * 20\n"
        "    = 333.33 USD\n"
    )
    code, out, _ = ran(capsys, "cost", "photo-tagging", "--explain", "shards")
    assert out.endswith(
        "\nNothing is billed for it: Streaming is billed by the byte, whatever the busiest moment needs.\n"
    )
    code, out, _ = ran(capsys, "cost", "photo-tagging", "--explain", "data_plan")
    assert "  wire_bytes_per_day = sent_bytes_per_day + compression * (" in out
    assert "  mobile_share = 0.3   Share of bytes sent over a data plan (assumption)" in out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ["playlists", "--set", "samplng=0.1"],
            "samplng: there is no such lever. Did you mean sampling? [unknown-setting]\n"
            "Error: the estimate cannot be made with these settings. Correct them\n",
        ),
        (
            ["playlists", "--set", "sampling=2"],
            "sampling: 2 is outside what is possible. Write a number from 0 to 1 [setting-out-of-range]\n"
            "Error: the estimate cannot be made with these settings. Correct them\n",
        ),
        (["playlist"], "Error: there is no scenario 'playlist'. Did you mean playlists?\n"),
        (["playlists/leen"], "Error: there is no design of playlists 'leen'. Did you mean lean?\n"),
        (["playlists", "--prices", "teachin"], "Error: there is no price sheet 'teachin'. Did you mean teaching?\n"),
        (["playlists", "--explain", "storage"], "Error: there is no line item 'storage'. Did you mean hot_storage?\n"),
    ],
)
def test_what_cannot_be_estimated(capsys: pytest.CaptureFixture[str], arguments: list[str], message: str) -> None:
    code, _, err = ran(capsys, "cost", *arguments)
    assert code == 1
    assert err.replace(f"Course: {COURSE}\n", "") == message


@pytest.mark.parametrize("text", ["sampling", "sampling=", "sampling=much", "=1x", "sampling=nan", "sampling=1e999"])
def test_a_setting_is_a_name_and_a_number(capsys: pytest.CaptureFixture[str], text: str) -> None:
    code, _, err = ran(capsys, "cost", "playlists", "--set", text)
    assert code == 2
    assert f"{text!r} is no setting. Write NAME=NUMBER, such as sampling=0.1" in err


def test_a_design_with_mistakes_is_refused_with_their_places(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    text = (packaged_course() / "scenarios" / "playlists" / "designs" / "lean.yaml").read_text(encoding="utf-8")
    path = tmp_path / "mine.yaml"
    path.write_text(text.replace("track_hidden: whole", "track_hiden: whole"), encoding="utf-8")
    code, _, err = ran(capsys, "cost", str(path))
    assert code == 1
    assert "the scenario has no event track_hiden. Did you mean track_hidden? [unknown-event]" in err
    assert err.endswith("has mistakes. Correct them first\n")
    path.write_text(text, encoding="utf-8")
    code, out, _ = ran(capsys, "cost", str(path), "--json")
    assert code == 0
    assert json.loads(out)["scenario"] == "playlists"


def test_a_sheet_of_one_s_own_with_an_unknown_price(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "160")
    path = tmp_path / "own.yaml"
    shutil.copy(packaged_course() / "scenarios" / "prices" / "teaching.yaml", path)
    text = path.read_text(encoding="utf-8").replace("price: 20.00", "price: unknown")
    path.write_text(text, encoding="utf-8")
    code, out, _ = ran(capsys, "cost", "shoe-brand", "--prices", str(path))
    assert code == 0
    assert "The firm pays at least " in out
    assert "Labelling is unknown and not in the total: nobody has seen the price labelling." in out
    assert "unknown, per work_hour" in out


def test_plain_quantities_are_billed(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "240")
    path = tmp_path / "month.yaml"
    path.write_text(
        "format: 1\ntitle: March\nquantities:\n  ingestion: 250 million events\n  hot_storage: 12.5\n", encoding="utf-8"
    )
    code, out, _ = ran(capsys, "price", "teaching", str(path))
    assert code == 0
    for part in (
        "March, a month of 720 hours",
        "250 million events",
        "graduated(over(250, 1), 0.6, 100, 0.45, 1,000, 0.3)",
        "127.05",
    ):
        assert part in out, part
    assert "In all 128.30 USD. Prices: Teaching prices, 2026-11-01." in out
    code, out, _ = ran(capsys, "price", "teaching", str(path), "--json")
    assert [row["amount"] for row in json.loads(out)["rows"]] == [127.05, 1.25]
    assert json.loads(out)["total"] == {"amount": 128.3, "at_least": False}


def test_quantities_that_cannot_be_billed_are_shown_where_they_stand(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    path = tmp_path / "month.yaml"
    path.write_text("format: 1\nquantities:\n  ingestion: 5 GB\n  hot: 3\n", encoding="utf-8")
    code, _, err = ran(capsys, "price", "teaching", str(path))
    assert code == 1
    assert (
        f"{path}:3:3: quantities.ingestion: GB and million events do not measure the same. Use a unit that fits "
        "[wrong-unit]\n"
    ) in err
    assert f"{path}:4:3: quantities.hot: the sheet has no row hot. " in err
    times = "[{amount: 5, from: 2026-11-02, to: 2026-11-09}]"
    path.write_text(f"format: 1\nquantities:\n  ingestion: {times}\n  ingress: 1e300\n", encoding="utf-8")
    code, _, err = ran(capsys, "price", "teaching", str(path))
    assert code == 1
    assert "quantities.ingestion: 5 million events is used up, and does not stay for a time. " in err
    assert "quantities.ingress: this comes to more than can be told to the cent. Write a smaller quantity" in err


def test_cost_imports_nothing_of_logs_and_sites() -> None:
    heavy = {"pyarrow", "duckdb", "mkdocs", "typst", "pypandoc", "openpyxl", "vl_convert", "jinja2", "sympy", "pint"}
    assert not imported_by("cost", "shoe-brand", "--course", COURSE) & heavy
    besides = ("costs.ranges", "costs.solving", "costs.comparing", "costs.detecting", "costs.page", "results.log")
    unread = ("course_file", "teaching", "form")
    kept_out = {*heavy, "rich", "markdown_it", *(f"teledesign.{name}" for name in (*besides, *unread))}
    assert not imported_by("cost", "photo-tagging", "--course", COURSE, "--json") & kept_out


# --- Beside the estimate ---


def test_ranges_and_months_as_json_and_csv(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = ran(capsys, "cost", "playlists", "--runs", "200", "--months", "3", "--json")
    assert code == 0
    found = json.loads(out)
    assert found["estimate"]["scenario"] == "playlists"
    bands = found["ranges"]["totals"]["firm"]
    assert bands["p10"] < bands["p50"] < bands["p90"]
    assert [month["number"] for month in found["ranges"]["months"]] == [1, 2, 3]
    code, out, _ = ran(capsys, "cost", "playlists", "--runs", "200", "--months", "3", "--csv")
    rows = list(csv.DictReader(io.StringIO(out)))
    assert len(rows) == 3 * 27
    assert {row["month"] for row in rows} == {"1", "2", "3"}


def test_the_same_draws_give_the_same_bytes(capsys: pytest.CaptureFixture[str]) -> None:
    asked = ("cost", "shoe-brand", "--runs", "500", "--json")
    assert ran(capsys, *asked)[1] == ran(capsys, *asked)[1] != ran(capsys, *asked, "--seed", "1")[1]


A_RANGE = "Write NAME=LOW:HIGH or NAME=LOW:LIKELIEST:HIGH, such as users=1000000:3000000"


def test_a_range_may_say_what_is_likeliest(capsys: pytest.CaptureFixture[str]) -> None:
    draws = ("cost", "shoe-brand", "--runs", "200", "--json")
    _, at_once, _ = ran(capsys, *draws, "--range", "users=1e6:2e6:3e6")
    _, in_two, _ = ran(capsys, *draws, "--set", "users=2e6", "--range", "users=1e6:3e6")
    assert at_once == in_two
    assert {one["name"]: one["mode"] for one in json.loads(at_once)["ranges"]["uncertain"]}["users"] == 2e6


def test_ranges_are_told(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = ran(capsys, "cost", "shoe-brand", "--runs", "100", "--months", "2", "--range", "users=1e6:3e6")
    assert code == 0
    for part in ("P10", "P90", "What swings the firm's total most", "users: 1,000,000 to 3,000,000 gives ", "Month"):
        assert part in out, part


def test_a_budget_is_solved_for(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = ran(capsys, "cost", "photo-tagging", "--budget", "5000", "--solve", "sampling", "--json")
    assert code == 0
    found = json.loads(out)["solution"]
    assert 0 < found["value"] < 1
    assert found["total"]["amount"] <= 5000
    code, out, _ = ran(capsys, "cost", "photo-tagging", "--budget", "5000", "--solve", "sampling")
    assert f"sampling={found['value']} keeps it: " in out
    assert " to spare" in out
    code, out, _ = ran(capsys, "cost", "photo-tagging/lean", "--solve", "retention_days")
    assert "hot_days=" in out
    code, out, _ = ran(capsys, "cost", "photo-tagging", "--budget", "1", "--solve", "batch")
    assert "No batch keeps it: it costs " in out


def test_designs_side_by_side(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "160")
    code, out, _ = ran(capsys, "cost", "photo-tagging/lean", "photo-tagging/thorough", "--compare")
    assert code == 0
    assert "Lever by lever, each after those above it:" in out
    assert "Labels (none → per_month 2000.0, minutes_each 1.5, labellers 2): labelling +2,000.00" in out
    code, out, _ = ran(capsys, "cost", "photo-tagging", "--against", "sampling=0.1", "--against", "hot_days=30")
    assert "Share of rows kept (1 → 0.1): " in out


def test_days_to_a_change_stand_beside_the_cost(capsys: pytest.CaptureFixture[str]) -> None:
    asked = ("cost", "photo-tagging", "--detect", "rename_rate", "--drop", "0.01", "--slice", "platform=ios")
    code, out, _ = ran(capsys, *asked)
    assert code == 0
    for part in (
        "to see ",
        "rise by 0.01, 95% sure, with a chance of 80%",
        "platform ios: ",
        "cusum at 5: a false alarm",
    ):
        assert part in out, part
    code, out, _ = ran(capsys, *asked, "--json")
    assert json.loads(out)["detectability"]["slice"]["rows_per_day"] > 0


def test_a_vendor_s_sheet_with_unknown_rows(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = ran(capsys, "cost", "playlists", "--prices", "aws", "--json")
    assert code == 0
    found = json.loads(out)
    assert found["totals"]["firm"]["at_least"]
    rows = {row["item"]: row for row in found["rows"]}
    assert rows["streaming"]["price"]["name"] == "kinesis_in"
    assert rows["ingestion"]["covered"] == "Records go straight into the stream, see streaming."
    assert rows["review"]["why_unknown"] == "the sheet has no row review"
    code, out, _ = ran(capsys, "cost", "playlists", "--prices", "aws", "--prices", "people", "--json")
    rows = {row["item"]: row for row in json.loads(out)["rows"]}
    assert rows["review"]["price"]["name"] == "work"


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["--detect", "rename_rate"], 2, "--detect METRIC and --drop SHARE go together. Add the other one."),
        (["--slice", "platform=ios"], 2, "--slice says where a change is looked for. Add --detect METRIC and --drop"),
        (["--budget", "nan"], 2, "--budget nan is no amount. Write a number of 0 or more."),
        (
            ["--form", "222-22"],
            1,
            "'222-22' is no form and no settings code of photo-tagging. Copy one from ",
        ),
        (["--compare"], 2, "--compare takes two designs or more, and settings with --set. Name another design."),
        (["--set", "=1"], 2, "'=1' is no setting. Write NAME=NUMBER, such as sampling=0.1"),
        (["--set", "sampling=0_1"], 2, "'sampling=0_1' is no setting. Write NAME=NUMBER, such as sampling=0.1"),
        (["--set", "users=1e999"], 2, "'users=1e999' is no setting. Write NAME=NUMBER, such as sampling=0.1"),
        (["--set", "sampling=1.0000001"], 1, "sampling: 1.0000001 is outside what is possible. "),
        (["--json", "--csv"], 2, "--json and --csv are ways to print one answer. Choose one."),
        (["--explain", "query", "--runs", "9"], 2, "--explain is told of the plain estimate. Ask the other questions"),
        (["--explain", "query", "--json"], 2, "--explain and --json are ways to print one answer. Choose one."),
        (["--range", "users=3:1"], 2, "'users=3:1' runs backwards. Write the smaller number first"),
        (["--range", "users=3"], 2, f"'users=3' is no range. {A_RANGE}"),
        (["--range", "users=1:2:3:4"], 2, f"'users=1:2:3:4' is no range. {A_RANGE}"),
        (["--range", "users=1:nan:3"], 2, f"'users=1:nan:3' is no range. {A_RANGE}"),
        (["--range", "users=3:2:9"], 2, "'users=3:2:9' runs backwards. Write the smaller number first"),
        (["--range", "users=-1:2:9"], 1, "users: -1 is outside what is possible. Write a number from 1 to "),
        (["--set", "users=5", "--range", "users=4:6:7"], 2, "--set and --range say two likeliest values of users. "),
        (["--slice", "platform"], 2, "'platform' is no slice. Write NAME=VALUE, such as platform=ios"),
        (["--runs", "0"], 1, "0 draws cannot be worked out. Write --runs with a number from 1 to 1,000,000"),
        (["--months", "0"], 1, "0 months cannot be told. Write --months with a number from 1 to 60"),
        (["--months", "99"], 1, "99 months cannot be told. Write --months with a number from 1 to 60"),
        (["--solve", "sampling"], 1, "everything has no budget of its own. Add --budget with an amount"),
        (["--solve", "labels", "--budget", "5"], 1, "there is no solving for 'labels'. "),
        (["--solve", "sampling", "--budget", "-5"], 1, "a budget of -5 cannot be kept. "),
        (["--range", "usres=1:2"], 1, "usres: there is no such lever. Did you mean users?"),
        (["--set", "users=0"], 1, "users: 0 is outside what is possible. Write a number from 1 to 10,000,000,000"),
        (["--set", "sampling=-0.1"], 1, "sampling: -0.1 is outside what is possible. Write a number from 0 to 1"),
        (["--detect", "nothing", "--drop", "0.1"], 1, "the scenario has no metric 'nothing'. "),
    ],
)
def test_what_is_asked_in_vain(
    capsys: pytest.CaptureFixture[str], arguments: list[str], code: int, message: str
) -> None:
    found, _, err = ran(capsys, "cost", "photo-tagging", *arguments)
    assert found == code
    assert message in err


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ('prices: own\ncovered: {storage: "Free"}', "covered.storage: there is no line item storage. "),
        ("prices: own\nserves: {streaming: strem}", "streaming is served by strem, which this sheet has no row of. "),
    ],
)
def test_a_sheet_that_serves_nothing_there_is(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, change: str, message: str
) -> None:
    path = tmp_path / "own.yaml"
    row = "  streaming: {title: T, unit: GB, kind: per_unit, price: 1, source: S, status: teaching}\n"
    text = f"format: 1\n{change}\ntitle: Own\ncurrency: USD\nas_of: 2026-11-01\nrows:\n{row}"
    path.write_text(text, encoding="utf-8")
    code, _, err = ran(capsys, "cost", "shoe-brand", "--prices", str(path))
    assert code == 1
    assert message in err


def test_a_bill_of_a_month_of_one_s_own(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    path = tmp_path / "month.yaml"
    levels = "[{amount: 100 GB, to: 10 d}, {amount: 400 GB, from: 10 d}]"
    path.write_text(f"format: 1\nquantities:\n  egress: 101.1\n  hot_storage: {levels}\n", encoding="utf-8")
    code, out, _ = ran(capsys, "price", "teaching", str(path))
    assert code == 0
    assert "In all 30.10 USD." in out  # 1.1 at 0.09; 300 GB-month at 0.10
    code, out, _ = ran(capsys, "price", "teaching", str(path), "--month", "2026-02", "--no-free-tier", "--csv")
    rows = list(csv.DictReader(io.StringIO(out)))
    assert [row["amount"] for row in rows] == ["9.1", "29.29"]
    code, _, err = ran(capsys, "price", "teaching", str(path), "--month", "30")
    assert code == 2
    assert "30.0 is no month. Write 2026-02, or its length: 720 h, 730 h or 744 h" in err


# --- Budgets are kept or not; forms open at their numbers; whatever can be printed to ---


def test_a_budget_that_is_not_kept_is_a_failed_check(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = ran(capsys, "cost", "photo-tagging/lean", "--budget", "100")
    assert code == 1
    assert "The budget is 100.00 USD: " in out
    assert " too much." in out
    assert "Over budget: photo-tagging/lean costs " in err
    assert err.endswith("USD more than its budget of 100.00 USD. Add --solve sampling for a setting that keeps it.\n")
    code, out, err = ran(
        capsys, "cost", "photo-tagging/lean", "--set", "sampling=1", "--set", "hot_days=3000", "--json"
    )
    assert (code, "Over budget: " in err) == (1, True)
    assert json.loads(out)["totals"]["firm"]["amount"] > json.loads(out)["budget"] == 300
    code, _, err = ran(capsys, "cost", "photo-tagging/lean", "--budget", "1", "--solve", "sampling")
    assert code == 1
    assert "Over budget: no sampling of photo-tagging/lean keeps 1.00 USD. Turn another lever too.\n" in err
    code, out, err = ran(capsys, "cost", "photo-tagging/lean", "--budget", "5000")
    assert (code, " to spare." in out, "Over" in err) == (0, True, False)


def test_a_budget_may_be_kept_only_as_far_as_prices_are_known(capsys: pytest.CaptureFixture[str]) -> None:
    _, out, _ = ran(capsys, "cost", "playlists", "--prices", "posthog", "--budget", "1e9")
    assert " to spare, as far as prices are known." in out


def test_a_form_opens_at_its_numbers(capsys: pytest.CaptureFixture[str]) -> None:
    course = open_course(find_course(packaged_course()), only=("photo-tagging",))
    scenario = course.topics["photo-tagging"].scenario
    form = draw_form(scenario, "7", PUBLIC_SECRET, basis=cost_basis(scenario, course.price_sheet()))
    assert form.cost is not None
    settings = [f"--set={name}={value}" for name, value in form.cost.settings.items()]
    _, plain, _ = ran(capsys, "cost", "photo-tagging", *settings, "--json")
    for code in (form.form, form.settings, form.settings.lower()):
        assert ran(capsys, "cost", "photo-tagging", "--form", code, "--json")[:2] == (0, plain), code
    _, out, _ = ran(capsys, "cost", "photo-tagging", "--form", form.form, "--set", "sampling=0.5", "--json")
    sampling = next(one for one in json.loads(out)["inputs"] if one["name"] == "sampling")
    assert sampling["value"] == 0.5
    assert ran(capsys, "cost", "photo-tagging/lean", "--form", form.form)[0] in (0, 1)
    code, _, err = ran(capsys, "cost", "photo-tagging", "playlists", "--form", form.form)
    assert (code, "a form belongs to one topic, and these are photo-tagging, playlists" in err) == (1, True)


def test_a_kept_form_is_found_again(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    course = tmp_path / "course"
    shutil.copytree(packaged_course() / "scenarios", course / "scenarios")
    shutil.copy(packaged_course() / "course.yaml", course)
    scenario = open_scenario("playlists", find_course(course))
    form = draw_form(scenario, "Anna's", CourseSecret(b"a secret of some length"))
    (course / "forms" / "graded" / "playlists").mkdir(parents=True)
    (course / "forms" / "graded" / "playlists" / "group-x.json").write_text(form.model_dump_json(), encoding="utf-8")
    code = cli.run(["cost", "playlists", "--form", form.form.lower(), "--json", "--course", str(course)])
    found = {one["name"]: one["value"] for one in json.loads(capsys.readouterr().out)["inputs"]}
    assert code == 0
    drawn = {number.sets.removeprefix("cost."): number.value for number in form.numbers}
    assert {name: found[name] for name in drawn if name in found} == {n: v for n, v in drawn.items() if n in found}
    assert "sampling" in drawn


def test_nothing_is_not_told_as_less_than_a_cent(capsys: pytest.CaptureFixture[str]) -> None:
    _, out, _ = ran(capsys, "cost", "playlists")
    assert ", less than 0.01 USD each and " in out
    _, out, _ = ran(capsys, "cost", "playlists", "--set", "sampling=0")
    assert "Users together pay 0.00 USD.\n" in out


def test_json_on_a_narrow_output_is_escaped(tmp_path: Path) -> None:
    path = tmp_path / "own.yaml"
    text = (packaged_course() / "scenarios" / "prices" / "teaching.yaml").read_text(encoding="utf-8")
    path.write_text(text.replace("title: Teaching prices", "title: Prix d’école"), encoding="utf-8")
    command = [sys.executable, "-m", "teledesign", "cost", "playlists", "--prices", str(path), "--json"]
    narrow = {**os.environ, "PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"}
    done = subprocess.run([*command, "--course", COURSE], capture_output=True, env=narrow, check=True)
    assert rb"Prix d\u2019\u00e9cole" in done.stdout
    assert json.loads(done.stdout)["sheet_title"] == "Prix d’école"
