"""One restore up to its proposal: what it reads, what it makes of what cannot be read, what it says."""

import json
from pathlib import Path
from typing import Any

import pytest

from contract.roles import Role
from handlers.writer.item import Writer, WriterState
from operations.errors import OperationError
from operations.reconcile.audit import AuditTrail
from operations.restore.findings import RestoreFindingKind as Kind
from operations.restore.proposal import read_proposal
from operations.restore.records import RestoreRecord
from operations.restore.restoring import RestorePlan, Restoring
from tests.unit.operations.reconcile.exports import write_export
from tests.unit.operations.reconcile.world import NOW, OPEN, PRIMARY, REGIONS, STANDBY
from tests.unit.operations.restore.payments import paid
from tests.unit.operations.restore.world import MOMENT, RestoreWorld, events, item_of

LATER = MOMENT + 1800.0


def test_nothing_is_found_where_nothing_is_wrong(world: RestoreWorld, record: RestoreRecord) -> None:
    world.pay(paid("later", at=LATER), at=LATER)
    summary = world.plan(record)
    assert (summary.repairs, summary.kept, summary.added, summary.unknown) == (0, 0, 1, [])
    assert summary.payments["restored"] == 1
    assert events(record) == ["compared"]


def test_client_that_paid_again_keeps_what_it_was_promised(world: RestoreWorld, record: RestoreRecord) -> None:
    world.remove("before")
    again = paid("before", at=LATER, request="again")
    world.pay(again, at=LATER)
    summary = world.plan(record)
    assert summary.kinds == {Kind.ANSWERED: 1}
    world.repair(record, summary)
    assert world.live == {"payment#before": item_of(again)}


def test_answer_that_was_an_error_leaves_a_payment_in_doubt(world: RestoreWorld, record: RestoreRecord) -> None:
    world.request("cut", at=LATER, status="504")
    world.put(item_of(paid("cut", at=LATER, request="cut")), at=LATER)
    summary = world.plan(record)
    assert (summary.kinds, summary.repairs) == ({Kind.UNJUDGED: 1}, 0)


def test_two_inserts_of_one_request_and_moment_are_left_to_people(world: RestoreWorld, record: RestoreRecord) -> None:
    """Whichever of them a client was promised: nothing tells which was first."""
    later = paid("later", at=LATER)
    world.pay(later, at=LATER)
    world.remove("later")
    world.put({**item_of(later), "amount": {"N": "99"}}, at=LATER + 60)
    summary = world.plan(record)
    assert (summary.kinds, summary.repairs) == ({Kind.UNJUDGED: 1}, 0)


def test_request_of_days_ago_that_waited_in_a_queue_is_found(world: RestoreWorld, record: RestoreRecord) -> None:
    world.request("queued", at=MOMENT - 5 * 86_400, status="202")
    world.put(item_of(paid("queued", at=LATER, request="queued")), at=LATER)
    assert world.plan(record).kinds == {}


def test_access_logs_are_read_so_far_back_only_if_a_request_is_missing(
    world: RestoreWorld, record: RestoreRecord
) -> None:
    world.pay(paid("later", at=LATER), at=LATER)
    world.plan(record)
    assert {each["startTime"] for each in world.access[PRIMARY].asked} == {(MOMENT - 3600) * 1000}


def test_payment_without_an_access_log_is_not_judged(world: RestoreWorld, record: RestoreRecord) -> None:
    world.put(item_of(paid("invented", at=LATER)), at=LATER)
    world.access[STANDBY].down = True
    summary = world.plan(record)
    assert (summary.kinds, summary.repairs) == ({Kind.UNJUDGED: 1}, 0)
    assert summary.unknown[0].startswith(f"the access log in {STANDBY}: ")


def test_payments_by_function_urls_are_not_judged(world: RestoreWorld, record: RestoreRecord) -> None:
    world.site = world.site.model_copy(update={"has_function_urls": True})
    world.put(item_of(paid("by-url", at=LATER)), at=LATER)
    summary = world.plan(record)
    assert (summary.kinds, summary.repairs) == ({Kind.UNJUDGED: 1}, 0)


def test_requests_that_are_kept_no_longer_prove_nothing(world: RestoreWorld, record: RestoreRecord) -> None:
    world.site = world.site.model_copy(update={"log_retention_days": 0})
    world.put(item_of(paid("invented", at=LATER)), at=LATER)
    assert world.plan(record).kinds == {Kind.UNJUDGED: 1}


def test_other_region_out_of_reach_is_unknown_and_the_rest_is_compared(
    world: RestoreWorld, record: RestoreRecord
) -> None:
    world.remove("before")
    world.tables[STANDBY].down = True
    world.access[STANDBY].down = True
    world.tables[PRIMARY].writer = OPEN
    summary = world.plan(record)
    assert summary.kinds == {Kind.DELETED: 1}
    assert any(STANDBY in each for each in summary.unknown)


