"""Reads a replica by a parallel segmented scan into files in the format of DynamoDB's exports."""

import json
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from http import HTTPStatus
from pathlib import Path
from typing import Any

from botocore.exceptions import ResponseStreamingError

from operations.reconcile.evidence import Holding

SEGMENTS, _MOST_SEGMENTS = 4, 32
"""How many scans at once: of a small table, and of the largest."""

_SEGMENT_BYTES = 2_500_000_000
PAGE_SECONDS = 0.25
"""A page, 1 MB, costs 128 read units. A partition holds at most 10 GB, so four segments, and gives 3,000 units a
second: at four pages a second in each segment, a third of them is left to payments."""

_SINCE = "storedAt >= :since OR NOT attribute_type(storedAt, :text)"
"""What `touched.sql` looks for: an item without a moment is no payment, and is found as such. Older items of payments
that were touched otherwise are looked up one by one."""


def segments(table_bytes: int) -> int:
    """Return the number of parallel segments for a table."""
    return min(max(SEGMENTS, table_bytes // _SEGMENT_BYTES), _MOST_SEGMENTS)


def scan(
    client: Any,  # noqa: ANN401
    table: str,
    directory: Path,
    *,
    as_of: float,
    since: str = "",
    at_once: int = SEGMENTS,
    on_rows: Callable[[int], None],
) -> Holding:
    """Copy the items stored since a time (ISO 8601; by default all), page by page, to one file per segment.

    DynamoDB reads all items and charges their capacity; `on_rows` is called with their number. IAM: dynamodb:Scan.
    """
    directory.mkdir(parents=True)
    client.meta.events.register("before-parse.dynamodb.Scan", _take_items, unique_id=__name__)
    request: dict[str, Any] = {"TableName": table, "TotalSegments": at_once}
    if since:
        values = {":since": {"S": since}, ":text": {"S": "S"}}
        request |= {"FilterExpression": _SINCE, "ExpressionAttributeValues": values}
    copy = partial(_copy_segment, client.get_paginator("scan"), request, directory, on_rows)
    with ThreadPoolExecutor(at_once) as threads:
        rows = sum(threads.map(copy, range(at_once)))
    return Holding(tuple(sorted(directory.iterdir())), rows, as_of, only_since=bool(since))


def _copy_segment(
    scans: Any,  # noqa: ANN401
    request: Mapping[str, Any],
    directory: Path,
    on_rows: Callable[[int], None],
    segment: int,
) -> int:
    rows = 0
    with (directory / f"{segment}.json").open("w", encoding="utf-8") as file:
        asked = time.monotonic()
        for page in scans.paginate(**request, Segment=segment):
            file.writelines(f"{json.dumps({'Item': item})}\n" for item in page["Items"])
            rows += len(page["Items"])
            on_rows(page["ScannedCount"])
            if "LastEvaluatedKey" in page:
                time.sleep(max(0.0, asked + PAGE_SECONDS - time.monotonic()))
                asked = time.monotonic()
    return rows


def _take_items(response_dict: dict[str, Any], customized_response_dict: dict[str, Any], **_: object) -> None:
    """Keep the items as raw JSON: botocore's parser walks through every value, at several times the CPU."""
    if response_dict["status_code"] != HTTPStatus.OK:
        return
    try:
        answer = json.loads(response_dict["body"])
        customized_response_dict["Items"] = answer.pop("Items")
    except (ValueError, LookupError, AttributeError, TypeError) as error:  # not an answer of DynamoDB
        raise ResponseStreamingError(error=error) from error
    response_dict["body"] = json.dumps(answer).encode()
