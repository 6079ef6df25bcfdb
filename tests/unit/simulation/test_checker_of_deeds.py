"""Invariants of what tickers, functions and operators do: each finds what it is there for, and no more."""

import pytest

from simulation.history import CommandEnd, LogLine, Queueing
from tests.unit.simulation.histories import ONE, OTHER, TEN, TWO, Told

FIT, GLASS, MOVE = "no takeover from a fit region", "glass gives way", "a planned move loses nothing"
PROOF, OVERTAKEN = "a proof is true", "overtaken by somebody else"
DONE, OWN, PARKED, QUEUED = (
    "done stays done",
    "a plan follows itself",
    "parked for a reason",
    "queued only by the writer",
)


def queueing(at: float, queue: str, *, attempts: int = 0, reason: str = "") -> Queueing:
    function = "payment-api" if queue == "retry" else "retry-worker"
    return Queueing(at, queue, ONE, ONE, "p", TEN, f"{function}@{ONE}/1", attempts, reason)


def command(process: str, *, planned: int, left: int, outcome: str = "done") -> CommandEnd:
    return CommandEnd(process, "failover", 0.0, 1.0, outcome, planned, left)


class TestTakeovers:
    """When a ticker may take over."""

    def test_from_a_region_that_proves_its_fitness(self) -> None:
        given = Told()
        given.takes_over(100, OTHER, changes=1)
        assert given.breaks(FIT)

    def test_from_a_region_that_is_silent(self) -> None:
        given = Told()
        given.history.proofs[ONE] = [at for at in given.history.proofs[ONE] if at < 80]
        given.takes_over(100, OTHER, changes=1)
        assert not given.breaks(FIT)

    @pytest.mark.parametrize(("epoch", "is_broken"), [(1, False), (2, True)])
    def test_claiming_what_glass_gave(self, epoch: int, *, is_broken: bool) -> None:
        given = Told()
        given.history.glass_epochs[OTHER] = {epoch}
        given.takes_over(100, OTHER)
        assert bool(given.breaks(GLASS)) is is_broken


class TestProofs:
    """What a region may say of its fitness."""

    def test_proving_while_the_table_fails_every_write(self) -> None:
        given = Told()
        given.history.unwritable += [(100, ONE, True), (130, ONE, False)]
        assert given.breaks(PROOF)

    def test_proving_before_the_failure_is_noticed(self) -> None:
        given = Told()
        given.history.unwritable += [(100, ONE, True), (109, ONE, False)]
        assert not given.breaks(PROOF)

    def test_the_other_region_proves(self) -> None:
        given = Told()
        given.history.proofs[ONE] = []
        given.history.unwritable.append((100, ONE, True))
        assert not given.breaks(PROOF)


class TestQueues:
    """What functions put into queues."""

    def test_the_writer_queues(self) -> None:
        given = Told()
        given.history.queueings.append(queueing(10, "retry"))
        assert not given.breaks(QUEUED)

    def test_a_region_queues_that_is_not_the_writer(self) -> None:
        given = Told()
        given.takes_over(100, OTHER)
        given.history.queueings.append(queueing(150, "retry"))
        assert given.breaks(QUEUED)

    @pytest.mark.parametrize(("attempts", "reason", "is_broken"), [(5, "attempts", False), (4, "attempts", True)])
    def test_parking(self, attempts: int, reason: str, *, is_broken: bool) -> None:
        given = Told()
        given.history.queueings.append(queueing(10, "dead letter", attempts=attempts, reason=reason))
        assert bool(given.breaks(PARKED)) is is_broken

    def test_parking_a_conflict(self) -> None:
        given = Told()
        given.history.queueings.append(queueing(10, "dead letter", reason="conflict"))
        assert given.breaks(PARKED)
        given.stored(5, ONE, TWO)
        assert not given.breaks(PARKED)


class TestCommands:
    """What `dr` says of its commands."""

    def test_an_older_plan_goes_on(self) -> None:
        given = Told()
        given.writer(100, OTHER, "closing", "takeover", by="one")
        given.writer(110, OTHER, "open", by="one")
        given.writer(120, ONE, "closing", "takeover", by="other")
        given.history.commands += [
            command(f"one@{OTHER}/1", planned=1, left=3),
            command(f"other@{ONE}/1", planned=2, left=4),
        ]
        assert given.breaks(DONE)
        assert given.breaks(OWN)

    def test_a_newer_plan_moves_on(self) -> None:
        given = Told()
        given.writer(100, OTHER, "closing", "takeover", by="one")
        given.writer(110, OTHER, "open", by="one")
        given.writer(120, ONE, "closing", "takeover", by="other")
        given.history.commands += [
            command(f"one@{OTHER}/1", planned=1, left=3),
            command(f"other@{ONE}/1", planned=3, left=4),
        ]
        assert not given.breaks(DONE)
        assert not given.breaks(OWN)

    @pytest.mark.parametrize(("by", "is_broken"), [("one", True), ("other", False)])
    def test_overtaken(self, by: str, *, is_broken: bool) -> None:
        given = Told()
        given.writer(0.5, OTHER, "closing", "takeover", by=by)
        given.history.commands.append(command(f"one@{OTHER}/1", planned=1, left=1, outcome="overtaken"))
        assert bool(given.breaks(OVERTAKEN)) is is_broken

    @pytest.mark.parametrize("arrives", [True, False])
    def test_a_planned_move(self, *, arrives: bool) -> None:
        given = Told()
        given.stored(99, ONE)
        given.writer(100, ONE, "closing", "planned", by="one")
        if arrives:
            given.arrived(101, OTHER)
        given.writer(110, OTHER, "open", by="one")
        assert bool(given.breaks(MOVE)) is not arrives


def test_a_line_without_a_receipt() -> None:
    given = Told()
    given.history.final.logs[ONE]["p"] = [LogLine("logs/2026/01/01/a", TEN, ONE, "2026-01-01T00:00:00Z")]
    assert given.breaks("a receipt for each line")
