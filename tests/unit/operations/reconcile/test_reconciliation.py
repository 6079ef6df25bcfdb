"""What cannot be read, is young, odd or was judged before."""

from collections import Counter
from errno import ENOSPC
from pathlib import Path

import pytest
from botocore.exceptions import IncompleteReadError, ResponseStreamingError
from urllib3.exceptions import SSLError

from contract.roles import Role
from handlers.runtime import timestamp
from operations.errors import OperationError, UsageError
from operations.reconcile.findings import FindingKind
from operations.reconcile.reconciliation import Scope
from operations.reconcile.sources import LOGS, TABLES, Place
from tests.unit.operations.reconcile.world import NOW, PRIMARY, STANDBY, World, found, stored


class TestRegionDown:
    """One region cannot be read: what can be compared is compared, and the rest is unknown."""

    def test_nothing_is_called_clean(self, trail: Path) -> None:
        world = World()
        world.hold(stored("paid"))
        world.lose(Role.PRIMARY)
        report = world.reconcile(trail)
        lost = {Place.PRIMARY_TABLE, Place.PRIMARY_LOGS, Place.PRIMARY_QUEUES}
        assert (report.status, report.left, set(report.unknown)) == (2, 0, lost)

    def test_what_only_its_replicated_log_knows_is_inserted(self, trail: Path) -> None:
        world = World()
        world.hold(stored("acknowledged"), Place.PRIMARY_TABLE, *LOGS)
        world.lose(Role.PRIMARY)
        world.serve(STANDBY)
        report = world.reconcile(trail, repairing=True)
        assert report.repairs == Counter({(Place.STANDBY_TABLE, "inserted"): 1})
        assert world.tables[STANDBY].items["payment#acknowledged"] == stored("acknowledged").item()

    def test_when_it_returns_both_agree(self, trail: Path) -> None:
        world = World()
        world.hold(stored("acknowledged"), Place.PRIMARY_TABLE, *LOGS)
        world.lose(Role.PRIMARY)
        world.serve(STANDBY)
        world.reconcile(trail, repairing=True)
        world.tables[PRIMARY].down = world.buckets[PRIMARY].down = world.queues[PRIMARY].down = False
        assert world.reconcile(trail).clean

    def test_without_any_replica_there_is_nothing_to_compare(self, trail: Path) -> None:
        world = World()
        world.lose(Role.PRIMARY)
        world.lose(Role.STANDBY)
        with pytest.raises(UsageError, match="one of the replicas must be readable"):
            world.reconcile(trail)


