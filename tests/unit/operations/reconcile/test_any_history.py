"""Whatever happened: a period finds exactly what the whole comparison finds of the payments touched in it."""

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from handlers.payments.logged_payment import LoggedPayment
from handlers.payments.model import StoredPayment
from handlers.runtime import timestamp
from operations.reconcile.reconciliation import Scope
from operations.reconcile.sources import LOGS, TABLES, Place
from tests.unit.operations.reconcile.exports import write_export
from tests.unit.operations.reconcile.world import NOW, PRIMARY, REGIONS, STANDBY, World, lines, stored

PAYMENTS = 24
"""How many payments have a history in one example: few events each, and batches that they share."""
HOUR = 3600.0
BEGAN = NOW - 400 * HOUR
"""Older than everything, so that S3 has replicated all logs and replication has carried what it will."""
MARGIN = 5.0
"""How far S3's clock and the functions' may differ: what was logged just before the period belongs to it."""


@dataclass(frozen=True)
class Event:
    """One thing that happens to a payment, some hours after the beginning."""

    payment: int
    hour: int
    kind: str
    amount: str = "10.50"
    region: str = PRIMARY
    lost: tuple[Place, ...] = ()
    """What it never reached."""
    logged_later: int = 0
    """Hours until its log was written; what is logged in the same hour shares a batch of the stream."""

    @property
    def at(self) -> float:
        return BEGAN + self.hour * HOUR


EVENTS = st.builds(
    Event,
    payment=st.integers(0, PAYMENTS - 1),
    hour=st.integers(0, 12).map(lambda some: 25 * some),
    kind=st.sampled_from(["stored", "repaired", "logged again"]),
    amount=st.sampled_from(["10.50", "99.99"]),
    region=st.sampled_from([PRIMARY, STANDBY]),
    lost=st.sets(st.sampled_from([*TABLES, *LOGS]), max_size=3).map(lambda some: tuple(sorted(some))),
    logged_later=st.sampled_from([0, 0, 0, 25, 90]),
)


@dataclass(frozen=True)
class Late:
    """A payment that was stored a second ago in one replica, and whether it reaches the other in time."""

    payment: int
    place: Place
    arrives: bool


LATE = st.builds(
    Late, payment=st.integers(PAYMENTS - 2, PAYMENTS + 5), place=st.sampled_from(TABLES), arrives=st.booleans()
)


