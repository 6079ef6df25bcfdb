"""The first line is true, as payments of a simulated site show; and the next command ends what it is given for."""

import pytest

from handlers.deadlines import SETTLE_SECONDS
from operations.execution.move import Outcome
from operations.plans.plan import Purpose
from operations.verdict.model import TrafficAlert
from simulation.history import DURABLE
from simulation.nemesis.schedule import PlannedFault
from simulation.terminals.command import CommandLine
from tests.unit.operations.verdict.watching import Look, Watch, watch

OFF = CommandLine(Purpose.AUTOMATIC, automatic=False, asks=False)
STOP = CommandLine(Purpose.STOP, asks=False)
LOSS = PlannedFault("primary loss", begins=90, ends=220, seed=1)

WATCHES: dict[str, tuple[list[PlannedFault], CommandLine | None]] = {
    "nothing happens": ([], None),
    "the primary is lost": ([LOSS], None),
    "the primary is lost, takeovers are off": ([LOSS], OFF),
    "an operator stops payments": ([], STOP),
}


@pytest.fixture(scope="module", params=WATCHES)
def watched(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Watch]:
    faults, first = WATCHES[request.param]
    return request.param, watch(faults, tmp_path_factory.mktemp("journals"), first=first)


def is_still(run: Watch, look: Look) -> bool:
    """Return whether nobody changed the writer while it was looked at, nor so lately that a region may not know."""
    return not [each for each in run.history.writer if look.began - SETTLE_SECONDS <= each.at <= look.ended]


def stored(run: Watch, look: Look) -> set[str]:
    """Return the regions in which payments were stored around a look."""
    return {each.region for each in run.history.stores if look.began <= each.at <= look.ended + 1}


def test_nobody_means_nobody(watched: tuple[str, Watch]) -> None:
    _, run = watched
    for look in run.looks:
        if look.verdict.alert is TrafficAlert.OUTAGE and is_still(run, look):
            assert not {each.region for each in run.history.stores if look.began <= each.at <= look.ended}, look


def test_region_that_is_named_is_the_one_that_stores(watched: tuple[str, Watch]) -> None:
    _, run = watched
    for look in run.looks:
        if look.verdict.takes_payments and is_still(run, look):
            assert stored(run, look) <= {look.verdict.takes_payments}, look


def test_payers_are_served_while_all_is_well(watched: tuple[str, Watch]) -> None:
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


def test_outages_end_by_themselves_or_by_the_next_command(watched: tuple[str, Watch]) -> None:
    name, run = watched
    assert {outcome for _, _, outcome in run.given} <= {Outcome.DONE}
    assert run.looks[-1].verdict.takes_payments
    assert run.looks[-1].verdict.alert is not TrafficAlert.OUTAGE
    expected = {"the primary is lost, takeovers are off": "failover", "an operator stops payments": "start"}
    given = [line.split()[0] for _, line, _ in run.given][-1:]
    assert given == ([expected[name]] if name in expected else [])


def test_outages_are_announced(watched: tuple[str, Watch]) -> None:
    name, run = watched
    outages = [look for look in run.looks if look.verdict.alert is TrafficAlert.OUTAGE and look.began > 40]
    assert bool(outages) is (name != "nothing happens")
