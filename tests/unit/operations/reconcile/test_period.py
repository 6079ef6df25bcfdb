"""With a period, a scan reads less than an export holds: both lead to the same findings."""

import tempfile
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import EndpointConnectionError
from hypothesis import example, given, settings
from hypothesis import strategies as st

from contract.roles import Role
from handlers.payments.logged_payment import LoggedPayment
from handlers.runtime import timestamp
from operations.reconcile.findings import FindingKind
from operations.reconcile.reconciliation import Scope
from operations.reconcile.sources import LOGS, TABLES, Place
from tests.unit.operations.reconcile.exports import write_export
from tests.unit.operations.reconcile.world import NOW, OLD, PRIMARY, REGIONS, STANDBY, World, found, stored

SINCE = timestamp(OLD + 90)
PRIMARY_TABLE, STANDBY_TABLE = TABLES
NOTHING = frozenset[Place]()

HISTORIES = {
    "before": None,
    "before, and missing": None,
    "since": None,
    "missing": ((FindingKind.MISSING,), frozenset({STANDBY_TABLE})),
    "only logged": ((FindingKind.MISSING,), frozenset(TABLES)),
    "stored again in the standby": ((FindingKind.DUPLICATED,), NOTHING),
    "logged again": ((FindingKind.DUPLICATED,), NOTHING),
    "stored otherwise in the standby": ((FindingKind.CONFLICTING,), NOTHING),
}
"""What can happen to a payment, and what must be found of the period: kinds and places that miss it, or nothing."""


def live_through(world: World, transaction_id: str, history: str) -> None:
    before = stored(transaction_id)
    since = stored(transaction_id, at=OLD + 120)
    match history:
        case "before":
            world.hold(before)
        case "before, and missing":
            world.hold(before, PRIMARY_TABLE, *LOGS)
        case "since":
            world.hold(since)
        case "missing":
            world.hold(since, PRIMARY_TABLE, *LOGS)
        case "only logged":
            world.hold(since, *LOGS)
        case "stored again in the standby":
            world.hold(before, PRIMARY_TABLE, *LOGS)
            world.hold(stored(transaction_id, at=OLD + 120, region=STANDBY), STANDBY_TABLE, *LOGS)
        case "logged again":
            world.hold(before)
            world.hold(since, *LOGS)
        case "stored otherwise in the standby":
            world.hold(before, PRIMARY_TABLE, *LOGS)
            world.hold(stored(transaction_id, at=OLD + 120, amount="7.00"), STANDBY_TABLE, *LOGS)
        case _:
            raise AssertionError(history)


def exported(world: World, directory: Path) -> str:
    for region, replica in world.tables.items():
        write_export(directory, region, list(replica.items.values()), at=NOW)
    return str(directory)


@given(histories=st.lists(st.sampled_from(sorted(HISTORIES)), min_size=1, max_size=20))
@example(histories=sorted(HISTORIES))
@settings(max_examples=4, deadline=None)
def test_scans_and_exports_lead_to_what_happened_in_it(histories: list[str]) -> None:
    world = World()
    for number, history in enumerate(histories):
        live_through(world, f"payment-{number}", history)
    happened = {f"payment-{number}": HISTORIES[history] for number, history in enumerate(histories)}
    expected = {transaction_id: finding for transaction_id, finding in happened.items() if finding}
    with tempfile.TemporaryDirectory() as name:
        scopes: Mapping[str, Scope] = {
            "scan": Scope(since=SINCE),
            "export": Scope(since=SINCE, exports=exported(world, Path(name) / "exports")),
        }
        for how, scope in scopes.items():
            trail = Path(name) / how
            world.reconcile(trail, scope=scope)
            assert found(trail) == expected


