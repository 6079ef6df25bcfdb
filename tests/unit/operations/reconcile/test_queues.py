"""What was answered 202 and is a dead letter is in no replica and in no log: the queues are a place too."""

from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import EndpointConnectionError

from operations.reconcile.findings import FindingKind
from operations.reconcile.reconciliation import Scope
from operations.reconcile.sources import LOGS, TABLES, Place
from tests.unit.operations.reconcile.world import NOW, PRIMARY, STANDBY, World, found, stored


@pytest.mark.parametrize(("region", "role"), [(PRIMARY, "primary"), (STANDBY, "standby")])
def test_a_dead_letter_that_is_not_stored_is_a_difference(world: World, trail: Path, region: str, role: str) -> None:
    world.queues[region].park(stored("accepted"))
    report = world.reconcile(trail, repairing=True)
    assert found(trail) == {"accepted": ((FindingKind.PARKED,), frozenset(TABLES))}
    assert (report.status, dict(report.repairs)) == (1, {})
    assert report.findings[0].proposal == f"`dr redrive {role}` sends it to the region that serves"


def test_each_dead_letter_is_looked_at_and_shown_to_others_again(world: World, trail: Path) -> None:
    for number in range(25):
        world.queues[PRIMARY].park(stored(f"accepted-{number}"))
    assert world.reconcile(trail).left == 25
    assert not world.queues[PRIMARY].hidden


def test_one_that_was_stored_after_all_is_none(world: World, trail: Path) -> None:
    world.queues[PRIMARY].park(stored("paid", at=NOW))
    assert world.reconcile(trail).clean


def test_one_under_an_id_that_holds_something_else_is_a_conflict(world: World, trail: Path) -> None:
    world.queues[PRIMARY].park(stored("paid", amount="99.99"))
    assert world.reconcile(trail).status == 1
    assert found(trail)["paid"][0] == (FindingKind.CONFLICTING,)


def test_one_that_holds_no_payment_is_for_a_human(world: World, trail: Path) -> None:
    world.queues[STANDBY].letters.append("{}")
    report = world.reconcile(trail)
    assert [finding.kinds for finding in report.findings] == [(FindingKind.MALFORMED,)]


def test_dead_letters_belong_to_every_period(world: World, trail: Path) -> None:
    world.queues[PRIMARY].park(stored("accepted", at=NOW - 864_000))
    assert world.reconcile(trail, scope=Scope(since="2026-05-28T00:00:00.000Z")).status == 1


@pytest.mark.parametrize("places", [(Place.PRIMARY_TABLE,), (Place.STANDBY_TABLE,)])
@pytest.mark.parametrize("lately", [True, False], ids=["stored in the period", "stored before it"])
@pytest.mark.parametrize("since", ["", "2026-05-28T00:00:00.000Z"], ids=["all times", "a period"])
def test_one_that_a_single_replica_holds_is_missing_from_the_other(
    world: World, trail: Path, places: tuple[Place, ...], since: str, *, lately: bool
) -> None:
    payment = stored("accepted", at=NOW - (7200 if lately else 864_000))
    world.hold(payment, *places, *LOGS)
    world.queues[PRIMARY].park(payment)
    report = world.reconcile(trail, scope=Scope(since=since))
    assert found(trail) == {"accepted": ((FindingKind.MISSING,), frozenset(TABLES) - set(places))}
    assert (report.status, report.left) == (1, 1)


def test_one_that_is_stored_and_in_no_log_is_missing_there_whatever_the_period(world: World, trail: Path) -> None:
    payment = stored("accepted", at=NOW - 864_000)
    world.hold(payment, *TABLES)
    world.queues[PRIMARY].park(payment)
    world.reconcile(trail, scope=Scope(since="2026-05-28T00:00:00.000Z"))
    assert found(trail) == {"accepted": ((FindingKind.MISSING,), frozenset(LOGS))}


def test_one_whose_payment_cannot_be_looked_up_is_not_judged(
    world: World, trail: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def silent(**_: object) -> None:
        raise EndpointConnectionError(endpoint_url="https://dynamodb")

    world.queues[PRIMARY].park(stored("accepted"))
    monkeypatch.setattr(world.tables[STANDBY], "get_item", silent)
    report = world.reconcile(trail)
    assert (report.status, report.in_flight) == (2, 1)


class TestMoving:
    """Workers forward and park messages while queues are read: no one that moves is overlooked."""

    @pytest.mark.parametrize(("source", "destination"), [(PRIMARY, STANDBY), (STANDBY, PRIMARY)])
    @pytest.mark.parametrize("after", [PRIMARY, STANDBY])
    def test_to_the_other_region(self, world: World, trail: Path, source: str, destination: str, after: str) -> None:
        def forward() -> None:
            if world.queues[source].waiting:
                world.queues[source].waiting, world.queues[destination].waiting = 0, 1

        world.queues[source].waiting = 1
        world.queues[after].on_look = forward
        assert world.reconcile(trail).status == 2

    def test_from_the_dead_letters_before_they_are_looked_at(self, world: World, trail: Path) -> None:
        """The retry queue has been counted, and the letter is sent there before the look at it."""
        queues = world.queues[PRIMARY]
        queues.park(stored("accepted"))
        count = queues.get_queue_attributes

        def redriven(**request: Any) -> dict[str, Any]:
            answer = count(**request)
            if request["QueueUrl"].endswith("/retry") and queues.letters:
                queues.letters.clear()
                queues.waiting = 1
            return answer

        queues.get_queue_attributes = redriven  # type: ignore[method-assign]
        assert world.reconcile(trail).status == 2

    def test_one_that_is_seen_in_both_looks_is_one(self, world: World, trail: Path) -> None:
        world.queues[PRIMARY].park(stored("accepted"))
        assert world.reconcile(trail).left == 1


def test_what_waits_is_not_judged(world: World, trail: Path) -> None:
    world.queues[STANDBY].waiting = 3
    report = world.reconcile(trail)
    assert (report.status, report.unjudged) == (2, ("3 accepted payments wait in queues",))


def test_what_others_hold_is_not_judged(world: World, trail: Path) -> None:
    world.queues[STANDBY].park(stored("paid"))
    world.queues[STANDBY].hidden = {0}
    assert world.reconcile(trail).status == 2


def test_queues_that_do_not_answer_are_unknown(world: World, trail: Path) -> None:
    world.queues[PRIMARY].down = True
    report = world.reconcile(trail)
    assert (report.status, set(report.unknown)) == (2, {Place.PRIMARY_QUEUES})


def test_control_items_are_not_counted_as_payments(world: World, trail: Path) -> None:
    world.tables[PRIMARY].items["control#heartbeat#x"] = {"pk": {"S": "control#heartbeat#x"}}
    world.hold(stored("paid"), *LOGS)  # a batch that was handed over twice
    report = world.reconcile(trail)
    assert set(report.payments.values()) == {1}


@pytest.mark.parametrize("region", [PRIMARY, STANDBY])
def test_failed_batch_of_the_stream_leaves_its_payments_unproven(world: World, trail: Path, region: str) -> None:
    world.queues[region].failed_batches = 2
    report = world.reconcile(trail)
    assert report.unjudged == ("2 batches of the stream failed: what they held may be in no log",)
    assert report.status == 2


def test_failed_batches_that_are_written_down_leave_nothing_unproven(world: World, trail: Path) -> None:
    world.queues[PRIMARY].failed_batches = 2
    assert world.reconcile(trail, scope=Scope(batches_kept=True)).clean
