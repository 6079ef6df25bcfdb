"""Finds in the transaction logs the last payment stored before a move, and the first one after it.

IAM: s3:ListBucket, s3:GetObject.
"""

import json
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

from contract.environment import LOG_PREFIX
from operations.aws import Aws
from operations.evidence.move_record import EvidenceModel
from operations.reconcile.logs import THREADS, read_object
from operations.site import RegionSite, Site
from operations.timestamps import epoch_seconds
from operations.topology.asking import UNREADABLE, reason

NEAR_SECONDS = 300
"""Logs that were written this long before and after are read: they follow the payments within seconds."""

MOST_LOGS = 1000
"""How many of a region are read, those nearest to the move: thousands are written in minutes of heavy traffic."""

_CLOCKS_DIFFER = 5


class StoredStamp(EvidenceModel):
    """A stored payment, with the timestamp of the function that stored it."""

    region: str
    at: float | None
    """Seconds since the epoch by the function's clock, to the millisecond; None if not known."""
    says: str = ""
    """Why it is not known, or what limits it."""


def last_stored(site: Site, aws: Aws, region: str, *, closed: float, before: float) -> StoredStamp:
    """Return the last payment that a region stored before a moment.

    Args:
        site: The site with the logs.
        aws: The clients.
        region: The region that owned the writer.
        closed: When it was closed; the search starts there.
        before: Later payments belong to another region, or were stored after the move.
    """
    return _read(site, aws, region, near=closed, wanted=lambda at: at < before, pick=max)


def first_stored(site: Site, aws: Aws, region: str, *, opened: float, since: float) -> StoredStamp:
    """Return the first payment that a region stored since a time; the search starts at `opened`."""
    return _read(site, aws, region, near=opened, wanted=lambda at: at >= since, pick=min)


def _read(site: Site, aws: Aws, region: str, *, near: float, wanted: Any, pick: Any) -> StoredStamp:  # noqa: ANN401
    role = site.role_of(region)
    if role is None:
        return StoredStamp(region=region, at=None, says=f"{region} is none of the deployment's regions")
    try:
        stamps, left = _stamps(aws.client("s3", region), site.regions[role], near)
    except UNREADABLE as error:
        return StoredStamp(region=region, at=None, says=reason(error))
    limit = f"of the {MOST_LOGS} logs nearest to the move: {left} more were written around it" if left else ""
    found = [at for at in stamps if wanted(at)]
    if not found:
        says = limit or f"its log holds none within {NEAR_SECONDS} s"
        return StoredStamp(region=region, at=None, says=says)
    return StoredStamp(region=region, at=pick(found), says=limit)


def _stamps(client: Any, region: RegionSite, near: float) -> tuple[list[float], int]:  # noqa: ANN401
    """Return the timestamps in the logs that a region wrote near a time, and how many of these logs were not read."""
    keys = sorted(_written_near(client, region, near))
    read = [key for _, key in keys[:MOST_LOGS]]
    with ThreadPoolExecutor(THREADS) as threads:
        texts = threads.map(lambda key: read_object(client, region.bucket_name, key), read)
        return [at for text in texts for at in _stamps_of(text)], len(keys) - len(read)


def _written_near(client: Any, region: RegionSite, near: float) -> Iterator[tuple[float, str]]:  # noqa: ANN401
    """Yield each log's distance from the time, and its key."""
    moment = datetime.fromtimestamp(near, UTC)
    days = {moment + timedelta(seconds=each) for each in (-NEAR_SECONDS, NEAR_SECONDS)}
    for day in sorted({f"{LOG_PREFIX}{region.name}/{each:%Y/%m/%d}/" for each in days}):
        for page in client.get_paginator("list_objects_v2").paginate(Bucket=region.bucket_name, Prefix=day):
            for entry in page.get("Contents", []):
                away = entry["LastModified"].timestamp() - near
                if -NEAR_SECONDS <= away <= NEAR_SECONDS + _CLOCKS_DIFFER:
                    yield abs(away), entry["Key"]


def _stamps_of(text: bytes) -> Iterable[float]:
    for line in text.splitlines():
        try:
            at = epoch_seconds(str(json.loads(line)["storedAt"]))
        except (ValueError, KeyError, TypeError):  # reconciliation judges malformed lines; here they are skipped
            continue
        if at is not None:
            yield at
