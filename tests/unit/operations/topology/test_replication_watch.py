"""Each payment that a stream shows is looked up in the other region: no other one stands for it (FACTS 1.12)."""

from dataclasses import replace

import pytest
from botocore.exceptions import ClientError

from contract.outputs import QueueKind
from contract.roles import Role
from operations.topology.asking import UnknownError
from operations.topology.loss_estimate import LossEstimate, estimate_loss
from operations.topology.model import QueueDepth
from operations.topology.payment_stream import PaymentStream, StreamStart
from operations.topology.readings import Known, Unknown
from operations.topology.replication_watch import ReplicationWatch
from tests.unit.fake_clock import FakeClock
from tests.unit.operations.fakes import FakeAws
from tests.unit.operations.plans.topologies import SITE, topology, unknown_loss, with_queue
from tests.unit.operations.topology.streams import StreamedTable, StreamShard

PRIMARY, STANDBY = Role.PRIMARY, Role.STANDBY


@pytest.fixture
def table() -> StreamedTable:
    return StreamedTable()


def watch(table: StreamedTable, *, scale: float = 1.0) -> ReplicationWatch:
    found = ReplicationWatch(SITE, table.aws, FakeClock(scale=scale), source=PRIMARY, destination=STANDBY)
    found.catch_up(10)
    return found


class TestStream:
    """Every shard is read, also those that begin meanwhile."""

    def stream(self, table: StreamedTable, start: StreamStart) -> PaymentStream:
        items, streams = (table.aws.client(service, "us-east-1") for service in ("dynamodb", "dynamodbstreams"))
        return PaymentStream(items, streams, "payments-dev", start)

    def read(self, stream: PaymentStream) -> list[str]:
        found = []
        while not stream.at_end:
            found += [each.transaction_id for each in stream.poll()]
        return found

    def test_history_is_read_from_all_shards(self, table: StreamedTable) -> None:
        for number in range(5):
            table.show(f"payment#{number}", at=100)
        table.split("shard-1", "shard-2")
        table.show("payment#5", at=101, shard="shard-2")
        stream = self.stream(table, StreamStart.HISTORY)
        assert sorted(self.read(stream)) == ["0", "1", "2", "3", "4", "5"]

    def test_from_now_on_only_what_is_new_is_shown(self, table: StreamedTable) -> None:
        table.show("payment#old", at=100)
        stream = self.stream(table, StreamStart.NOW)
        table.show("payment#new", at=101)
        table.split("shard-1", "shard-2")
        table.show("payment#newer", at=102, shard="shard-2")
        assert self.read(stream) == ["new", "newer"]
        assert stream.newest == 102

    def test_only_inserted_payments_count(self, table: StreamedTable) -> None:
        table.show("control#heartbeat#us-east-1", at=100)
        table.show("payment#changed", at=100, kind="MODIFY")
        assert self.read(self.stream(table, StreamStart.HISTORY)) == []

    def test_end_is_reached_anew_once_more_is_expected(self, table: StreamedTable) -> None:
        stream = self.stream(table, StreamStart.HISTORY)
        self.read(stream)
        stream.expect_more()
        assert not stream.at_end

    def test_what_one_shard_showed_is_not_lost_where_another_cannot_be_read(self, table: StreamedTable) -> None:
        table.shards["shard-2"] = StreamShard()
        stream = self.stream(table, StreamStart.NOW)
        table.show("payment#1", at=100)
        table.unread = {"shard-2"}
        with pytest.raises(ClientError):
            stream.poll()
        table.unread = set()
        assert self.read(stream) == ["1"]

    def test_children_begin_once_the_stream_can_be_described(self, table: StreamedTable) -> None:
        stream = self.stream(table, StreamStart.NOW)
        table.show("payment#1", at=100)
        table.split("shard-1", "shard-2")
        table.show("payment#2", at=101, shard="shard-2")
        table.unread = {"describe"}
        with pytest.raises(ClientError):
            stream.poll()
        assert not stream.at_end
        table.unread = set()
        assert self.read(stream) == ["1", "2"]

    def test_table_without_a_stream_is_unknown(self) -> None:
        aws = FakeAws({("dynamodb", "describe_table"): {"Table": {}}})
        with pytest.raises(UnknownError, match="payments-dev has no stream"):
            PaymentStream(
                aws.client("dynamodb", "x"), aws.client("dynamodbstreams", "x"), "payments-dev", StreamStart.NOW
            )