def test_unreadable_replica_is_not_reported_as_missing_payments(trail: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    world = World()
    live_through(world, "paid-again", "stored again in the standby")

    def silent(**_: object) -> None:
        raise EndpointConnectionError(endpoint_url="https://dynamodb")

    monkeypatch.setattr(world.tables[PRIMARY], "get_item", silent)
    report = world.reconcile(trail, scope=Scope(since=SINCE))
    assert (report.in_flight, report.left, report.status) == (1, 0, 2)


def test_what_was_stored_while_everything_was_read_is_looked_at_again(trail: Path) -> None:
    world = World()
    world.hold(stored("late", at=NOW - 1), PRIMARY_TABLE, *LOGS)
    world.clock.on_sleep = lambda: world.hold(stored("late", at=NOW - 1), STANDBY_TABLE)
    assert world.reconcile(trail, scope=Scope(since=SINCE)).clean


def test_a_region_that_is_down_stays_unknown(trail: Path) -> None:
    world = World()
    world.hold(stored("acknowledged", at=OLD + 120), PRIMARY_TABLE, *LOGS)
    world.lose(Role.PRIMARY)
    world.serve(STANDBY)
    report = world.reconcile(trail, repairing=True, scope=Scope(since=SINCE))
    assert set(report.unknown) == {PRIMARY_TABLE, Place.PRIMARY_LOGS, Place.PRIMARY_QUEUES}
    assert set(world.tables[REGIONS[Role.STANDBY]].items) == {"payment#acknowledged"}


def test_a_conflict_whose_loser_is_older_than_the_period_is_found(trail: Path) -> None:
    world = World()
    winner, loser = stored("paid-twice", at=OLD + 91), stored("paid-twice", at=OLD - 864_000, amount="7.00")
    world.hold(winner)
    world.hold(loser, *LOGS)
    world.reconcile(trail, scope=Scope(since=SINCE))
    assert found(trail) == {"paid-twice": ((FindingKind.CONFLICTING,), NOTHING)}


def test_logs_are_found_by_when_they_were_written_not_by_the_day_of_their_payments(trail: Path) -> None:
    """A payment of ten days ago was repaired, and its log shares a batch with new ones."""
    world = World()
    old = stored("repaired", at=OLD - 864_000)
    new = stored("new", at=OLD + 120)
    world.hold(old, *TABLES)
    world.hold(new, *TABLES)
    for bucket in world.buckets.values():
        key = f"transaction-logs/{PRIMARY}/{old.stored_at[:10].replace('-', '/')}/1-2.jsonl"
        logged = (LoggedPayment.from_item(each.item()) for each in (old, new))
        bucket.objects[key] = "".join(f"{each.line()}\n" for each in logged).encode()
        bucket.written[key] = datetime.fromtimestamp(OLD + 121, UTC)
    report = world.reconcile(trail, scope=Scope(since=SINCE))
    assert (report.status, report.touched) == (0, 2)


def test_older_logs_are_searched_for_the_payments_of_the_period_alone(trail: Path) -> None:
    world = World()
    for number in range(3):
        world.hold(stored(f"older-{number}", at=OLD - 7200))
    world.hold(stored("new", at=OLD + 120))
    report = world.reconcile(trail, scope=Scope(since=SINCE))
    assert report.clean
    assert set(report.payments.values()) == {1}


def test_older_logs_that_cannot_be_read_leave_the_bucket_unknown(trail: Path) -> None:
    world = World()
    world.hold(stored("older", at=OLD - 7200))
    world.hold(stored("new", at=OLD + 120))
    bucket = world.buckets[STANDBY]
    read = bucket.get_object

    def cut_off(**request: str) -> dict[str, Any]:
        if request["Key"] in bucket.objects and bucket.written[request["Key"]].timestamp() < OLD:
            raise EndpointConnectionError(endpoint_url="https://s3")
        return read(**request)

    bucket.get_object = cut_off  # type: ignore[method-assign]
    report = world.reconcile(trail, scope=Scope(since=SINCE))
    assert (report.status, set(report.unknown), report.left) == (2, {Place.STANDBY_LOGS}, 0)


def test_older_logs_that_are_archived_leave_the_bucket_unread_and_nothing_is_called_missing(trail: Path) -> None:
    world = World()
    world.hold(stored("older", at=OLD - 7200))
    bucket = world.buckets[STANDBY]
    bucket.archived = set(bucket.objects)
    world.buckets[PRIMARY].log(stored("older", at=OLD - 7200), at=OLD + 120)  # touched: the stream handed it over again
    report = world.reconcile(trail, scope=Scope(since=SINCE))
    assert (report.status, set(report.unknown), report.left) == (2, {Place.STANDBY_LOGS}, 0)


@pytest.mark.parametrize("line", [b'{"content":{"amo', b'{"id":""}', '{"id":"ü"}'.encode()])
def test_line_of_an_older_log_that_names_no_payment_is_malformed_in_every_period(trail: Path, line: bytes) -> None:
    world = World()
    world.hold(stored("new", at=OLD + 120))
    key = "transaction-logs/us-east-1/2026/05/01/1-1.jsonl"
    world.buckets[PRIMARY].objects[key] = line
    world.buckets[PRIMARY].written[key] = datetime.fromtimestamp(OLD - 864_000, UTC)
    report = world.reconcile(trail, scope=Scope(since=SINCE))
    assert [finding.kinds for finding in report.findings] == [(FindingKind.MALFORMED,)]
