"""The epochs of the writer, merged from what both tickers recorded."""

from dataclasses import replace
from typing import Any

from contract.roles import Role
from handlers.writer.item import Writer
from operations.topology.readings import Known, Unknown
from operations.topology.writer_history import read_history
from tests.unit.operations.fakes import FakeAws
from tests.unit.operations.plans.topologies import isolated, open_in, topology, with_region, without

SEEN = {"us-east-1": "2026-01-31T12:00:04.000Z", "us-east-2": "2026-01-31T12:00:05.000Z"}


def recorded(*writers: tuple[str, Writer], dead: str = "") -> FakeAws:
    """Return tables that hold what the tickers of these regions recorded."""
    items = {
        f"epoch#{region}#{writer.epoch}": {**writer.item(), "seenAt": {"S": SEEN[region]}} for region, writer in writers
    }

    def get(*, Key: dict[str, Any], **_: Any) -> Any:  # noqa: N803 — AWS's name
        found = items.get(Key["pk"]["S"])
        return {"Item": found} if found else {}

    regions = {"us-east-1", "us-east-2"} - {dead}
    return FakeAws({("dynamodb", region, "get_item"): get for region in regions})


def test_both_records_are_merged() -> None:
    before = open_in(epoch=6, by="bob")
    aws = recorded(("us-east-1", before), ("us-east-2", before), ("us-east-2", open_in(epoch=7)))
    now, then = read_history(topology(), aws, epochs=2)
    assert (now.epoch, now.writer, dict(now.seen_at)) == (7, Known(open_in()), {"us-east-2": SEEN["us-east-2"]})
    assert (then.epoch, then.writer, dict(then.seen_at)) == (6, Known(before), SEEN)


def test_epoch_that_nobody_saw_is_unknown() -> None:
    _, unseen = read_history(topology(), recorded(), epochs=2)
    assert unseen.writer == Unknown("no ticker saw it")


def test_other_replica_holds_the_records_of_a_lost_region() -> None:
    aws = recorded(("us-east-1", open_in(epoch=6)), dead="us-east-1")
    _, then = read_history(without(topology(), Role.PRIMARY), aws, epochs=2)
    assert then.writer == Known(open_in(epoch=6))


def test_without_a_quorum_the_newest_that_is_remembered_is_the_first() -> None:
    found = isolated(without(topology(), Role.PRIMARY), Role.STANDBY)
    assert [each.epoch for each in read_history(found, recorded(), epochs=3)] == [7, 6, 5]


def test_nothing_is_known() -> None:
    found = topology()
    for role in Role:
        found = with_region(found, role, control=Unknown("no connection"), remembered=Unknown("no connection"))
    assert read_history(found, FakeAws(), epochs=3) == []


def test_there_are_no_epochs_before_the_first() -> None:
    found = topology(writer=replace(open_in(), epoch=2))
    assert [each.epoch for each in read_history(found, recorded(), epochs=20)] == [2, 1]
