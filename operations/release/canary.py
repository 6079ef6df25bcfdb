"""Canary payments: the unmodified payment function on a table of its own, invoked version by version.

IAM, in both regions: lambda:InvokeFunction on versions of `payment-canary`; dynamodb:GetItem and dynamodb:DeleteItem on
the canary table.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from contract.environment import PARTITION_KEY, PAYMENT_PREFIX, Function
from contract.roles import Role
from operations.aws import Aws
from operations.release.canary_requests import CanaryCase, event_of
from operations.site import Site

INVOCATION_SECONDS = 30.0
"""A cold start, and the longest that the function takes."""


@dataclass(frozen=True)
class CanaryAnswer:
    """What a version answered: the status, headers and body, or the error with which it ended."""

    status: int
    headers: Mapping[str, str]
    body: object
    error: str = ""


class CanaryClient:
    """Invokes the canary function of a region, and reads and clears what it has stored."""

    def __init__(self, site: Site, aws: Aws, role: Role) -> None:
        self._region = site.regions[role]
        self._patient = aws.hurried(read_timeout=INVOCATION_SECONDS)  # one attempt: a second one would be a replay
        self._tables = aws.client("dynamodb", self._region.name)

    def ask(self, version: str, case: CanaryCase, transaction_id: str) -> CanaryAnswer:
        """Send a case to a version.

        Raises:
            ClientError, BotoCoreError: The function was not reached.
        """
        event = event_of(case, transaction_id, uuid4().hex)
        answer = self._patient.client("lambda", self._region.name).invoke(
            FunctionName=self._region.function_names[Function.PAYMENT_CANARY],
            Qualifier=version,
            Payload=json.dumps(event).encode(),
        )
        return read_answer(answer["Payload"].read(), failed=bool(answer.get("FunctionError")))

    def stored(self, transaction_id: str) -> Mapping[str, Any] | None:
        """Read what is stored under an id; None if nothing is."""
        answer = self._tables.get_item(
            TableName=self._region.canary_table_name, Key=_key(transaction_id), ConsistentRead=True
        )
        item: Mapping[str, Any] | None = answer.get("Item")
        return item

    def delete(self, transaction_id: str) -> None:
        """Delete what is stored under an id."""
        self._tables.delete_item(TableName=self._region.canary_table_name, Key=_key(transaction_id))


def read_answer(payload: bytes, *, failed: bool) -> CanaryAnswer:
    """Read what an invocation returned; anything but a proxy response is an error."""
    try:
        document = json.loads(payload)
        if failed:
            return CanaryAnswer(0, {}, None, str(document.get("errorType") or document.get("errorMessage")))
        body = document.get("body")
        return CanaryAnswer(int(document["statusCode"]), document.get("headers") or {}, json.loads(body or "null"))
    except (ValueError, LookupError, TypeError, AttributeError):
        return CanaryAnswer(0, {}, None, f"no proxy response: {payload[:80]!r}")


def _key(transaction_id: str) -> dict[str, dict[str, str]]:
    return {PARTITION_KEY: {"S": f"{PAYMENT_PREFIX}{transaction_id}"}}