class TestWatch:
    """What has not arrived is known by name and age."""

    def test_missing_payments(self, table: StreamedTable) -> None:
        for number in range(3):
            table.show(f"payment#{number}", at=100 + number)
        table.arrived = {"payment#0", "payment#2"}
        found = watch(table)
        assert (list(found.missing), found.shown) == (["payment#1"], 3)
        assert found.oldest_seconds == pytest.approx(1.3)  # reading took 0.3 s

    def test_age_is_in_emulated_seconds(self, table: StreamedTable) -> None:
        table.show("payment#1", at=100)
        table.show("control#heartbeat#us-east-1", at=103)
        assert watch(table, scale=10).oldest_seconds == pytest.approx(33)  # reading took 0.3 s

    def test_later_one_that_arrived_proves_nothing(self, table: StreamedTable) -> None:
        table.show("payment#slow", at=100)
        table.show("control#heartbeat#us-east-1", at=150)
        table.show("payment#fast", at=169)
        table.arrived = {"payment#fast"}
        found = watch(table)
        assert list(found.missing) == ["payment#slow"]
        table.arrived.add("payment#slow")
        found.follow()
        assert not found.missing

    def test_what_is_older_than_the_recovery_point_is_not_looked_up(self, table: StreamedTable) -> None:
        table.show("payment#old", at=100)
        table.show("payment#new", at=401)
        table.arrived = {"payment#new"}
        assert not watch(table).missing

    def test_history_that_is_too_long_begins_now(self, table: StreamedTable) -> None:
        for number in range(50):
            table.show(f"payment#{number}", at=100)
        found = ReplicationWatch(SITE, table.aws, FakeClock(), source=PRIMARY, destination=STANDBY)
        found.catch_up(0.5)
        assert (found.knows_history, list(found.missing)) == (False, [])
        table.show("payment#new", at=101)
        found.follow()
        assert list(found.missing) == ["payment#new"]

    def test_many_are_looked_up_a_hundred_at_a_time(self, table: StreamedTable) -> None:
        for number in range(250):
            table.show(f"payment#{number}", at=100)
            table.arrived.add(f"payment#{number}")
        assert not watch(table).missing

    def test_throttled_stream_is_an_error(self, table: StreamedTable) -> None:
        found = watch(table)
        table.throttled = True
        with pytest.raises(ClientError):
            found.follow()


class TestLossEstimate:
    """One line before a command asks."""

    def estimate(self, table: StreamedTable) -> LossEstimate:
        found = with_queue(topology(), PRIMARY, QueueKind.RETRY, Known(QueueDepth(2, 0, 0)))
        return estimate_loss(found, table.aws, FakeClock(), source=PRIMARY, destination=STANDBY, seconds=5)

    def test_nothing_is_missing(self, table: StreamedTable) -> None:
        loss = self.estimate(table)
        assert not loss.is_possible
        assert loss.text == (
            "every payment that us-east-1's stream shows of the last 5 minutes is in us-east-2; "
            "2 waiting in us-east-1's retry queue"
        )

    def test_missing_payments_are_counted(self, table: StreamedTable) -> None:
        table.show("payment#1", at=100)
        table.show("control#heartbeat#us-east-1", at=107)
        loss = self.estimate(table)
        assert loss.is_possible
        assert loss.text.startswith("1 acknowledged payment of us-east-1, the oldest 7 s old, not yet in us-east-2; ")

    def test_silent_source_is_unknown_since_its_last_heartbeat(self) -> None:
        loss = replace(unknown_loss(), waiting=Unknown("no connection"))
        assert loss.text == (
            "it is unknown how many acknowledged payments of us-east-1 are not yet in us-east-2 (no connection); "
            "payments acknowledged there after 2026-01-31 12:00:00 UTC may be missing; "
            "how many wait in us-east-1's retry queue is unknown (no connection)"
        )

    def test_source_that_is_not_reached(self) -> None:
        loss = estimate_loss(topology(), FakeAws(), FakeClock(), source=PRIMARY, destination=STANDBY, seconds=5)
        assert loss.missing == Unknown("no connection")
        assert loss.is_possible

    def test_stream_that_is_too_long_to_be_read(self, table: StreamedTable) -> None:
        for number in range(200):
            table.show(f"payment#{number}", at=100)
        loss = self.estimate(table)
        assert loss.missing == Unknown("its stream holds more than can be read in 5 s")
        assert loss.is_long