@dataclass
class Past:
    """A world that events happened to."""

    world: World = field(default_factory=World)
    batches: dict[tuple[Place, str, int], list[StoredPayment]] = field(default_factory=dict)
    """What will be logged, by bucket, region and hour."""

    def live_through(self, event: Event) -> None:
        """Let an event happen, as last-writer-wins replication, the stream and S3 would."""
        id_ = f"payment-{event.payment}"
        older = self._held(id_)
        if event.kind == "stored" or not older:
            payment = stored(id_, at=event.at, amount=event.amount, region=event.region)
        else:  # inserted again as it was, or handed over by the stream again
            payment = older[0]
        for place in (*TABLES, *LOGS):
            if place in event.lost:
                continue
            if place.is_table:
                if event.kind != "logged again":
                    self.world.hold(payment, place)
            else:
                batch = place, payment.region, event.hour + event.logged_later
                self.batches.setdefault(batch, []).append(payment)

    def write_logs(self) -> None:
        """Write each batch into one object, which is filed by the day of its first payment."""
        for (place, region, hour), payments in self.batches.items():
            bucket = self.world.buckets[REGIONS[place.role]]
            key = f"transaction-logs/{region}/{payments[0].stored_at[:10].replace('-', '/')}/{hour}.jsonl"
            lines = (LoggedPayment.from_item(each.item()).line() for each in payments)
            bucket.objects[key] = "".join(f"{line}\n" for line in lines).encode()
            bucket.written[key] = datetime.fromtimestamp(BEGAN + hour * HOUR, UTC)

    def repair(self, directory: Path) -> None:
        """Insert what replicas miss; the stream logs what was inserted, now."""
        before = {region: dict(replica.items) for region, replica in self.world.tables.items()}
        self.world.reconcile(directory / "repair", repairing=True)
        for region, replica in self.world.tables.items():
            for key in replica.items.keys() - before[region].keys():
                payment = StoredPayment.from_item(replica.items[key])
                if payment.region == region:
                    for bucket in self.world.buckets.values():
                        bucket.log(payment, at=self.world.clock.now)

    def store_lately(self, late: list[Late]) -> None:
        """Store payments a second ago; some reach the other replica while somebody waits."""
        now = {each.payment: (stored(f"payment-{each.payment}", at=NOW - 1), each) for each in late}
        for payment, each in now.values():
            self.world.hold(payment, each.place)

        def arrive() -> None:
            for payment, each in now.values():
                if each.arrives:
                    self.world.hold(payment, *TABLES)

        self.world.clock.on_sleep = arrive

    def since(self, moment: float) -> set[str]:
        """Return the payments that were touched since then."""
        return {id_ for id_, at in self._moments() if at >= moment}

    def _moments(self) -> Iterator[tuple[str, float]]:
        for replica in self.world.tables.values():
            for item in replica.items.values():
                held = StoredPayment.from_item(item)
                yield held.payment.transaction_id, _seconds(held.stored_at)
        for bucket in self.world.buckets.values():
            for key, body in bucket.objects.items():
                for line in body.decode().splitlines():
                    logged = LoggedPayment.from_line(line)
                    yield logged.transaction_id, _seconds(logged.stored_at)
                    yield logged.transaction_id, bucket.written[key].timestamp() + MARGIN

    def _held(self, id_: str) -> list[StoredPayment]:
        items = [replica.items.get(f"payment#{id_}") for replica in self.world.tables.values()]
        return [StoredPayment.from_item(item) for item in items if item is not None]


@given(
    events=st.lists(EVENTS, min_size=20, max_size=60),
    late=st.lists(LATE, max_size=6),
    since=st.integers(0, 400),
    exported=st.booleans(),
    repaired=st.booleans(),
)
@settings(max_examples=8, deadline=None)  # what a comparison costs it costs however many payments it has
def test_a_period_finds_what_the_whole_comparison_finds_of_what_was_touched(
    events: list[Event], late: list[Late], since: int, *, exported: bool, repaired: bool
) -> None:
    past = Past()
    for event in sorted(events, key=lambda each: each.hour):
        past.live_through(event)
    past.write_logs()
    moment = BEGAN + since * HOUR + 0.5
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        if repaired:
            past.repair(directory)
        past.store_lately(late)
        exports = None
        if exported:
            for region, replica in past.world.tables.items():
                write_export(directory / "exports", region, list(replica.items.values()), at=NOW)
            exports = str(directory / "exports")
        before = {region: dict(replica.items) for region, replica in past.world.tables.items()}
        past.world.reconcile(directory / "whole", scope=Scope(exports=exports))
        for region, replica in past.world.tables.items():  # what was too young is too young again
            replica.items = dict(before[region])
        past.world.clock.now = NOW
        report = past.world.reconcile(directory / "period", scope=Scope(since=timestamp(moment), exports=exports))
        whole, period = digests(directory / "whole"), digests(directory / "period")
    touched = past.since(moment)
    assert period == {id_: digest for id_, digest in whole.items() if id_ in touched}
    assert report.touched == len(touched)
    assert report.status == (1 if period else 0 if touched else 2)


def digests(trail: Path) -> dict[str, str]:
    """Return the evidence of each finding."""
    return {line["finding"]["transactionId"]: line["finding"]["digest"] for line in lines(trail, "seen")}


def _seconds(moment: str) -> float:
    return datetime.fromisoformat(moment).timestamp()
