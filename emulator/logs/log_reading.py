# ruff: noqa: SLF001 — MiniStack offers no public seams
"""`FilterLogEvents` by the prefix of streams' names, and page by page; MiniStack reads all streams, and one page.

https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_FilterLogEvents.html
"""

import json
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any, Final

from ministack.core.responses import error_response_json, json_response
from ministack.services import cloudwatch_logs

from emulator.patching import Answer, wrap

_MOST_EVENTS: Final = 9_000
"""Of a page: AWS ends one at 10,000 events or at 1 MB, and MiniStack reads 10,000, of which some were told before."""


def install() -> None:
    """Read what was asked for."""
    wrap(cloudwatch_logs, "_filter_log_events", in_pages)


def in_pages(original: Callable[..., Answer]) -> Callable[..., Answer]:
    """Return a page of the events of the streams with a prefix, and a token where there are more."""

    def read(data: Mapping[str, Any]) -> Answer:
        group = cloudwatch_logs._resolve_log_group_name(data)
        prefix = data.get("logStreamNamePrefix")
        if prefix is not None and data.get("logStreamNames"):
            return _invalid("logStreamNamePrefix and logStreamNames cannot be specified together.")
        if prefix is not None and group in cloudwatch_logs._log_groups:
            names = [name for name in cloudwatch_logs._log_groups[group]["streams"] if name.startswith(prefix)]
            if not names:
                empty: Answer = json_response({"events": [], "searchedLogStreams": []})
                return empty
            data = {**data, "logStreamNames": names}
        try:
            begins, told = _position(data.get("nextToken"))
        except ValueError:
            return _invalid("The specified nextToken is invalid.")
        most = min(int(data.get("limit", _MOST_EVENTS)), _MOST_EVENTS)
        begins = max(begins, data.get("startTime") or 0)
        status, headers, body = original({**data, "startTime": begins, "limit": most + told + 1})
        if status != HTTPStatus.OK:
            return status, headers, body
        answer = json.loads(body)
        events = answer["events"][told:]
        page = answer["events"] = events[:most]
        if len(events) > most:
            last = page[-1]["timestamp"]
            same = sum(event["timestamp"] == last for event in page)
            answer["nextToken"] = f"{last}/{same + (told if last == begins else 0)}"
        paged: Answer = json_response(answer)
        return paged

    return read


def _position(token: str | None) -> tuple[int, int]:
    """Return where a page begins: a time, and how many of its events were told before."""
    if not token:
        return 0, 0
    begins, _, told = token.partition("/")
    return int(begins), int(told)


def _invalid(message: str) -> Answer:
    answer: Answer = error_response_json("InvalidParameterException", message, 400)
    return answer