class TestReading:
    """What goes wrong while much is read."""

    RESET = ResponseStreamingError(error="reset")

    @pytest.mark.parametrize("error", [RESET, IncompleteReadError(actual_bytes=0, expected_bytes=9), SSLError("EOF")])
    def test_an_object_is_read_again_when_its_connection_is_cut(self, error: Exception, trail: Path) -> None:
        world = World()
        world.hold(stored("paid"))
        world.buckets[PRIMARY].cut = [error] * 3
        assert world.reconcile(trail).clean

    @pytest.mark.parametrize("error", [RESET, SSLError("EOF")])
    def test_a_bucket_that_never_hands_one_over_is_unknown(self, error: Exception, trail: Path) -> None:
        world = World()
        world.hold(stored("paid"))
        world.buckets[PRIMARY].cut = [error] * 4
        report = world.reconcile(trail)
        assert (report.status, set(report.unknown)) == (2, {Place.PRIMARY_LOGS})

    def test_a_disk_that_is_full_ends_it_in_one_line(self, trail: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        def full(*_: object, **__: object) -> None:
            raise OSError(ENOSPC, "No space left on device")

        monkeypatch.setattr("operations.reconcile.gathering.scan", full)
        with pytest.raises(OperationError, match=r"TMPDIR must be .*: No space left on device"):
            World().reconcile(trail)

    def test_so_does_a_directory_that_is_missing(self, trail: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("tempfile.tempdir", "/nowhere")
        with pytest.raises(OperationError, match=r"TMPDIR must be .*: No such file or directory"):
            World().reconcile(trail)


class TestYoungPayments:
    """What replication may still carry is looked at again."""

    def test_what_never_arrives_is_missing(self, trail: Path) -> None:
        world = World()
        world.hold(stored("lost", at=NOW - 1), Place.PRIMARY_TABLE)
        report = world.reconcile(trail)
        assert found(trail) == {"lost": ((FindingKind.MISSING,), frozenset({Place.STANDBY_TABLE}))}
        assert world.clock.now == NOW + 30
        assert report.status == 1

    def test_a_faster_clock_waits_less(self, trail: Path) -> None:
        world = World()
        world.clock.scale = 10
        world.hold(stored("lost", at=NOW - 1), Place.PRIMARY_TABLE)
        world.reconcile(trail)
        assert world.clock.now == NOW + 3

    def test_conflict_that_last_writer_wins_resolves_meanwhile_is_found(self, trail: Path) -> None:
        world = World()
        world.hold(stored("twice", at=NOW - 20), Place.PRIMARY_TABLE)
        winner = stored("twice", at=NOW - 10, amount="99.99", region=STANDBY)
        world.hold(winner, Place.STANDBY_TABLE, *LOGS)
        world.clock.on_sleep = lambda: world.hold(winner, *TABLES)
        report = world.reconcile(trail)
        assert found(trail) == {"twice": ((FindingKind.CONFLICTING,), frozenset())}
        assert [version.places for version in report.findings[0].versions] == [frozenset(), frozenset((*TABLES, *LOGS))]

    def test_what_cannot_be_looked_at_again_is_not_judged(self, trail: Path) -> None:
        world = World()
        world.hold(stored("unclear", at=NOW - 1), Place.PRIMARY_TABLE)
        world.clock.on_sleep = lambda: world.lose(Role.STANDBY)
        report = world.reconcile(trail)
        assert (report.in_flight, report.left, report.status) == (1, 0, 2)

    def test_a_log_has_a_quarter_of_an_hour_to_be_replicated(self, trail: Path) -> None:
        world = World()
        world.hold(stored("logged-here", at=NOW - 600), *TABLES, Place.PRIMARY_LOGS)
        assert world.reconcile(trail).clean


class TestScope:
    """What is left out."""

    def test_payments_from_before(self, trail: Path) -> None:
        world = World()
        world.hold(stored("old", at=NOW - 864_000), Place.PRIMARY_TABLE)
        world.hold(stored("new"))
        assert world.reconcile(trail, scope=Scope(since="2026-05-28T00:00:00.000Z")).clean

    def test_a_period_that_holds_no_payment_proves_nothing(self, trail: Path) -> None:
        world = World()
        world.hold(stored("older", at=NOW - 7200))
        report = world.reconcile(trail, scope=Scope(since=timestamp(NOW - 3600)))
        assert (report.status, report.left) == (2, 0)
        assert report.unjudged == ("no payment was stored or logged since 2026-05-28T19:26:40.000Z: begin earlier",)

    @pytest.mark.parametrize("since", ["", timestamp(NOW - 3600)])
    def test_places_that_hold_no_payment_prove_nothing(self, trail: Path, since: str) -> None:
        report = World().reconcile(trail, scope=Scope(since=since))
        assert (report.status, report.left, len(report.unjudged)) == (2, 0, 1)

    def test_archived_logs_leave_payments_unjudged(self, trail: Path) -> None:
        world = World()
        world.hold(stored("archived", at=NOW - 864_000))
        world.buckets[PRIMARY].archived = set(world.buckets[PRIMARY].objects)
        report = world.reconcile(trail)
        assert (report.status, report.left) == (2, 0)
        assert report.unknown == {Place.PRIMARY_LOGS: "1 logs are archived, and must be restored to be read"}

    def test_what_was_accepted_until_there_is_new_evidence(self, trail: Path) -> None:
        world = World()
        world.hold(stored("payment-1"))
        world.hold(stored("payment-1", amount="99.99"), *LOGS)
        digest = world.reconcile(trail).findings[0].digest
        scope = Scope(accepted=frozenset({digest}))
        accepted = world.reconcile(trail, scope=scope)
        assert (accepted.status, accepted.accepted) == (0, 1)
        world.hold(stored("payment-1", amount="5.00"), *LOGS)
        assert world.reconcile(trail, scope=scope).status == 1

    def test_absence_from_a_region_that_returns_is_new_evidence(self, trail: Path) -> None:
        world = World()
        world.hold(stored("payment-1"), Place.STANDBY_TABLE)
        world.hold(stored("payment-1", amount="99.99"), Place.STANDBY_LOGS)
        world.hold(stored("paid"))
        world.lose(Role.PRIMARY)
        scope = Scope(accepted=frozenset({world.reconcile(trail).findings[0].digest}))
        assert world.reconcile(trail, scope=scope).left == 0
        world.tables[PRIMARY].down = world.buckets[PRIMARY].down = world.queues[PRIMARY].down = False
        assert world.reconcile(trail, scope=scope).left == 1


class TestOddEntries:
    """What is no payment is for a human, and never copied."""

    def test_an_item_without_a_payment(self, trail: Path) -> None:
        world = World()
        world.tables[PRIMARY].items["payment#odd"] = {"pk": {"S": "payment#odd"}}
        report = world.reconcile(trail, repairing=True)
        assert [finding.kinds for finding in report.findings] == [(FindingKind.MALFORMED,)]
        assert not world.tables[STANDBY].items

    def test_a_line_of_the_log_that_is_cut_off(self, trail: Path) -> None:
        world = World()
        world.buckets[PRIMARY].objects["transaction-logs/us-east-1/2026/05/01/1-1.jsonl"] = b'{"amount":"1.00","curr\n'
        assert [finding.kinds for finding in world.reconcile(trail).findings] == [(FindingKind.MALFORMED,)]

    def test_control_items_are_no_payments(self, trail: Path) -> None:
        world = World()
        world.hold(stored("paid"))
        world.tables[PRIMARY].items["control#fence#us-east-1"] = {"pk": {"S": "control#fence#us-east-1"}}
        assert world.reconcile(trail).clean

    def test_a_conflict_that_arose_since_is_not_overwritten(self, trail: Path) -> None:
        world = World()
        world.hold(stored("late", at=NOW - 1), Place.PRIMARY_TABLE, *LOGS)
        other = stored("late", amount="7.00", region=STANDBY)
        world.clock.on_sleep = lambda: world.hold(other, Place.STANDBY_TABLE)
        report = world.reconcile(trail, repairing=True)
        assert [finding.kinds for finding in report.findings] == [(FindingKind.CONFLICTING,)]
        assert world.tables[STANDBY].items["payment#late"]["amount"] == {"N": "7"}


class TestClock:
    """Ages are by the site's clock, or judged with patience while nothing tells it."""

    @pytest.mark.parametrize("date", [NOW, None])
    def test_machine_that_is_ahead_finds_nothing_missing_that_is_on_its_way(
        self, world: World, trail: Path, date: float | None
    ) -> None:
        world.date = date
        world.clock.advance(180)
        world.hold(stored("young", at=NOW - 10), *TABLES)
        assert world.reconcile(trail).clean

    def test_machine_that_is_behind_finds_what_is_missing(self, world: World, trail: Path) -> None:
        world.clock.advance(-300)
        world.hold(stored("old", at=NOW - 200), *TABLES)
        world.reconcile(trail)
        assert found(trail)["old"] == ((FindingKind.MISSING,), frozenset({Place.PRIMARY_LOGS}))
