"""Which API call a schedule's target is: a universal target names it, others stand for one (pure).

https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-targets-universal.html
"""

import json
import re
from collections.abc import Mapping
from typing import Any, Final, NamedTuple

UNIVERSAL: Final = re.compile(r"arn:aws:scheduler:::aws-sdk:(?P<service>[a-z0-9]+):(?P<action>[a-z]\w*)")

READ_ONLY: Final = (
    *("get", "describe", "list", "poll", "receive", "search", "scan", "query", "select", "read", "lookup"),
    *("discover", "validate", "batchGet", "batchDescribe", "batchRead", "transactGet", "adminGet", "adminList"),
    *("testMigration", "retrieve", "testConnection", "translateDocument", "isAuthorized", "invokeModel"),
)
"""How actions begin that no schedule can call."""


class BadTargetError(ValueError):
    """A target that no schedule can have; the message says why."""


class TargetCall(NamedTuple):
    """A call of the SDK: the service and operation as the SDK names them."""

    service: str
    operation: str
    parameters: Mapping[str, Any]


class ScheduledAttempt(NamedTuple):
    """What a target's input can name in angle brackets: `<aws.scheduler.scheduled-time>`."""

    schedule_arn: str
    scheduled_time: str
    execution_id: str
    attempt_number: int

    def filled_in(self, text: str) -> str:
        """Return a text with its keywords replaced."""
        for name, value in self._asdict().items():
            text = text.replace(f"<aws.scheduler.{name.replace('_', '-')}>", str(value))
        return text


def call_of(arn: str, text: str) -> TargetCall:
    """Return the call that a target is, by its ARN and its input.

    Raises:
        BadTargetError: It is none, or one that the emulator does not make.
    """
    universal = UNIVERSAL.fullmatch(arn)
    if universal is not None:
        return _universal(universal["service"], universal["action"], text)
    match arn.split(":", 5):
        case ["arn", _, "lambda", _, _, _]:
            parameters = {"FunctionName": arn, "InvocationType": "Event", "Payload": text or "{}"}
            return TargetCall("lambda", "Invoke", parameters)
        case ["arn", _, "sqs", _, account, name]:
            return TargetCall("sqs", "SendMessage", {"QueueUrl": f"/{account}/{name}", "MessageBody": text})
        case ["arn", _, "sns", _, _, _]:
            return TargetCall("sns", "Publish", {"TopicArn": arn, "Message": text})
        case ["arn", _, "states", _, _, _]:
            return TargetCall("stepfunctions", "StartExecution", {"stateMachineArn": arn, "input": text or "{}"})
        case _:
            raise BadTargetError(f"Target.Arn must be a universal target, a function, a queue or a topic, got {arn}")


def _universal(service: str, action: str, text: str) -> TargetCall:
    if action.startswith(READ_ONLY):
        raise BadTargetError(f"Target.Arn must name no action that only reads, got {action}")
    try:
        parameters = json.loads(text or "{}")
    except ValueError:
        parameters = None
    if not isinstance(parameters, dict):
        raise BadTargetError("Target.Input must be a JSON object with the parameters of the action")
    return TargetCall(service, action[0].upper() + action[1:], parameters)
