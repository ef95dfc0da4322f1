"""Drawing forms, and finding again those that were drawn.

Every number has a seed of its own, `HMAC(secret, scenario | number | form)`, so that another number or
another group changes nothing here.  A form is written once; only a redraw replaces it.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import ValidationError

from teledesign import __version__
from teledesign.findings import Finding, Level, Place, Refusal
from teledesign.form import PRACTICE, CourseSecret, DrawnNumber, Form, drawn_value, settings_code, steps_of
from teledesign.scenario import Scenario
from teledesign.scenario.questions import FormParameter
from teledesign.scenario.setting import is_chance
from teledesign.worksheets.arithmetic import cost_sheet
from teledesign.worksheets.basis import CostBasis, scenario_hash
from teledesign.worksheets.wording import said, said_share

__all__ = ["FORMS", "Drawn", "draw_form", "find_form", "form_file", "forms_for", "group_name", "mark_of", "read_form"]

FORMS = "forms"
"""The folder of a course that holds its forms; it is never published."""


@dataclass(frozen=True)
class Drawn:
    """The forms of some groups; `new` holds those that are not on disk yet, by name below the course's `forms/`."""

    forms: tuple[Form, ...]
    new: dict[str, str] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()


def draw_form(
    scenario: Scenario, group: str, secret: CourseSecret, draw: int = 0, basis: CostBasis | None = None
) -> Form:
    """One group's numbers, with a cost sheet where there is a basis; the same arguments give the same form."""
    form_id = form_id_of(scenario, group, secret, draw)
    steps = {
        name: _step(secret, scenario.scenario, name, form_id, steps_of(parameter))
        for name, parameter in scenario.forms.items()
    }
    numbers = tuple(_number(scenario, name, parameter, steps[name]) for name, parameter in scenario.forms.items())
    return Form(
        form=form_id,
        scenario=scenario.scenario,
        group=group,
        course=secret.fingerprint,
        draw=draw,
        settings=settings_code(scenario, steps),
        numbers=numbers,
        cost=cost_sheet(basis, numbers) if basis else None,
        tool=__version__,
        scenario_hash=basis.scenario_hash if basis else scenario_hash(scenario),
    )


def form_id_of(scenario: Scenario, group: str, secret: CourseSecret, draw: int = 0) -> str:
    """The id of a group's form, without drawing it."""
    code = secret.code(6, scenario.scenario, "form", group, str(draw))
    return f"{code[:3]}-{code[3:]}"


def forms_for(
    scenario: Scenario,
    groups: Sequence[str],
    secret: CourseSecret,
    folder: Path | None = None,
    *,
    redraw: bool = False,
    basis: CostBasis | None = None,
) -> Drawn:
    """The forms of some groups: those on disk below `folder` (a course's `forms/`), the others drawn now.

    Raises Refusal where a form on disk cannot be read or was drawn with another secret.
    """
    forms, new, findings = [], {}, []
    for group in groups:
        name = form_file(scenario.scenario, group, secret)
        stored = read_form(folder / name) if folder is not None else None
        if stored is not None and stored.course != secret.fingerprint:
            raise Refusal(
                f"{folder}/{name} was drawn with another course secret (fingerprint {stored.course}, this one has "
                f"{secret.fingerprint}). Use that secret, or draw the form anew with another forms folder"
            )
        if stored is None or redraw:
            form = draw_form(scenario, group, secret, stored.draw + 1 if stored else 0, basis)
            new[name] = form.model_dump_json(indent=1) + "\n"
        else:
            form = stored
            findings += _out_of_date(scenario, stored, secret, basis, Place(f"{folder}/{name}"))
        forms.append(form)
    return Drawn(tuple(forms), new, tuple(findings))


def read_form(path: Path) -> Form | None:
    """A form on disk; None where there is no such file.  Raises Refusal where it is no form."""
    try:
        return Form.model_validate_json(path.read_bytes())
    except FileNotFoundError:
        return None
    except OSError as error:
        reason = (error.strerror or type(error).__name__).lower()
        raise Refusal(f"the form {path} cannot be read ({reason}). Check its name and rights") from None
    except ValidationError:
        message = f"{path} is no form. Delete it, and it is drawn again; a practice form comes out the same"
        raise Refusal(message) from None


def find_form(
    form_id: str, scenarios: Sequence[Scenario], groups: Sequence[str], secret: CourseSecret, folder: Path | None = None
) -> tuple[str, str] | None:
    """The scenario and group of a form id: among the forms on disk, else among those that these groups would get."""
    wanted = form_id.strip().upper()
    for scenario in scenarios:
        kept = (folder / form_file(scenario.scenario, "1", secret)).parent if folder else None
        for path in sorted(kept.glob("*.json")) if kept else ():
            form = read_form(path)
            if form is not None and form.form == wanted:
                return scenario.scenario, form.group
    for scenario in scenarios:
        for group in groups:
            if form_id_of(scenario, group, secret) == wanted:
                return scenario.scenario, group
    return None


def form_file(scenario: str, group: str, secret: CourseSecret) -> str:
    """The name of a group's form below `forms/`: practice and graded forms lie apart."""
    kind = PRACTICE if secret.public else "graded"
    return f"{kind}/{scenario}/{group_name(group)}.json"


_PLAIN_GROUP = re.compile(r"^[a-z][a-z0-9]{0,29}$")


def group_name(group: str) -> str:
    """A group as part of a file name: `group-03`; what is not plain letters and digits gets a hash for a tail."""
    if group.isascii() and group.isdigit() and group == str(int(group)):
        return f"group-{int(group):02}"
    if _PLAIN_GROUP.match(group):
        return f"group-{group}"
    slug = re.sub(r"[^a-z0-9]+", "-", group.lower()).strip("-")[:30]
    return f"group-{slug or 'x'}-{hashlib.sha256(group.encode()).hexdigest()[:6]}"


def mark_of(secret: CourseSecret, file: str) -> str:
    """The mark planted in one key: looked for in everything students get."""
    return "key-" + secret.digest("mark", file).hex()[:16]


def _step(secret: CourseSecret, scenario: str, number: str, form: str, count: int) -> int:
    return int.from_bytes(secret.digest(scenario, number, form), "big") % count


SHARES = ("sampling", "targeting", "compression", "mobile_share", "exports", "payload_")
"""Settings of the estimate, by how their names begin, that are shares."""


def _number(scenario: Scenario, name: str, parameter: FormParameter, step: int) -> DrawnNumber:
    value = drawn_value(parameter, step)
    lever = parameter.sets.partition("cost.")[2]
    is_share = lever.startswith(SHARES) if lever else is_chance(scenario, parameter.sets)
    return DrawnNumber(
        name=name,
        title=parameter.title,
        sets=parameter.sets,
        takes_from=parameter.takes_from,
        step=step,
        value=value,
        shown=said_share(value) if is_share and parameter.unit is None else said(value),
        unit=parameter.unit,
    )


def _out_of_date(
    scenario: Scenario, stored: Form, secret: CourseSecret, basis: CostBasis | None, place: Place
) -> list[Finding]:
    """A warning where the scenario would now give the group other numbers or answers."""
    again = draw_form(scenario, stored.group, secret, stored.draw, basis)
    if (again.numbers, again.cost) == (stored.numbers, stored.cost):
        return []
    message = (
        f"form {stored.form} was drawn from an older {scenario.scenario} or price sheet, which give other numbers now. "
        "Its handouts stay as they are; --redraw draws the form anew"
    )
    return [Finding("old-form", message, place=place, level=Level.WARNING)]
