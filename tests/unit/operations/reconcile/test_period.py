"""With a period, a scan reads less than an export holds: both lead to the same findings."""

import tempfile
from collections.abc import Mapping
from pathlib import Path

import pytest
from botocore.exceptions import EndpointConnectionError
from hypothesis import example, given, settings
from hypothesis import strategies as st

from handlers.runtime import timestamp
from operations.reconcile.findings import Kind
from operations.reconcile.places import LOGS, TABLES, Place
from operations.reconcile.reconciliation import Scope
from operations.site import Role
from tests.unit.operations.reconcile.exports import write_export
from tests.unit.operations.reconcile.world import NOW, OLD, PRIMARY, REGIONS, STANDBY, World, found, stored

SINCE = timestamp(OLD + 60)
PRIMARY_TABLE, STANDBY_TABLE = TABLES
NOTHING = frozenset[Place]()

HISTORIES = {
    "before": None,
    "before, and missing": None,
    "since": None,
    "missing": ((Kind.MISSING,), frozenset({STANDBY_TABLE})),
    "only logged": ((Kind.MISSING,), frozenset(TABLES)),
    "stored again in the standby": ((Kind.DUPLICATED,), NOTHING),
    "logged again": ((Kind.DUPLICATED,), NOTHING),
    "stored otherwise in the standby": ((Kind.CONFLICTING,), NOTHING),
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


@pytest.fixture
def trail(tmp_path: Path) -> Path:
    return tmp_path / "trail.jsonl"


def test_a_replica_that_cannot_be_asked_is_not_said_to_miss_anything(
    trail: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
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
    report = world.reconcile(trail, repairing=True, scope=Scope(since=SINCE))
    assert set(report.unknown) == {PRIMARY_TABLE, Place.PRIMARY_LOGS}
    assert set(world.tables[REGIONS[Role.STANDBY]].items) == {"payment#acknowledged"}
