"""Looks for a drill's payments in the transaction logs that each region wrote to its own bucket."""

import json
from collections import defaultdict
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from contract.environment import LOG_PREFIX
from contract.roles import Role
from operations.aws import Aws
from operations.reconcile.logs import read_object
from operations.site import Site

_SLACK_SECONDS = 60
"""Between this machine's clock and S3's, generously."""


@dataclass(frozen=True)
class LoggedPayments:
    """The records of a drill's payments: where, and what they say."""

    records: dict[str, list[tuple[Role, str]]]
    """By payment: the region that wrote each record, and the digest of what it says."""

    def unlogged(self, payments: Collection[str]) -> tuple[str, ...]:
        """Return the payments without any record."""
        return tuple(payment for payment in payments if payment not in self.records)

    @property
    def recorded(self) -> dict[Role, tuple[str, ...]]:
        """The payments that each region has recorded."""
        return {
            role: tuple(payment for payment, found in self.records.items() if role in {writer for writer, _ in found})
            for role in Role
        }

    @property
    def repeated(self) -> dict[str, tuple[Role, ...]]:
        """The payments with more than one record, with the regions that wrote them."""
        return {payment: tuple(role for role, _ in found) for payment, found in self.records.items() if len(found) > 1}

    @property
    def contradicting(self) -> tuple[str, ...]:
        """The payments whose records differ."""
        return tuple(payment for payment, found in self.records.items() if len({said for _, said in found}) > 1)


def read_logged(site: Site, aws: Aws, prefix: str, *, since: float, until: float) -> LoggedPayments:
    """Read the records of the payments whose ids begin with a prefix; times are seconds since the epoch.

    IAM: s3:ListBucket, s3:GetObject.

    Raises:
        BotoCoreError, ClientError: A bucket cannot be read.
    """
    records: dict[str, list[tuple[Role, str]]] = defaultdict(list)
    for role, region in site.regions.items():
        for line in _lines(aws, region.name, region.bucket_name, since, until):
            record = json.loads(line)
            if record["id"].startswith(prefix):
                records[record["id"]].append((role, record["digest"]))
    return LoggedPayments(dict(records))


def _lines(aws: Aws, region: str, bucket: str, since: float, until: float) -> Iterator[bytes]:
    client = aws.client("s3", region)
    oldest = datetime.fromtimestamp(since - _SLACK_SECONDS, UTC)
    for day in _days(oldest, datetime.fromtimestamp(until, UTC)):
        pages = client.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=f"{LOG_PREFIX}{region}/{day}/")
        for page in pages:
            for entry in page.get("Contents", []):
                if entry["LastModified"] >= oldest:
                    yield from read_object(client, bucket, entry["Key"]).splitlines()


def _days(first: datetime, last: datetime) -> list[str]:
    return [f"{first + timedelta(days=number):%Y/%m/%d}" for number in range((last.date() - first.date()).days + 1)]
