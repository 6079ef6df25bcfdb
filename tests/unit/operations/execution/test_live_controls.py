"""What is asked of which region, and how a trouble is told."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from contract.roles import Role
from handlers.writer.changes import StaleEpochError, hold
from handlers.writer.item import Writer
from operations.endpoints import EndpointSettings
from operations.execution.controls import DoubtfulEpochError, NotAvailableError
from operations.execution.live_controls import LiveControls
from tests.unit.fake_clock import FakeClock
from tests.unit.operations.fakes import FakeAws, refused
from tests.unit.operations.plans.topologies import SITE, open_in
from tests.unit.operations.topology.outside import Outside
from tests.unit.operations.topology.streams import StreamedTable

PRIMARY, STANDBY = Role.PRIMARY, Role.STANDBY
ISOLATED = refused("GetItem", "InternalServerError")


def controls(aws: FakeAws) -> LiveControls:
    return LiveControls(
        site=SITE,
        aws=aws,
        clock=FakeClock(),
        surroundings=EndpointSettings(),
        by="alice",
        why="drill",
        edge=Outside(),
    )


def holding(controls: LiveControls) -> Writer:
    return hold(open_in(), controls.author())


class TestWriter:
    """Any replica that has a quorum will do."""

    def test_other_replica_is_asked_where_one_has_no_quorum(self) -> None:
        aws = FakeAws(
            {
                ("dynamodb", "us-east-1", "get_item"): ISOLATED,
                ("dynamodb", "us-east-2", "get_item"): {"Item": open_in().item()},
            }
        )
        subject = controls(aws)
        assert subject.writer() == subject.writer() == open_in()
        asked = [region for _, region, _, _ in aws.calls]
        assert asked == ["us-east-1", "us-east-2", "us-east-2"]  # the one that answered is asked first from then on

    def test_no_quorum_anywhere_names_every_reason(self) -> None:
        aws = FakeAws({("dynamodb", "us-east-1", "get_item"): ISOLATED})
        with pytest.raises(NotAvailableError) as error:
            controls(aws).writer()
        assert str(error.value) == (
            "no replica of the control table has a quorum "
            "(us-east-1: InternalServerError (GetItem); us-east-2: no connection)"
        )

    def test_change_goes_to_the_nearest_replica(self) -> None:
        aws = FakeAws({("dynamodb", "put_item"): {}})
        subject = controls(aws)
        after = holding(subject)
        assert subject.change(open_in(), after, near=STANDBY) == after
        ((_, region, _, parameters),) = aws.calls
        assert (region, parameters["TableName"], parameters["Item"]) == (
            "us-east-2",
            "payments-control-dev",
            after.item(),
        )

    def test_change_that_comes_second_is_stale(self) -> None:
        def taken(**_: Any) -> Any:
            raise ClientError(
                {"Error": {"Code": "ConditionalCheckFailedException"}, "Item": open_in(epoch=9).item()},  # type: ignore[typeddict-unknown-key]
                "PutItem",
            )

        subject = controls(FakeAws({("dynamodb", "put_item"): taken}))
        with pytest.raises(StaleEpochError) as stale:
            subject.change(open_in(), holding(subject), near=PRIMARY)
        assert stale.value.now == open_in(epoch=9)

    def test_lost_answer_is_asked_for_in_the_other_region(self) -> None:
        made: list[dict[str, Any]] = []

        def lose(*, Item: dict[str, Any], **_: Any) -> Any:  # noqa: N803 — AWS's name
            made.append(Item)
            raise ClientError({"Error": {"Code": "InternalServerError"}}, "PutItem")

        def meet(**_: Any) -> Any:
            raise ClientError(
                {"Error": {"Code": "ConditionalCheckFailedException"}, "Item": made[0]},  # type: ignore[typeddict-unknown-key]
                "PutItem",
            )

        subject = controls(
            FakeAws({("dynamodb", "us-east-1", "put_item"): lose, ("dynamodb", "us-east-2", "put_item"): meet})
        )
        after = holding(subject)
        assert subject.change(open_in(), after, near=PRIMARY) == after

    @pytest.mark.parametrize(
        ("trouble", "doubtful"), [({("dynamodb", "us-east-1", "put_item"): ISOLATED}, True), ({}, False)]
    )
    def test_stale_epoch_after_a_lost_answer_is_doubtful(self, trouble: dict[Any, Any], doubtful: bool) -> None:  # noqa: FBT001
        def taken(**_: Any) -> Any:
            raise ClientError(
                {"Error": {"Code": "ConditionalCheckFailedException"}, "Item": open_in(epoch=9).item()},  # type: ignore[typeddict-unknown-key]
                "PutItem",
            )

        subject = controls(FakeAws({**trouble, ("dynamodb", "us-east-2", "put_item"): taken}))
        with pytest.raises(StaleEpochError) as stale:
            subject.change(open_in(), holding(subject), near=PRIMARY)
        assert isinstance(stale.value, DoubtfulEpochError) is doubtful


def test_glass_is_broken_in_the_payments_table() -> None:
    aws = FakeAws({("dynamodb", "us-east-2", "put_item"): {}})
    controls(aws).break_glass(STANDBY, 7)
    ((_, _, _, parameters),) = aws.calls
    assert parameters["TableName"] == "payments-dev"
    assert (parameters["Item"]["pk"], parameters["Item"]["epoch"]) == ({"S": "control#glass#us-east-2"}, {"N": "7"})


def test_first_payments_are_those_that_began_in_the_region() -> None:
    table = StreamedTable()
    subject = controls(table.aws)
    table.show("payment#before", at=100)
    assert subject.begun_in(PRIMARY) == []
    table.show("payment#elsewhere", at=101, region="us-east-2")
    table.show("payment#here", at=101)
    assert subject.begun_in(PRIMARY) == ["here"]
    assert subject.begun_in(PRIMARY) == ["here"]


def test_waiting_payments_are_listed_by_id() -> None:
    messages = [{"Body": '{"transactionId": "t-1"}', "MessageId": "m-1"}, {"Body": "?", "MessageId": "m-2"}]
    aws = FakeAws({("sqs", "us-east-1", "receive_message"): {"Messages": messages}})
    assert controls(aws).waiting_payments(PRIMARY) == ["t-1", "m-2"]
    assert aws.calls[0][3]["VisibilityTimeout"] == 0


def test_replication_is_followed() -> None:
    table = StreamedTable()
    watch = controls(table.aws).replicating(PRIMARY, STANDBY)
    table.show("payment#1", at=100)
    watch.catch_up(5)
    assert (list(watch.missing), watch.knows_history, watch.shown) == (["payment#1"], True, 1)
    watch.expect_more()
    assert not watch.at_end
    table.throttled = True
    with pytest.raises(NotAvailableError, match="replication: ThrottlingException"):
        watch.follow()


@pytest.mark.parametrize(
    "ask",
    [
        lambda it: it.owns(PRIMARY),
        lambda it: it.answered(),
        lambda it: it.waiting_in(PRIMARY),
        lambda it: it.waiting_payments(PRIMARY),
        lambda it: it.begun_in(PRIMARY),
        lambda it: it.replicating(PRIMARY, STANDBY),
        lambda it: it.break_glass(PRIMARY, 7),
    ],
)
def test_missing_answer_is_not_available(ask: Any) -> None:
    with pytest.raises(NotAvailableError):
        ask(controls(FakeAws()))
