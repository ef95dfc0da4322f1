"""The ordinary weather of networks and devices; every part left out is exactly off."""

from __future__ import annotations

from teledesign.scenario.base import Frozen, YesNo, told
from teledesign.scenario.quantities import Duration, Fraction
from teledesign.scenario.tables import NumberTable, SizeTable

__all__ = ["Clocks", "Delivery", "Duplicates", "Offline"]


class Duplicates(Frozen):
    """Rows that are sent again though they had arrived: the answer was lost, so the client tries once more."""

    chance: NumberTable = told("Chance that a row arrives twice.")
    same_id: YesNo = told("Whether the copy keeps its event id.", "yes")
    after: SizeTable | None = told("How long until it is sent again; 10 s in the median if nothing is said.", None)
    restamped: Fraction = told("Share of copies whose `ts` is written anew: same id, another body.", 0.0)


class Offline(Frozen):
    """Sessions recorded without a network and sent later, all rows alike."""

    chance: NumberTable = told("Chance that a session is offline.")
    delay: SizeTable = told("How long its rows wait.")


class Clocks(Frozen):
    """Errors of device clocks: `ts` moves, truth does not."""

    jitter: Duration = told("Standard deviation of the offset of ordinary clocks.", 0.0, ge=0)
    wrong: Fraction = told("Share of devices whose clock is plainly wrong.", 0.0)
    wrong_by: SizeTable | None = told("By how much, either way.", None)


class Delivery(Frozen):
    """What happens to rows between the client and the log, in this order: clock, delay, loss, duplicates."""

    clock: Clocks | None = told("Clock errors, per device.", None)
    delay: SizeTable | None = told("Delay of each row.", None)
    offline: Offline | None = told("Whole sessions sent later.", None)
    loss: NumberTable | None = told("Chance that a row never arrives.", None)
    duplicates: Duplicates | None = told("Rows that arrive twice.", None)
