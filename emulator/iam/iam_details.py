"""Actions and resources that MiniStack's IAM takes for others, as readers of a deployment's state meet them."""

import json
import re
from collections.abc import Callable

from ministack.core import iam_actions, iam_evaluator
from ministack.services import dynamodb_streams, iam

from emulator.dynamodb.recovery.rights import resource_named_in
from emulator.functions import function_actions
from emulator.patching import Theirs, wrap

_HEALTH_CHECK_PATH = re.compile(r"^/2013-04-01/healthcheck/(?P<id>[^/]+)")
_BATCH_OF_MESSAGES = re.compile(r"^(sqs:\w+Message\w*)Batch$")


def install() -> None:
    """Let policies name them, and refuse those that name others."""
    wrap(iam_actions, "extract_iam_action", _knowing_batches)
    wrap(iam_actions, "extract_resource_arn", _knowing_more_resources)
    wrap(iam_actions, "_lambda_action", _knowing_more_actions)
    wrap(iam_evaluator, "_resolve_condition_key", _naming_the_role)


def _knowing_batches(original: Callable[..., str | None]) -> Callable[..., str | None]:
    """A batch of messages is judged as what it does to each."""

    def extract(*request: Theirs) -> str | None:
        action = original(*request)
        return action and _BATCH_OF_MESSAGES.sub(r"\1", action)

    return extract


def _knowing_more_resources(original: Callable[..., str]) -> Callable[..., str]:
    """Health checks, streams, backups and versions are resources; alarms are described at once."""

    def extract(
        service: str,
        method: str,
        path: str,
        headers: Theirs,
        body: Theirs,
        parameters: Theirs,
        region: str,
        account: str,
    ) -> str:
        request = (service, method, path, headers, body, parameters)
        if service == "route53" and (check := _HEALTH_CHECK_PATH.match(path)):
            return f"arn:aws:route53:::healthcheck/{check['id']}"
        if service == "monitoring" and iam_actions.extract_iam_action(*request) == "cloudwatch:DescribeAlarms":
            return f"arn:aws:cloudwatch:{region}:{account}:alarm:*"
        if service in {"dynamodb", "dynamodbstreams"} and (stream := stream_named_in(body)):
            return stream
        if service == "dynamodb" and (resource := resource_named_in(body, region, account)):
            return resource
        named = original(*request, region, account).replace(":rule/default/", ":rule/")
        if service == "logs" and iam_actions.extract_iam_action(*request) == "logs:FilterLogEvents":
            return f"{named}:*"  # the form that AWS asks of policies for a group's streams and events
        return function_actions.resource_of(named, path, parameters) if service == "lambda" else named

    return extract


def stream_named_in(body: bytes) -> str | None:
    """Return the ARN of the stream that a request names, itself or by the iterator that it was given; None without."""
    try:
        asked = json.loads(body or b"{}")
        iterator = dynamodb_streams._decode_iterator(asked.get("ShardIterator") or "")  # noqa: SLF001 — no public seam
        found = asked.get("StreamArn") or (iterator or {}).get("arn")
    except (ValueError, AttributeError):
        return None
    return found if isinstance(found, str) else None


def _knowing_more_actions(original: Callable[..., str | None]) -> Callable[..., str | None]:
    """Each part of a function has actions of its own to read, set and delete it."""
    return lambda method, path: function_actions.action_of(method, path) or original(method, path)


def _naming_the_role(original: Callable[..., Theirs]) -> Callable[..., Theirs]:
    """A session's `aws:PrincipalArn` is its role's ARN.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-principalarn
    """

    def resolve(key: str, context: Theirs) -> Theirs:
        if key.lower() == "aws:principalarn" and ":assumed-role/" in context.principal_arn:
            name = context.principal_arn.split("/")[1]
            role = iam._roles.get_scoped(context.principal_account, None, name) or {}  # noqa: SLF001 — no public seam
            return role.get("Arn", context.principal_arn)
        return original(key, context)

    return resolve
