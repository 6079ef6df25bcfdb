"""Reads the transaction logs of both regions' payments in a bucket, selected by when they were written."""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any, TypeVar

from botocore.exceptions import BotoCoreError, ClientError, ResponseStreamingError
from urllib3.exceptions import HTTPError

from contract.environment import LOG_PREFIX
from handlers.faults import error_code
from handlers.runtime import timestamp
from operations.reconcile.evidence import Holding
from operations.reconcile.log_lines import split_lines, verify_line

THREADS = 16
"""How many objects are read at once: each is small, and most of the time passes in waiting."""

_CLOCKS_DIFFER = timedelta(seconds=5)
"""By less than this between functions, which stamp payments, and S3, which stamps their logs later, to the second."""

_READS = 4
"""How often an object is read before its bucket is unknown: among thousands, one connection is reset."""

_PAGE = 1000

T = TypeVar("T")


def read_logs(
    client: Any,  # noqa: ANN401
    bucket: str,
    directory: Path,
    *,
    as_of: float,
    since: str,
    on_rows: Callable[[int], None],
    verify: Callable[[bytes], bytes] = verify_line,
) -> Holding:
    """Copy the lines of all logs written since a time, and list the older ones. IAM: s3:ListBucket, s3:GetObject.

    The day in a log's key does not say when it was written: a repair, or a bucket that was unreachable, is late.
    `verify` returns what is kept of a line.
    """
    directory.mkdir(parents=True)
    copied, older = _Copy(directory / "lines.jsonl"), directory / "older"
    earliest = datetime.fromisoformat(since).astimezone(UTC) - _CLOCKS_DIFFER if since else None
    pages = client.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=LOG_PREFIX)
    with copied.path.open("wb") as file, older.open("w", encoding="utf-8") as keys:
        for page in pages:
            entries = {entry["Key"]: entry["LastModified"] for entry in page.get("Contents", [])}
            recent = {key: at for key, at in entries.items() if earliest is None or at >= earliest}
            keys.writelines(f"{key}\n" for key in entries if key not in recent)
            before = copied.rows
            for key, text in _read_at_once(client, bucket, recent):
                if text is None:
                    copied.leave(entries[key])
                else:
                    lines = [verify(line) for line in split_lines(text)]
                    file.writelines(b"%b\n" % line for line in lines)
                    copied.rows += len(lines)
            on_rows(copied.rows - before)
    files = (copied.path,) if copied.rows else ()
    until = "" if copied.unread_until is None else timestamp((copied.unread_until + _CLOCKS_DIFFER).timestamp())
    return Holding(files, copied.rows, as_of, older_logs=older, unread_logs=copied.unread_logs, unread_until=until)


def read_older_logs(
    client: Any,  # noqa: ANN401
    bucket: str,
    holding: Holding,
    *,
    since: str,
    wanted: Callable[[bytes], bool],
    on_rows: Callable[[int], None],
) -> Holding:
    """Copy the needed lines of the logs that were written before the period; return the holding with them.

    IAM: s3:GetObject.
    """
    if holding.older_logs is None:
        return holding
    path = holding.older_logs.with_suffix(".jsonl")
    rows = unread = 0
    with path.open("wb") as file, holding.older_logs.open(encoding="utf-8") as keys:
        for page in _chunks((key.rstrip("\n") for key in keys), _PAGE):
            for _, text in _read_at_once(client, bucket, page):
                if text is None:
                    unread += 1
                    continue
                lines = list(split_lines(text))
                kept = [verify_line(line) for line in lines if wanted(line)]
                file.writelines(b"%b\n" % line for line in kept)
                rows += len(kept)
                on_rows(len(lines))
    files = (path,) if rows else ()
    until = max(since, holding.unread_until) if unread else holding.unread_until
    return replace(
        holding, files=files, rows=rows, older_logs=None, unread_logs=holding.unread_logs + unread, unread_until=until
    )


def read_object(client: Any, bucket: str, key: str) -> bytes:  # noqa: ANN401
    """Read an object with retries: botocore repeats failed calls, but not the reading of their bodies.

    Raises:
        BotoCoreError, ClientError: It cannot be read.
    """
    left = _READS
    while True:
        left -= 1
        body = client.get_object(Bucket=bucket, Key=key)["Body"]
        try:
            return bytes(body.read())
        except (BotoCoreError, HTTPError) as error:  # botocore does not wrap all of urllib3's errors
            if not left:
                raise ResponseStreamingError(error=error) from error


@dataclass
class _Copy:
    """The lines copied from a bucket so far."""

    path: Path
    rows: int = 0
    unread_logs: int = 0
    unread_until: datetime | None = None

    def leave(self, written: datetime) -> None:
        """Count a log that cannot be read from S3."""
        self.unread_logs += 1
        self.unread_until = max(self.unread_until or written, written)


def _read_at_once(client: Any, bucket: str, keys: Iterable[str]) -> Iterator[tuple[str, bytes | None]]:  # noqa: ANN401
    keys = list(keys)
    with ThreadPoolExecutor(THREADS) as threads:
        yield from zip(keys, threads.map(partial(_read_unless_archived, client, bucket), keys), strict=True)


def _read_unless_archived(client: Any, bucket: str, key: str) -> bytes | None:  # noqa: ANN401
    try:
        return read_object(client, bucket, key)
    except ClientError as error:
        if error_code(error) != "InvalidObjectState":
            raise
        return None


def _chunks(entries: Iterator[T], size: int) -> Iterator[list[T]]:
    while chunk := list(islice(entries, size)):
        yield chunk
