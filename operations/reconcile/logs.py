"""Reads the transaction logs in a bucket, those of both regions' payments, into one file of lines."""

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from botocore.exceptions import BotoCoreError, ResponseStreamingError
from urllib3.exceptions import HTTPError

from handlers.environment import LOG_PREFIX
from operations.reconcile.evidence import Holding

THREADS = 16
"""How many objects are read at once: each is small, and most of the time passes in waiting."""

_CLOCKS_DIFFER = timedelta(minutes=1)
"""By far less than this between functions, which stamp payments, and S3, which stamps their logs later."""

_READS = 4
"""How often an object is read before its bucket is unknown: among thousands, one connection is reset."""

_ARCHIVED = {"GLACIER", "DEEP_ARCHIVE"}
_DAY_PARTS = 3


def read_logs(
    client: Any,  # noqa: ANN401
    bucket: str,
    directory: Path,
    *,
    as_of: float,
    since: str,
    on_rows: Callable[[int], None],
) -> Holding:
    """Copy the lines of all logs that can hold a payment stored since a moment. IAM: s3:ListBucket, s3:GetObject.

    What lifecycle rules have archived is not read; the holding says from when on it is complete.
    """
    directory.mkdir(parents=True)
    path = directory / "lines.jsonl"
    rows, complete_from = 0, since
    with path.open("wb") as file, ThreadPoolExecutor(THREADS) as threads:
        for entries in _pages(client, bucket, since):
            archived = [entry["Key"] for entry in entries if entry.get("StorageClass") in _ARCHIVED]
            complete_from = max([complete_from, *(_day_after(key) for key in archived)])
            readable = [entry["Key"] for entry in entries if entry.get("StorageClass") not in _ARCHIVED]
            lines = 0
            for text in threads.map(partial(read_object, client, bucket), readable):
                file.write(text)
                lines += text.count(b"\n")
            rows += lines
            on_rows(lines)
    return Holding((path,) if rows else (), rows, as_of, complete_from)


def read_object(client: Any, bucket: str, key: str) -> bytes:  # noqa: ANN401
    """Read an object, with its call: botocore repeats calls that fail, but not the reading of what they answer.

    Raises:
        BotoCoreError, ClientError: It cannot be read.
    """
    left = _READS
    while True:
        left -= 1
        body = client.get_object(Bucket=bucket, Key=key)["Body"]
        try:
            return bytes(body.read())
        except (BotoCoreError, HTTPError) as error:  # botocore lets some of urllib3's pass as they are
            if not left:
                raise ResponseStreamingError(error=error) from error


def _pages(client: Any, bucket: str, since: str) -> Iterator[list[Mapping[str, Any]]]:  # noqa: ANN401
    listing = client.get_paginator("list_objects_v2")
    folders = [
        folder["Prefix"]
        for page in listing.paginate(Bucket=bucket, Prefix=LOG_PREFIX, Delimiter="/")
        for folder in page.get("CommonPrefixes", [])
    ]
    for folder in folders:
        # A batch lies in the folder of the day on which its first payment was stored: one day earlier, it may reach in.
        start = {"StartAfter": f"{folder}{_day(since) - timedelta(days=1):%Y/%m/%d}"} if since else {}
        for page in listing.paginate(Bucket=bucket, Prefix=folder, **start):
            yield [entry for entry in page.get("Contents", []) if _reaches(entry, since)]


def _reaches(entry: Mapping[str, Any], since: str) -> bool:
    """Return whether a log was written late enough: what it holds was stored before."""
    written: datetime = entry["LastModified"]
    return not since or written >= datetime.fromisoformat(since).astimezone(UTC) - _CLOCKS_DIFFER


def _day(moment: str) -> date:
    return date.fromisoformat(moment[:10])


def _day_after(key: str) -> str:
    """Return the first moment that no payment of a log's day has; a batch can end on the day after it began."""
    parts = key.removeprefix(LOG_PREFIX).split("/")[1 : 1 + _DAY_PARTS]
    return (date(*map(int, parts)) + timedelta(days=2)).isoformat()
