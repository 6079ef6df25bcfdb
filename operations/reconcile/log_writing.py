"""Fills gaps of the transaction logs, under a prefix apart from the functions' logs; each line says who and why."""

from collections.abc import Callable
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from contract.environment import OPERATORS_LOG_PREFIX
from operations.errors import one_line
from operations.reconcile.findings import Finding
from operations.reconcile.repair import Repair, RepairOutcome
from operations.reconcile.sources import Place


class LogWriting:
    """Writes the version of a replica or the other bucket. IAM: s3:PutObject on `transaction-logs/operators/*`.

    Args:
        bucket_of: Returns the client and the name of a source's bucket.
        by: The operator.
        reason: The reason for the gap.
    """

    def __init__(self, bucket_of: Callable[[Place], tuple[Any, str]], *, by: str, reason: str) -> None:
        self._bucket_of, self._by, self._reason = bucket_of, by, reason

    def write(self, finding: Finding, *, at: str) -> list[Repair]:
        """Write all versions of a payment to each bucket whose logs miss it; repeated, it writes the same object."""
        stored = [version.stored for version in finding.versions if version.stored]
        body = "".join(f"{each.line(by=self._by, loggedAt=at, reason=self._reason)}\n" for each in stored).encode()
        day = max(each.stored_at for each in stored)[:10].replace("-", "/") if stored else ""
        key = f"{OPERATORS_LOG_PREFIX}{day}/{finding.transaction_id}-{finding.digest[:16]}.jsonl"
        done = []
        for place in finding.unlogged:
            client, bucket = self._bucket_of(place)
            try:
                client.put_object(Bucket=bucket, Key=key, Body=body, ContentType="application/x-ndjson")
                done.append(Repair(place, RepairOutcome.WRITTEN))
            except (BotoCoreError, ClientError) as error:
                done.append(Repair(place, RepairOutcome.FAILED, one_line(error)))
        return done
