"""A line of the log is believed when its content gives its digest; what an object's end looks like does not matter."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from handlers.payments.logged_payment import LoggedPayment
from handlers.payments.model import StoredPayment
from handlers.runtime import timestamp
from operations.reconcile.findings import FindingKind
from operations.reconcile.log_lines import split_lines, verify_line
from operations.reconcile.reconciliation import Scope
from operations.reconcile.sources import LOGS
from tests.unit.operations.reconcile.world import OLD, World, found, lines, stored

LINE = LoggedPayment.from_item(stored("paid").item()).line().encode()
ENVELOPE = json.loads(LINE)


def world_of(change: Callable[[bytes], bytes], *payments: StoredPayment) -> World:
    """Return a world that lacks nothing, after a change to each log of both buckets but the last payment's."""
    world = World()
    for payment in payments:
        world.hold(payment)
    world.hold(stored("recent", at=OLD + 120))
    for bucket in world.buckets.values():
        for key in sorted(bucket.objects)[:-1]:
            bucket.objects[key] = change(bucket.objects[key])
    return world


def falsify(line: bytes) -> bytes:
    """Replace the digest of a line."""
    return line.replace(ENVELOPE["digest"].encode(), b"f" * 64)


@pytest.mark.parametrize("since", ["", timestamp(OLD - 60)])
def test_a_line_whose_content_does_not_give_its_digest_is_never_clean(trail: Path, since: str) -> None:
    report = world_of(falsify, stored("paid")).reconcile(trail, scope=Scope(since=since))
    assert report.status == 1
    assert {id_: kinds for id_, (kinds, _) in found(trail).items()} == {"paid": (FindingKind.MALFORMED,)}


def test_one_from_before_the_period_is_found_when_its_payment_was_touched_in_it(trail: Path) -> None:
    world = world_of(falsify, stored("paid"))
    world.hold(stored("paid", at=OLD + 120))
    world.reconcile(trail, scope=Scope(since=timestamp(OLD + 60)))
    assert found(trail)["paid"][0] == (FindingKind.MALFORMED,)


@pytest.mark.parametrize("since", ["", timestamp(OLD - 60)])
def test_an_object_may_end_without_the_end_of_its_line(trail: Path, since: str) -> None:
    world = world_of(bytes.rstrip, *(stored(f"paid-{number}") for number in range(3)))
    report = world.reconcile(trail, scope=Scope(since=since))
    assert report.clean
    assert set(report.payments.values()) == {4}


@pytest.mark.parametrize(
    "line",
    [
        LINE,
        LoggedPayment.from_line(LINE.decode()).line(by="on call", reason="a gap").encode(),
        json.dumps(ENVELOPE).encode(),
        json.dumps(ENVELOPE, indent=1).replace("\n", " ").encode() + b"\r",
    ],
    ids=["as written", "an operator's", "spaced and escaped", "more so"],
)
def test_a_line_may_be_written_otherwise(line: bytes) -> None:
    assert verify_line(line) == LINE


@pytest.mark.parametrize(
    ("line", "id_"),
    [
        (LINE.replace(b"EUR", b"USD"), "paid"),
        (LINE.replace(b'"digest"', b'"other"'), "paid"),
        (LINE.replace("ü".encode(), b"\xfc"), ""),
        (LINE[:40], ""),
        (b"[]", ""),
        (b"[" * 100_000, ""),
        (b'{"id":7}', ""),
        ('{"id":"ü"}'.encode(), ""),
    ],
    ids=["changed", "no digest", "no UTF-8", "cut off", "a list", "too deep", "a number", "no id of ours"],
)
def test_what_is_left_of_others(line: bytes, id_: str) -> None:
    read = json.loads(verify_line(line))
    assert read["id"] == id_
    assert read.keys() == {"id", "malformed"}


def test_lines_without_anything_are_none() -> None:
    assert list(split_lines(b"a\n\nb\n \nc")) == [b"a", b"b", b"c"]


def test_a_period_finds_the_same_evidence_as_the_whole_comparison(trail: Path) -> None:
    """A falsified line and items that are no payments, whose replicas a scan of the period reads in part."""

    def digests(since: str) -> dict[str, str]:
        world = world_of(falsify, stored("paid"))
        for region, table in world.tables.items():
            world.buckets[region].log(stored("odd"), at=OLD + 120)
            table.items["payment#odd"] = {"pk": {"S": "payment#odd"}, "storedAt": {"S": stored("odd").stored_at}}
        world.hold(stored("paid"), *LOGS)
        for bucket in world.buckets.values():
            newest = max(bucket.objects, key=lambda key: int(key.rpartition("-")[2].partition(".")[0]))
            bucket.written[newest] = datetime.fromtimestamp(OLD + 120, UTC)
        path = trail.with_name(f"{since or 'whole'}.jsonl")
        world.reconcile(path, scope=Scope(since=since))
        return {line["finding"]["transactionId"]: line["finding"]["digest"] for line in lines(path, "seen")}

    whole = digests("")
    assert set(whole) == {"paid", "odd"}
    assert digests(timestamp(OLD + 60)) == whole


class TestAccepting:
    """Who accepts an entry that is no payment accepts exactly that one, so many times."""

    @pytest.mark.parametrize("then", [[b"one", b"two"], [b"two"], [b"one", b"one"]], ids=["more", "other", "again"])
    def test_lines(self, trail: Path, then: list[bytes]) -> None:
        def with_lines(some: list[bytes]) -> World:
            world = world_of(lambda line: line)
            for bucket in world.buckets.values():
                bucket.objects["transaction-logs/operators/x.jsonl"] = b"\n".join(some)
            return world

        digest = with_lines([b"one"]).reconcile(trail).findings[0].digest
        scope = Scope(accepted=frozenset({digest}))
        assert with_lines([b"one"]).reconcile(trail, scope=scope).clean
        assert with_lines(then).reconcile(trail, scope=scope).status == 1

    def test_items(self, trail: Path) -> None:
        def with_item(**attributes: str) -> World:
            world = world_of(lambda line: line)
            item = {"pk": {"S": "payment#odd"}, **{name: {"S": text} for name, text in attributes.items()}}
            world.tables["us-east-1"].items["payment#odd"] = item
            return world

        digest = with_item(other="1").reconcile(trail).findings[0].digest
        scope = Scope(accepted=frozenset({digest}))
        assert with_item(other="1").reconcile(trail, scope=scope).clean
        assert with_item(other="2").reconcile(trail, scope=scope).status == 1

    def test_dead_letters(self, trail: Path) -> None:
        def with_letters(*bodies: str) -> World:
            world = world_of(lambda line: line)
            world.queues["us-east-1"].letters = list(bodies)
            return world

        letter = '{"transactionId":"t"}'
        digest = with_letters(letter).reconcile(trail).findings[0].digest
        scope = Scope(accepted=frozenset({digest}))
        assert with_letters(letter).reconcile(trail, scope=scope).clean
        assert with_letters('{"transactionId":"t","amount":"1"}').reconcile(trail, scope=scope).status == 1
        assert with_letters(letter, letter).reconcile(trail, scope=scope).status == 1


def test_the_line_of_a_changed_payment_is_a_version_like_any_other() -> None:
    changed = LoggedPayment.from_line(LINE.decode()).line(changedAt="2026-01-31T12:00:00.000Z").encode()
    assert changed != LINE
    assert verify_line(changed) == LINE
