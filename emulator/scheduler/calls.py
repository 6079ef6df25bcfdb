# ruff: noqa: SLF001 — MiniStack offers no public seams
"""Makes a schedule's call under its role, with the SDK and over the emulator's own API: IAM and faults apply."""

import hashlib
from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from ministack.core import iam_evaluator
from ministack.core.responses import request_scope
from ministack.services import iam, sts

from emulator.scheduler.targets import TargetCall

_ONCE: Final = Config(connect_timeout=5, read_timeout=10, retries={"total_max_attempts": 1})
_SERVICE: Final = "scheduler.amazonaws.com"
_THROTTLED: Final = ("Throttl", "TooManyRequests", "ProvisionedThroughputExceeded", "RequestLimitExceeded", "SlowDown")


class CallFailure(NamedTuple):
    """Why a call has failed, and whether it may go well later."""

    code: str
    message: str
    passing: bool


class RoleCalls:
    """Makes calls under roles that trust EventBridge Scheduler.

    Args:
        endpoint_url: The emulator's own API.
    """

    def __init__(self, endpoint_url: str) -> None:
        self._endpoint_url = endpoint_url

    def make(self, call: TargetCall, *, role_arn: str, group_arn: str, region: str) -> CallFailure | None:
        """Make a call; return why it failed, or None. It blocks: for a thread."""
        if not trusts_scheduler(role_arn, group_arn):
            return CallFailure("AccessDenied", f"The role {role_arn} cannot be assumed by {_SERVICE}", passing=False)
        try:
            client = self._client(call.service, role_arn, group_arn, region)
            operations = {name.lower(): name for name in client.meta.service_model.operation_names}
            operation = operations.get(call.operation.lower())
            if operation is None:
                return CallFailure("ValidationException", f"{call.service} has no {call.operation}", passing=False)
            client._make_api_call(operation, self._addressed(call.parameters))
        except ClientError as error:
            return _failure(error)
        except (BotoCoreError, ValueError, TypeError) as error:
            passing = not isinstance(error, ValueError | TypeError) and "Connection" in type(error).__name__
            timed_out = "Timeout" in type(error).__name__
            return CallFailure(type(error).__name__, str(error), passing=passing or timed_out)
        return None

    def _client(self, service: str, role_arn: str, group_arn: str, region: str) -> Any:  # noqa: ANN401 — boto3's own
        import boto3  # here: the emulator starts without

        key, secret, token = _credentials(role_arn, group_arn)
        session: Any = boto3.Session(key, secret, token, region_name=region)
        return session.client(service, endpoint_url=self._endpoint_url, config=_ONCE)

    def _addressed(self, parameters: Mapping[str, Any]) -> dict[str, Any]:
        """Return parameters in which a queue's path is a URL."""
        url = parameters.get("QueueUrl")
        if isinstance(url, str) and url.startswith("/"):
            return {**parameters, "QueueUrl": f"{self._endpoint_url}{url}"}
        return dict(parameters)


def trusts_scheduler(role_arn: str, group_arn: str) -> bool:
    """Return whether a role's trust policy lets EventBridge Scheduler assume it for a group's schedules."""
    account = role_arn.split(":")[4] if role_arn.count(":") >= 5 else ""  # noqa: PLR2004 — an ARN's parts
    with request_scope(account, "us-east-1"):
        role = iam._roles.get(role_arn.rpartition("/")[2])
    if role is None:
        return False
    context = iam_evaluator.EvalContext(
        principal_arn="*",
        principal_type="Service",
        principal_account=account,
        action="sts:AssumeRole",
        resource_arn=role_arn,
        region="",
        service_context={"aws:sourcearn": group_arn, "aws:sourceaccount": account},
    )
    trust = iam_evaluator.evaluate_resource_policy(role["AssumeRolePolicyDocument"], context, service=_SERVICE)
    return bool(trust.decision == "Allow")


def _credentials(role_arn: str, group_arn: str) -> tuple[str, str, str]:
    """Open a session of a role, the same one each time."""
    account, name = role_arn.split(":")[4], role_arn.rpartition("/")[2]
    digest = hashlib.sha256(f"{group_arn}:{role_arn}".encode()).hexdigest()
    key, secret, token = f"ASIA{digest[:16].upper()}", f"{digest[16:56]}", f"token-{digest}"
    session = {
        "Arn": f"arn:aws:sts::{account}:assumed-role/{name}/scheduler",
        "UserId": f"{name}:scheduler",
        "SecretAccessKey": secret,
        "SessionToken": token,
    }
    sts.register_session(key, session)
    return key, secret, token


def _failure(error: ClientError) -> CallFailure:
    code = error.response["Error"].get("Code", "Unknown")
    status = error.response["ResponseMetadata"].get("HTTPStatusCode", 500)
    passing = status >= 500 or any(each in code for each in _THROTTLED)  # noqa: PLR2004 — where HTTP's errors begin
    return CallFailure(code, error.response["Error"].get("Message", ""), passing)