def test_replicas_that_differ_are_left_to_reconciliation(world: RestoreWorld, record: RestoreRecord) -> None:
    world.tables[STANDBY].items.clear()
    assert world.plan(record).kinds == {Kind.REPLICAS_DIFFER: 1}


def test_payment_that_is_no_payment_any_more_is_mended(world: RestoreWorld, record: RestoreRecord) -> None:
    right = dict(world.live)
    for region in REGIONS.values():
        item = world.tables[region].items["payment#before"]
        world.tables[region].items["payment#before"] = {**item, "kind": {"S": "refund"}}
    summary = world.plan(record)
    assert summary.kinds == {Kind.CHANGED: 1}
    world.repair(record, summary)
    assert world.live == right


def test_attribute_that_was_added_is_found(world: RestoreWorld, record: RestoreRecord) -> None:
    right = dict(world.live)
    for region in REGIONS.values():
        item = world.tables[region].items["payment#before"]
        world.tables[region].items["payment#before"] = {**item, "note": {"L": [{"S": "x"}, {"BOOL": True}]}}
    summary = world.plan(record)
    assert summary.kinds == {Kind.CHANGED: 1}
    world.repair(record, summary)
    assert world.live == right


def test_payments_that_are_made_meanwhile_are_no_findings(world: RestoreWorld, record: RestoreRecord) -> None:
    """Made between the scan and the reading of the logs: the log holds what the scan has not seen."""
    scanned = {"done": False}

    def pay() -> None:
        if not scanned["done"]:
            scanned["done"] = True
            world.pay(paid("meanwhile", at=NOW + 1), at=NOW + 1)

    world.clock.on_sleep = pay
    summary = world.plan(record)
    assert scanned["done"]
    assert (summary.kinds, summary.added) == ({}, 0)


def test_change_before_the_moment_is_warned_of(world: RestoreWorld, record: RestoreRecord) -> None:
    at = MOMENT - 60.0
    world.put({**world.live["payment#before"], "amount": {"N": "7"}}, at=at)
    world.pass_moment()
    (warning,) = world.plan(record).warnings
    assert warning.startswith("1 payments were changed in the hour before the moment")


def test_moment_without_payments_is_refused(record: RestoreRecord) -> None:
    world = RestoreWorld()
    world.pay(paid("later", at=LATER), at=LATER)
    with pytest.raises(OperationError, match="holds no payment"):
        world.plan(record)


def test_replica_that_serves_must_be_readable(world: RestoreWorld, record: RestoreRecord) -> None:
    world.write(Writer(STANDBY, 9, WriterState.OPEN))
    world.plan(record)
    world.tables[STANDBY].down = True
    with pytest.raises(OperationError, match="the replica of the region that serves must be readable"):
        world.plan(record)


def test_nobody_who_serves_ends_it(world: RestoreWorld, record: RestoreRecord) -> None:
    world.serve(None)
    with pytest.raises(OperationError, match="no region owns the writer"):
        world.plan(record)


def test_proposal_has_a_head_and_a_line_each_and_its_digest_covers_both(
    world: RestoreWorld, record: RestoreRecord
) -> None:
    world.remove("before")
    summary = world.plan(record)
    head, line = map(json.loads, record.proposal.read_text(encoding="utf-8").splitlines())
    assert (head["region"], head["sideTable"].startswith("payments-restore-")) == (PRIMARY, True)
    assert (line["action"], line["id"], line["seen"]) == ("insert", "before", None)
    assert record.proposal.stat().st_mode & 0o077 == 0
    (finding,) = read_proposal(record.proposal, summary.digest)
    assert finding.wanted == world.tables[PRIMARY].restorable["payment#before"]
    record.proposal.write_text(record.proposal.read_text() + "\n")
    with pytest.raises(OperationError, match="is not the proposal of this digest"):
        list(read_proposal(record.proposal, summary.digest))


def test_export_stands_for_a_side_table(world: RestoreWorld, record: RestoreRecord, tmp_path: Path) -> None:
    write_export(tmp_path / "exports", PRIMARY, list(world.tables[PRIMARY].items.values()), at=MOMENT)
    world.remove("before")
    aws: Any = world
    work = Restoring(world.site, aws, world.clock, settle=0, on_rows=lambda *_: None, says=lambda _: None)
    with AuditTrail(record.trail, by="tests", clock=world.clock) as trail:
        plan = RestorePlan(MOMENT, Role.PRIMARY, str(tmp_path / "exports"))
        assert work.compare(plan, record, trail).kinds == {Kind.DELETED: 1}
    assert world.tables[PRIMARY].side_tables == {}
