"""Finds complete point-in-time exports of the replicas (DYNAMODB_JSON) in a directory or in S3."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import urlsplit

from boto3.exceptions import Boto3Error

from operations.errors import OperationError, UsageError, one_line
from operations.reconcile.evidence import Holding
from operations.reconcile.sources import Place
from operations.topology.readings import Known, Reading, Unknown

SUMMARY, FILES = "manifest-summary.json", "manifest-files.json"


@dataclass(frozen=True)
class _Export:
    """One export, from its summary file."""

    directory: Path
    summary: Mapping[str, Any]
    at: float
    """Seconds since the epoch."""
    items: int


def find_exports(directory: Path, regions: Mapping[Place, str], table: str) -> dict[Place, Reading[Holding]]:
    """Return, for each replica, the newest export of the table from its region below a directory.

    Raises:
        OperationError: An export is incomplete, or in an unsupported format.
    """
    newest = _newest(directory, table)
    return {
        place: Known(_holding(newest[region]))
        if region in newest
        else Unknown(f"no export of {table} in {region} lies in {directory}")
        for place, region in regions.items()
    }


def fetch_exports(client: Any, location: str, directory: Path, table: str) -> None:  # noqa: ANN401
    """Copy the newest exports below an `s3://bucket/prefix` into a directory. IAM: s3:ListBucket, s3:GetObject.

    Raises:
        OperationError: An export is incomplete or malformed.
        BotoCoreError, ClientError: The bucket cannot be read.
        OSError: A file cannot be written.
    """
    try:
        parts = urlsplit(location)
    except ValueError:  # brackets, as around an IPv6 address
        raise UsageError(f"--exports must be a directory or s3://bucket/prefix, got {location}") from None
    pages = client.get_paginator("list_objects_v2").paginate(Bucket=parts.netloc, Prefix=parts.path.lstrip("/"))
    keys = [entry["Key"] for page in pages for entry in page.get("Contents", [])]

    def fetch(key: str) -> None:
        target = directory / key
        if key.startswith("/") or ".." in PurePosixPath(key).parts:
            raise OperationError(f"s3://{parts.netloc}/{key} must have a key that stays below {directory}")
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            client.download_file(parts.netloc, key, str(target))
        except Boto3Error as error:  # after several retries
            raise OperationError(f"s3://{parts.netloc}/{key} cannot be read: {one_line(error)}") from error

    for key in keys:
        if PurePosixPath(key).name in {SUMMARY, FILES}:
            fetch(key)
    for export in _newest(directory, table).values():
        data = f"{export.directory.relative_to(directory).as_posix()}/data/"
        for key in keys:
            if key.startswith(data):
                fetch(key)


def _newest(directory: Path, table: str) -> dict[str, _Export]:
    """Return the newest export of the table by region."""
    newest: dict[str, _Export] = {}
    for path in sorted(directory.rglob(SUMMARY)):
        with _being(path, "the summary of an export"):
            summary = json.loads(path.read_text(encoding="utf-8"))
            _, _, _, region, _, resource = summary["tableArn"].split(":", 5)
            at = datetime.fromisoformat(summary["exportTime"]).timestamp()
            export = _Export(path.parent, summary, at, int(summary["itemCount"]))
        if resource == f"table/{table}" and (region not in newest or at > newest[region].at):
            newest[region] = export
    return newest


def _holding(export: _Export) -> Holding:
    for field, expected in (("outputFormat", "DYNAMODB_JSON"), ("exportType", "FULL_EXPORT")):
        given = export.summary.get(field, expected)  # exports from before incremental exports existed have no type
        if given != expected:
            raise OperationError(f"{field} of {export.directory / SUMMARY} must be {expected}, got {given}")
    listing = export.directory / FILES
    with _being(listing, "the list of an export's files"):
        listed = [json.loads(line) for line in listing.read_text(encoding="utf-8").splitlines() if line]
        items = sum(each["itemCount"] for each in listed)
        files = tuple(export.directory / "data" / PurePosixPath(each["dataFileS3Key"]).name for each in listed)
    if items != export.items:
        raise OperationError(f"{listing} must list the {export.items} items of {SUMMARY}, got {items}")
    if missing := [path for path in files if not path.is_file()]:
        raise OperationError(f"{missing[0]} is missing, which {FILES} lists")
    return Holding(files, export.items, export.at)


@contextmanager
def _being(path: Path, what: str) -> Iterator[None]:
    """Read and validate a file; a malformed one is an OperationError."""
    try:
        yield
    except OSError as error:
        raise OperationError(f"{path} must be {what}: {error.strerror}") from None
    except (ValueError, LookupError, TypeError, AttributeError) as error:
        raise OperationError(f"{path} must be {what}: {type(error).__name__} {error}") from None
