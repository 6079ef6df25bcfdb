"""The simulated SDK: attempts, time-outs, guards, and what arrives after the caller has given up."""

import pytest
from botocore.exceptions import ClientError, ConnectTimeoutError, EndpointConnectionError, ReadTimeoutError

from simulation.primitives.sdk import Limits, SdkClient
from simulation.primitives.service import ServiceFaults
from simulation.primitives.tables import GlobalTable
from tests.unit.simulation.stage import LIMITS, ONE, OTHER, Stage, code, key


class Table:
    """One replica and a client of it."""

    def __init__(self, *, lingers: bool = False, limits: Limits = LIMITS) -> None:
        self.stage = Stage(lingers=lingers)
        self.table = GlobalTable(self.stage.kernel, self.stage.network, (ONE, OTHER))
        self.replica = self.table.replicas[ONE]
        self.client: SdkClient = self.stage.client(self.replica, limits=limits)

    def put(self, name: str = "a") -> object:
        return self.client.put_item(TableName="t", Item=key(name))

    @property
    def is_stored(self) -> bool:
        return self.replica.item("a") is not None


def test_an_answer_comes_within_milliseconds() -> None:
    given = Table()
    call = given.stage.call(given.put)
    assert call.error is None
    assert 0 < call.at < 0.1
    assert given.is_stored


def test_a_lost_region_is_not_reached() -> None:
    given = Table()
    given.stage.lose(ONE)
    call = given.stage.call(given.put)
    assert isinstance(call.error, ConnectTimeoutError | EndpointConnectionError)
    assert call.at <= 1.001


def test_a_lost_answer_times_out_although_it_is_stored() -> None:
    given = Table()
    given.replica.faults = ServiceFaults(lost_answers=1.0)
    call = given.stage.call(given.put)
    assert isinstance(call.error, ReadTimeoutError)
    assert given.is_stored


def test_second_attempt_follows_a_failure_and_is_counted() -> None:
    given = Table(limits=Limits(1, 2, 2))
    given.replica.faults = ServiceFaults(is_down=True)
    call = given.stage.call(given.put)
    assert isinstance(call.error, ClientError)
    assert code(call) == "InternalServerError"
    assert call.error.response["ResponseMetadata"]["RetryAttempts"] == 1


def test_a_failed_condition_is_no_reason_for_another_attempt() -> None:
    given = Table(limits=Limits(1, 2, 2))

    def put_twice() -> None:
        given.put()
        given.client.put_item(
            TableName="t",
            Item=key("a"),
            ConditionExpression="attribute_not_exists(pk)",
            ReturnValuesOnConditionCheckFailure="ALL_OLD",
        )

    call = given.stage.call(put_twice)
    assert code(call) == "ConditionalCheckFailedException"
    assert isinstance(call.error, ClientError)
    assert call.error.response["Item"] == key("a")  # type: ignore[typeddict-item]
    assert call.error.response["ResponseMetadata"]["RetryAttempts"] == 0


def test_a_guard_is_asked_before_each_attempt_and_again_after_connecting() -> None:
    given, asked = Table(), []
    given.client.guards.append(("put_item", lambda: asked.append(given.stage.kernel.now)))
    given.stage.call(lambda: (given.put(), given.put(), given.client.get_item(TableName="t", Key=key("a"))))
    assert len(asked) == 3  # the first had to connect; reads are not guarded


def test_nothing_is_sent_when_the_guard_raises() -> None:
    given = Table()

    def refuse() -> None:
        raise PermissionError

    given.client.guards.append(("put_item", refuse))
    assert isinstance(given.stage.call(given.put).error, PermissionError)
    assert not given.is_stored


@pytest.mark.parametrize(("lingers", "stored"), [(False, False), (True, True)])
def test_what_was_given_up_arrives_only_from_lingering_sockets(*, lingers: bool, stored: bool) -> None:
    given = Table(lingers=lingers)
    given.stage.call(lambda: given.client.get_item(TableName="t", Key=key("a")), seconds=5)  # it is connected now
    given.stage.lose(ONE)
    call = given.stage.call(given.put, seconds=10)
    assert isinstance(call.error, ReadTimeoutError)
    given.stage.bring_back(ONE)
    given.stage.pass_(60)
    assert given.is_stored is stored


def test_a_short_partition_only_delays() -> None:
    given = Table()
    given.stage.call(lambda: given.client.get_item(TableName="t", Key=key("a")), seconds=5)
    given.stage.lose(ONE)
    call = given.stage.start(given.put)
    given.stage.pass_(0.5)
    given.stage.bring_back(ONE)
    given.stage.pass_(60)
    assert call.error is None
    assert given.is_stored
