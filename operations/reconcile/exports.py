"""Finds point-in-time exports of the replicas (DYNAMODB_JSON) in a directory or in S3; they must be whole."""

import json
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import urlsplit

from operations.errors import OperationError
from operations.reconcile.evidence import Holding
from operations.reconcile.places import Place
from operations.topology.readings import Known, Reading, Unknown

SUMMARY, FILES = "manifest-summary.json", "manifest-files.json"


def find_exports(directory: Path, regions: Mapping[Place, str], table: str) -> dict[Place, Reading[Holding]]:
    """Return, for each replica, the newest export of the table from its region that lies below a directory.

    Raises:
        OperationError: An export is not whole, or is in a form that cannot be compared.
    """
    newest = _newest(directory, table)
    return {
        place: Known(_holding(*newest[region]))
        if region in newest
        else Unknown(f"no export of {table} in {region} lies in {directory}")
        for place, region in regions.items()
    }


def fetch_exports(client: Any, location: str, directory: Path, table: str) -> None:  # noqa: ANN401
    """Copy the newest exports below an `s3://bucket/prefix` into a directory. IAM: s3:ListBucket, s3:GetObject."""
    parts = urlsplit(location)
    pages = client.get_paginator("list_objects_v2").paginate(Bucket=parts.netloc, Prefix=parts.path.lstrip("/"))
    keys = [entry["Key"] for page in pages for entry in page.get("Contents", [])]

    def fetch(key: str) -> None:
        target = directory / key
        target.parent.mkdir(parents=True, exist_ok=True)
        client.download_file(parts.netloc, key, str(target))

    for key in keys:
        if PurePosixPath(key).name in {SUMMARY, FILES}:
            fetch(key)
    for _, path in _newest(directory, table).values():
        data = f"{path.relative_to(directory).as_posix()}/data/"
        for key in keys:
            if key.startswith(data):
                fetch(key)


def _newest(directory: Path, table: str) -> dict[str, tuple[Mapping[str, Any], Path]]:
    """Return, by region, the summary and the directory of the newest export of the table."""
    newest: dict[str, tuple[Mapping[str, Any], Path]] = {}
    for path in sorted(directory.rglob(SUMMARY)):
        try:
            summary = json.loads(path.read_text(encoding="utf-8"))
            _, _, _, region, _, resource = summary["tableArn"].split(":", 5)
            moment = summary["exportTime"]
        except (ValueError, KeyError):
            raise OperationError(f"{path} must be the summary of an export") from None
        if resource == f"table/{table}" and (region not in newest or moment > newest[region][0]["exportTime"]):
            newest[region] = summary, path.parent
    return newest


def _holding(summary: Mapping[str, Any], directory: Path) -> Holding:
    for field, expected in (("outputFormat", "DYNAMODB_JSON"), ("exportType", "FULL_EXPORT")):
        if summary.get(field, expected) != expected:  # exports from before incremental ones say no type
            raise OperationError(f"{field} of {directory / SUMMARY} must be {expected}, got {summary[field]}")
    listed = [json.loads(line) for line in (directory / FILES).read_text(encoding="utf-8").splitlines() if line]
    if sum(each["itemCount"] for each in listed) != summary["itemCount"]:
        raise OperationError(f"{directory / FILES} must list the {summary['itemCount']} items of {SUMMARY}")
    files = tuple(directory / "data" / PurePosixPath(each["dataFileS3Key"]).name for each in listed)
    if missing := [path for path in files if not path.is_file()]:
        raise OperationError(f"{missing[0]} is missing, which {FILES} lists")
    return Holding(files, summary["itemCount"], datetime.fromisoformat(summary["exportTime"]).timestamp())
