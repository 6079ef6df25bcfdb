"""Which call a target is."""

import pytest

from emulator.scheduler.targets import BadTargetError, ScheduledAttempt, TargetCall, call_of

EXPORT = "arn:aws:scheduler:::aws-sdk:dynamodb:exportTableToPointInTime"
QUEUE = "arn:aws:sqs:us-east-1:000000000000:waiting"
FUNCTION = "arn:aws:lambda:us-east-1:000000000000:function:beat"
ATTEMPT = ScheduledAttempt(
    "arn:aws:scheduler:us-east-1:000000000000:schedule/default/daily", "2026-11-30T03:00:00Z", "a1", 2
)


def test_universal_target_names_service_and_action() -> None:
    call = call_of(EXPORT, '{"S3Bucket": "backups"}')
    assert call == TargetCall("dynamodb", "ExportTableToPointInTime", {"S3Bucket": "backups"})


def test_templated_targets_stand_for_a_call() -> None:
    assert call_of(FUNCTION, "{}").operation == "Invoke"
    assert call_of(QUEUE, "hello").parameters == {"QueueUrl": "/000000000000/waiting", "MessageBody": "hello"}


@pytest.mark.parametrize(
    "action", ["getItem", "describeExport", "listTables", "scan", "batchGetItem", "transactGetItems"]
)
def test_actions_that_only_read_are_refused(action: str) -> None:
    with pytest.raises(BadTargetError, match=f"got {action}"):
        call_of(f"arn:aws:scheduler:::aws-sdk:dynamodb:{action}", "{}")


@pytest.mark.parametrize("text", ["no JSON", "[]", '"text"'])
def test_input_of_a_universal_target_is_an_object(text: str) -> None:
    with pytest.raises(BadTargetError, match=r"Target\.Input"):
        call_of(EXPORT, text)


@pytest.mark.parametrize("arn", ["no ARN", "arn:aws:ecs:us-east-1:000000000000:cluster/x", f"{EXPORT}:more"])
def test_other_targets_are_refused(arn: str) -> None:
    with pytest.raises(BadTargetError, match=r"Target\.Arn"):
        call_of(arn, "{}")


def test_keywords_are_replaced() -> None:
    keywords = ("schedule-arn", "scheduled-time", "execution-id", "attempt-number")
    text = " ".join(f"<aws.scheduler.{keyword}>" for keyword in keywords)
    assert ATTEMPT.filled_in(text) == f"{ATTEMPT.schedule_arn} 2026-11-30T03:00:00Z a1 2"
    assert ATTEMPT.filled_in("<aws.scheduler.other>") == "<aws.scheduler.other>"
