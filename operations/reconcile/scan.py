"""Reads a replica by a parallel segmented scan, into files of the form that DynamoDB's exports have."""

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

from operations.reconcile.evidence import Holding

SEGMENTS = 4
"""How many scans at once; one Python process keeps no more busy."""


def scan(client: Any, table: str, directory: Path, *, as_of: float, on_rows: Callable[[int], None]) -> Holding:  # noqa: ANN401
    """Copy all items, page by page, to one file a segment. IAM: dynamodb:Scan."""
    directory.mkdir(parents=True)
    copy = partial(_copy_segment, client, table, directory, on_rows)
    with ThreadPoolExecutor(SEGMENTS) as threads:
        rows = sum(threads.map(copy, range(SEGMENTS)))
    return Holding(tuple(sorted(directory.iterdir())), rows, as_of)


def _copy_segment(client: Any, table: str, directory: Path, on_rows: Callable[[int], None], segment: int) -> int:  # noqa: ANN401
    rows = 0
    pages = client.get_paginator("scan").paginate(TableName=table, Segment=segment, TotalSegments=SEGMENTS)
    with (directory / f"{segment}.json").open("w", encoding="utf-8") as file:
        for page in pages:
            # Payments are text and numbers; an attribute of another type that somebody added is none of theirs.
            file.writelines(f"{json.dumps({'Item': item}, default=repr)}\n" for item in page["Items"])
            rows += len(page["Items"])
            on_rows(len(page["Items"]))
    return rows
