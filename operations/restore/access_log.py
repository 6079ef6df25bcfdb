"""Reads from a region's access log which requests of clients were answered, page by page.

IAM: logs:FilterLogEvents on the access log's group.
"""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from contract.names import access_log_group
from handlers.faults import is_throttling
from operations.clock import OperationsClock
from operations.release.call_pace import CallPace
from operations.site import RegionSite

PAYMENT_PATH = "/payment"
_FILTER = f'{{ ($.httpMethod = "POST") && ($.resourcePath = "{PAYMENT_PATH}") }}'
_COUNTED = ("2", "5")
"""Answers after which a payment is stored, and those after which it may be."""

CALL_SECONDS = 0.2
"""AWS takes 10 of these calls a second in most regions: others read logs as well."""

_THROTTLED_SECONDS = 2.0


class AccessLog:
    """The access log of one region.

    Args:
        client: CloudWatch Logs' client of the region.
        region: The region.
        suffix: The environment.
        pace: What calls wait for.
        clock: Waits after a throttled call.
    """

    def __init__(self, client: Any, region: RegionSite, suffix: str, pace: CallPace, clock: OperationsClock) -> None:  # noqa: ANN401
        self._client, self._pace, self._clock = client, pace, clock
        self._group = access_log_group(region.name, suffix)

    def read(self, file: Path, *, since: float, until: float, on_requests: Callable[[int], None]) -> None:
        """Write a JSON line for each request that may have stored a payment; times are seconds since the epoch.

        Raises:
            BotoCoreError, ClientError: The log cannot be read.
        """
        request = {
            "logGroupName": self._group,
            "startTime": max(0, int(since * 1000)),
            "endTime": int(until * 1000),
            "filterPattern": _FILTER,
        }
        token: str | None = None
        with file.open("w", encoding="utf-8") as lines:
            while True:
                answer = self._page({**request, **({"nextToken": token} if token else {})})
                found = [line for event in answer["events"] if (line := _line(event["message"]))]
                lines.writelines(found)
                on_requests(len(found))
                token = answer.get("nextToken")
                if token is None:
                    return

    def _page(self, request: dict[str, Any]) -> dict[str, Any]:
        while True:
            self._pace.wait()
            try:
                page: dict[str, Any] = self._client.filter_log_events(**request)
            except ClientError as error:
                if not is_throttling(error):
                    raise
                self._clock.sleep(_THROTTLED_SECONDS)
            else:
                return page


def _line(message: str) -> str:
    """Return what is kept of a line of the access log; empty for what stored nothing."""
    try:
        request = json.loads(message)
        asked = request["httpMethod"], request["resourcePath"]
        request_id, status = str(request["requestId"]), str(request["status"])
    except (ValueError, KeyError, TypeError):
        return ""
    if asked != ("POST", PAYMENT_PATH) or not status.startswith(_COUNTED):
        return ""
    return f"{json.dumps({'requestId': request_id, 'status': status})}\n"
