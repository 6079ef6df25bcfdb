"""The first line is true, as payments of a simulated site show; and the next command ends what it is given for."""

import re

import pytest

from contract.deadlines import SETTLE_SECONDS
from operations.execution.move import MoveOutcome
from operations.verdict.judge import judge
from operations.verdict.model import TrafficAlert, TrafficVerdict
from simulation.history import DURABLE
from tests.unit.operations.screens.situations import SITUATIONS
from tests.unit.operations.verdict.disasters import DISASTERS, Disaster
from tests.unit.operations.verdict.watching import Look, Watch, watch

_FIRST_SECONDS = 40
"""A new deployment has no writer at first."""

_MOMENT = re.compile(r"\d{4}-\d\d-\d\d[T ][\d:.]+(Z| UTC)")
_OF_ONE_RUN = re.compile(r" \([^)]*\)|, by [^;]*|; automatic takeover on|: \w+ broke it.*|^\w+: |: \w+ stopped.*")
"""Durations and reasons, and who did it: a person in a run, a ticker in another."""


@pytest.fixture(scope="module", params=DISASTERS)
def watched(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[Disaster, Watch]:
    disaster = DISASTERS[request.param]
    journals = tmp_path_factory.mktemp("journals")
    return disaster, watch(disaster.faults, journals, first=disaster.first, seconds=disaster.seconds)


def is_still(run: Watch, look: Look) -> bool:
    """Return whether nobody changed who may store while it was looked at, nor so lately that a region may not know."""
    changes = [each.at for each in run.history.writer] + [at for at, _ in run.history.glass]
    return not [at for at in changes if look.began - SETTLE_SECONDS <= at <= look.ended]


def stored(run: Watch, look: Look) -> set[str]:
    """Return the regions in which payments were stored around a look."""
    return {each.region for each in run.history.stores if look.began <= each.at <= look.ended + 1}


def as_read(verdict: TrafficVerdict) -> tuple[str, ...]:
    """Return what a verdict says, without what differs from run to run."""
    says = _OF_ONE_RUN.sub("", verdict.says)
    command = verdict.next.command or ""
    return (verdict.situation, verdict.alert, *(_MOMENT.sub("…", each) for each in (says, command)))


def test_nobody_means_nobody(watched: tuple[Disaster, Watch]) -> None:
    _, run = watched
    for look in run.looks:
        if look.verdict.alert is TrafficAlert.OUTAGE and is_still(run, look):
            assert not {each.region for each in run.history.stores if look.began <= each.at <= look.ended}, look


def test_region_that_is_named_is_the_one_that_stores(watched: tuple[Disaster, Watch]) -> None:
    _, run = watched
    for look in run.looks:
        if look.verdict.takes_payments and is_still(run, look):
            assert stored(run, look) <= {look.verdict.takes_payments}, look


def test_payers_are_served_while_all_is_well(watched: tuple[Disaster, Watch]) -> None:
    """Between two looks at which a region takes payments, what payers who know both regions begin is taken."""
    _, run = watched
    judged = 0
    for before, after in zip(run.looks, run.looks[1:], strict=False):
        if not {before.verdict.alert, after.verdict.alert} <= {TrafficAlert.WELL, TrafficAlert.ATTENTION}:
            continue
        for each in run.history.operations:
            if each.is_write and each.payer.startswith("multi-") and before.ended <= each.began <= after.began:
                judged += 1
                assert each.seen in DURABLE or each.seen.name == "CONFLICT" or each.ended == float("inf"), each
    assert judged > 20


def test_outages_end_by_themselves_or_by_the_next_command(watched: tuple[Disaster, Watch]) -> None:
    disaster, run = watched
    assert {outcome for _, _, outcome in run.given} <= {MoveOutcome.DONE}
    assert run.looks[-1].verdict.takes_payments
    assert run.looks[-1].verdict.alert is not TrafficAlert.OUTAGE
    given = [line.split()[0] for at, line, _ in run.given if line.split()[0] == disaster.ends_by]
    assert given == ([disaster.ends_by] if disaster.ends_by else [])


def test_only_the_expected_command_is_given(watched: tuple[Disaster, Watch]) -> None:
    disaster, run = watched
    first = [] if disaster.first is None else [str(disaster.first).split()[0]]
    ends = [disaster.ends_by] if disaster.ends_by else []
    assert [line.split()[0] for _, line, _ in run.given] == first + ends


def test_outages_are_announced(watched: tuple[Disaster, Watch]) -> None:
    disaster, run = watched
    outages = [look for look in run.looks if look.verdict.alert is TrafficAlert.OUTAGE and look.began > _FIRST_SECONDS]
    assert bool(outages) is disaster.has_outage


def test_screen_that_people_read_is_what_the_site_shows(watched: tuple[Disaster, Watch]) -> None:
    disaster, run = watched
    shown = as_read(judge(SITUATIONS[disaster.screen]))
    assert shown in [as_read(look.verdict) for look in run.looks if look.began > _FIRST_SECONDS]
