"""Ambushes of the nemesis: each brings about what it is meant to, in a run without any other fault."""

from simulation.history import History, Seen
from simulation.nemesis.schedule import PlannedFault
from simulation.run import simulate

OPERATOR, COLLEAGUE = "operator 11/1", "operator 12/1"


RUNS = range(1, 7)
"""What an ambush meets differs from run to run: each catches somebody in one of these."""


def ambushed(kind: str, *, lasts: float, run: int = 1) -> History:
    """Run a seed whose only fault is an ambush, until half a minute after its end."""
    planned = [PlannedFault(kind, 60.0, 60.0 + lasts, run)]
    return simulate(run, planned=planned, seconds=90.0 + lasts)


def outcome(history: History, process: str) -> str:
    """Return how an operator's command ended."""
    return next(each.outcome for each in history.commands if each.process == process)


def refused_and_stored(history: History) -> set[str]:
    """Return the payments that were answered with 503 and stored before the ambush was over."""
    stored = {each.id for each in history.stores if each.at < 90}
    return {each.id for each in history.operations if each.seen is Seen.UNKNOWN and "503" in each.said} & stored


def test_refused_payment_may_be_stored() -> None:
    assert any(refused_and_stored(ambushed("answer lost then refused", lasts=30, run=run)) for run in RUNS)


def test_lost_region_stays_owner_while_takeover_is_off() -> None:
    history = ambushed("loss while takeover is off", lasts=60)
    off = next(each for each in history.writer if not each.automatic)
    later = [each for each in history.writer if each.at > off.at]
    assert all(each.automatic for each in later)
    assert all(each.at > 120 for each in later)


def test_command_is_done_although_its_answer_was_lost() -> None:
    history = ambushed("own change not told", lasts=40)
    assert outcome(history, OPERATOR) == "done"


def test_stalled_plan_is_overtaken() -> None:
    history = ambushed("overtaken plan", lasts=60)
    assert outcome(history, OPERATOR) == "overtaken"
    assert any(each.process == COLLEAGUE for each in history.writer)


def is_void(history: History) -> bool:
    """Return whether broken glass was void, since the writer had gone on in the other region."""
    moved = [each for at, region in history.glass for each in history.writer if each.at > at and each.region != region]
    return bool(moved) and any("broken glass is void" in each.text for each in history.happenings)


def test_glass_is_void_once_the_others_have_gone_on() -> None:
    assert any(is_void(ambushed("glass overtaken", lasts=150, run=run)) for run in RUNS)
