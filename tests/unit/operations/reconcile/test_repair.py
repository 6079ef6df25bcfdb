"""A repair never costs a payment: the region that serves goes first, and other content ends it."""

from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from handlers.writer.item import ClosingKind, Writer, WriterState
from operations.reconcile.findings import FindingKind
from operations.reconcile.sources import LOGS, TABLES, Place
from tests.unit.operations.reconcile.world import PRIMARY, STANDBY, World, lines, stored

PRIMARY_TABLE, STANDBY_TABLE = TABLES


@pytest.mark.parametrize(
    ("serving", "order"), [(PRIMARY, [PRIMARY_TABLE, STANDBY_TABLE]), (STANDBY, [STANDBY_TABLE, PRIMARY_TABLE])]
)
def test_the_region_that_serves_is_repaired_first(trail: Path, serving: str, order: list[Place]) -> None:
    world = World()
    world.serve(serving)
    world.hold(stored("logged"), *LOGS)
    world.reconcile(trail, repairing=True)
    (done,) = lines(trail, "done")
    assert [(each["place"], each["outcome"]) for each in done["repairs"]] == [(place, "inserted") for place in order]


def test_what_a_client_stored_meanwhile_in_the_region_that_serves_stops_the_repair(trail: Path) -> None:
    """Inserted in the other region, the payment would be later, and win over what was acknowledged."""
    world = World()
    world.serve(STANDBY)
    world.hold(stored("logged"), *LOGS)
    acknowledged = stored("logged", amount="7.00", region=STANDBY)
    world.tables[STANDBY].on_put = lambda: world.hold(acknowledged, STANDBY_TABLE)
    report = world.reconcile(trail, repairing=True)
    assert not world.tables[PRIMARY].items
    assert world.tables[STANDBY].items["payment#logged"]["amount"] == {"N": "7"}
    assert report.repairs == Counter(
        {(STANDBY_TABLE, "other content is there now"): 1, (PRIMARY_TABLE, "not tried after that"): 1}
    )
    assert report.left == 1


def test_so_does_what_replaced_the_version_that_was_seen(trail: Path) -> None:
    world = World()
    world.serve(STANDBY)
    world.hold(stored("seen"), STANDBY_TABLE, *LOGS)
    original = world.tables[STANDBY]
    seen = dict(original.items)

    class Changed(type(original)):  # type: ignore[misc]
        def get_item(self, **request: object) -> dict[str, object]:
            world.hold(stored("seen", amount="7.00", region=STANDBY), STANDBY_TABLE)
            return super().get_item(**request)  # type: ignore[no-any-return]

    world.tables[STANDBY] = Changed(items=seen, writer=original.writer)
    report = world.reconcile(trail, repairing=True)
    assert not world.tables[PRIMARY].items
    assert report.left == 1


@pytest.mark.parametrize("kind", [ClosingKind.PLANNED, ClosingKind.TAKEOVER])
def test_nothing_is_inserted_while_the_writer_moves(trail: Path, kind: ClosingKind) -> None:
    world = World()
    world.hold(stored("logged"), *LOGS)
    destination = STANDBY if kind is ClosingKind.PLANNED else ""
    world.write(Writer(PRIMARY, 6, WriterState.CLOSING, kind=kind, destination=destination))
    report = world.reconcile(trail, repairing=True)
    assert not [replica.items for replica in world.tables.values() if replica.items]
    assert report.repairs == Counter({(PRIMARY_TABLE, "failed"): 1, (STANDBY_TABLE, "failed"): 1})


def test_nothing_is_inserted_once_another_region_serves(trail: Path) -> None:
    world = World()
    world.serve(PRIMARY)
    world.hold(stored("seen"), STANDBY_TABLE, *LOGS)
    original = world.tables[STANDBY]

    class Moving(type(original)):  # type: ignore[misc]
        def get_item(self, **request: object) -> dict[str, object]:
            answer = super().get_item(**request)
            world.serve(STANDBY)
            return answer  # type: ignore[no-any-return]

    world.tables[STANDBY] = Moving(items=dict(original.items), writer=original.writer)
    report = world.reconcile(trail, repairing=True)
    assert not world.tables[PRIMARY].items
    assert report.repairs == Counter({(PRIMARY_TABLE, "failed"): 1})


@pytest.mark.parametrize("owner", [None, PRIMARY], ids=["nobody owns the writer", "its replica does not answer"])
def test_nothing_is_inserted_when_the_region_that_serves_cannot_be_asked(trail: Path, owner: str | None) -> None:
    world = World()
    world.hold(stored("logged"), PRIMARY_TABLE, *LOGS)
    world.serve(owner)
    if owner:
        world.tables[owner].down = True
    report = world.reconcile(trail, repairing=True)
    assert not world.tables[STANDBY].items
    assert report.repairs == Counter({(STANDBY_TABLE, "failed"): 1})
    (done,) = lines(trail, "done")
    assert done["repairs"][0]["reason"]


def test_findings_beyond_those_that_a_report_holds_are_counted_as_repairable(trail: Path) -> None:
    """A hundred duplicates and one loss: whoever is asked must be asked."""
    world = World()
    for number in range(100):
        payment = stored(f"duplicate-{number}")
        world.hold(payment)
        world.hold(replace(payment, region=STANDBY), *LOGS)
    world.hold(stored("lost"), PRIMARY_TABLE, *LOGS)
    report = world.reconcile(trail)
    assert not any(FindingKind.MISSING in finding.kinds for finding in report.findings)
    assert (report.left, report.repairable) == (101, 1)


def test_writer_is_asked_again_before_each_insert(trail: Path) -> None:
    world = World()
    world.serve(PRIMARY)
    world.hold(stored("logged"), *LOGS)
    world.tables[PRIMARY].on_put = lambda: world.serve(STANDBY)
    report = world.reconcile(trail, repairing=True)
    assert not world.tables[STANDBY].items
    assert report.repairs == Counter({(PRIMARY_TABLE, "inserted"): 1, (STANDBY_TABLE, "failed"): 1})


def test_insert_that_is_interrupted_leaves_a_trace(trail: Path) -> None:
    def interrupted() -> None:
        raise KeyboardInterrupt

    world = World()
    world.hold(stored("logged"), PRIMARY_TABLE, *LOGS)
    world.tables[STANDBY].on_put = interrupted
    with pytest.raises(KeyboardInterrupt):
        world.reconcile(trail, repairing=True)
    (line,) = lines(trail, "repairing")
    assert (line["transactionId"], line["places"]) == ("logged", ["standby_table"])


def test_repair_keeps_the_request(trail: Path) -> None:
    """The log says it, and so does the replica that is left, whichever of them the payment is taken from."""
    world = World()
    logged, seen = (replace(stored(each), request_id=f"r-{each}") for each in ("logged", "seen"))
    world.hold(logged, *LOGS)
    world.hold(seen, PRIMARY_TABLE, *LOGS)
    world.reconcile(trail, repairing=True)
    for each in (logged, seen):
        key = f"payment#{each.payment.transaction_id}"
        assert world.tables[STANDBY].items[key]["requestId"] == {"S": each.request_id}


def test_request_that_only_the_table_tells_is_no_difference(trail: Path) -> None:
    """Beside a release that does not know it, the table holds the request and the log does not."""
    world = World()
    world.hold(replace(stored("paid"), request_id="r-1"), *TABLES)
    world.hold(stored("paid"), *LOGS)
    assert world.reconcile(trail).clean
