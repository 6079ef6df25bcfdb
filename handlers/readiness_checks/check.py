"""One run of the readiness check: a few facts that a takeover rests on, read by the region that would take over.

`dr readiness` judges far more, from outside; this runs whether or not anybody thinks of it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol

from botocore.exceptions import BotoCoreError, ClientError

from contract.deadlines import PROOF_STALE_SECONDS
from contract.environment import Metric
from contract.objectives import BACKUP_AGE_SECONDS, HEARTBEAT_AGE_SECONDS
from handlers.backups import BackupAges
from handlers.clients import TableClient
from handlers.faults import error_code
from handlers.runtime import Clock, Context
from handlers.telemetry import Telemetry
from handlers.tickers.heartbeat import read_heartbeat
from handlers.writer.item import MalformedWriterError, Writer, read_writer
from handlers.writer.proofs import read_proof

_HOUR_SECONDS = 3600


class DescribedTableClient(TableClient, Protocol):
    """What the check uses of a DynamoDB client."""

    def describe_table(self, **request: Any) -> dict[str, Any]:  # noqa: ANN401 -- as botocore, which publishes no types
        """Describe a table."""


class QueueDepths(Protocol):
    """What the check uses of an SQS client."""

    def get_queue_attributes(self, **request: Any) -> dict[str, Any]:  # noqa: ANN401
        """Read a queue's attributes."""


@dataclass(frozen=True)
class ReadinessParts:
    """What is around one region's check."""

    region: str
    peer: str
    table_client: DescribedTableClient
    payments_table: str
    control_table: str
    queue_client: QueueDepths
    queue_urls: Mapping[str, str]
    """The queues that must be empty, by what they hold."""
    backups: BackupAges
    clock: Clock
    telemetry: Telemetry


class ReadinessCheck:
    """Judges its region while the other one serves; what cannot be read is a failed check, never a passed one."""

    def __init__(self, parts: ReadinessParts) -> None:
        self._parts = parts

    def run(self, context: Context) -> None:
        """Check once; publish how many checks failed, and log each with what was found."""
        telemetry = self._parts.telemetry
        with telemetry.invocation(context.aws_request_id):
            problems = self._problems()
            for check, found in problems.items():
                telemetry.logger.error("not ready", extra={"check": check, "found": found})
            telemetry.count(Metric.READINESS_FAILED, len(problems))

    def _problems(self) -> Mapping[str, str]:
        """Return what is wrong, by check; the region that serves is not checked, since its payments show how it is."""
        writer: Writer | None = None
        try:
            writer = read_writer(self._parts.table_client, self._parts.control_table)
        except (BotoCoreError, ClientError, MalformedWriterError) as error:
            found = {"writer": _unknown(error)}
        else:
            if writer is not None and writer.allows(self._parts.region):
                return {}
            found = {"writer": _writer_problem(writer)}
        checks: Mapping[str, Callable[[], str]] = {
            "proofs of fitness": self._proofs,
            "heartbeat of the peer": self._heartbeat,
            "replica": self._replica,
            **{f"queue of {what}": partial(self._depth, url) for what, url in self._parts.queue_urls.items()},
            "backups": self._backups,
        }
        for name, check in checks.items():
            try:
                found[name] = check()
            except (BotoCoreError, ClientError, KeyError, ValueError) as error:
                found[name] = _unknown(error)
        return {name: problem for name, problem in found.items() if problem}

    def _proofs(self) -> str:
        """Each fit region raises its proof every few seconds."""
        before = self._read_proofs()
        self._parts.clock.sleep(PROOF_STALE_SECONDS)
        after = self._read_proofs()
        unfit = [region for region, count in after.items() if count == before[region]]
        return f"{' and '.join(unfit)} has not proven its fitness for {PROOF_STALE_SECONDS} s" if unfit else ""

    def _read_proofs(self) -> Mapping[str, int]:
        parts = self._parts
        return {
            region: read_proof(parts.table_client, parts.control_table, region) for region in (parts.region, parts.peer)
        }

    def _heartbeat(self) -> str:
        parts = self._parts
        beat = read_heartbeat(parts.table_client, parts.payments_table, parts.peer)
        if beat is None:
            return "it has never arrived"
        age = parts.clock.wall() - beat.epoch_seconds
        return f"{age:.0f} s old, at most {HEARTBEAT_AGE_SECONDS} s" if age > HEARTBEAT_AGE_SECONDS else ""

    def _replica(self) -> str:
        told = self._parts.table_client.describe_table(TableName=self._parts.payments_table)["Table"]
        peers = {each["RegionName"]: each["ReplicaStatus"] for each in told.get("Replicas", ())}
        if told["TableStatus"] not in {"ACTIVE", "UPDATING"}:
            return f"it is {told['TableStatus']}"
        status = peers.get(self._parts.peer, "absent")
        return "" if status == "ACTIVE" else f"its replica in {self._parts.peer} is {status}"

    def _depth(self, url: str) -> str:
        name = "ApproximateNumberOfMessages"
        told = self._parts.queue_client.get_queue_attributes(QueueUrl=url, AttributeNames=[name])["Attributes"]
        return f"{told[name]} messages" if int(told[name]) else ""

    def _backups(self) -> str:
        age = self._parts.clock.wall() - self._parts.backups.complete_since()
        limit = BACKUP_AGE_SECONDS / _HOUR_SECONDS
        return f"{age / _HOUR_SECONDS:.1f} h old, at most {limit:.0f} h" if age > BACKUP_AGE_SECONDS else ""


def _writer_problem(writer: Writer | None) -> str:
    if writer is None:
        return "it is absent: nobody stores payments"
    return "" if writer.is_open else f"it is closing ({writer.kind}) in {writer.region}: nobody stores payments"


def _unknown(error: Exception) -> str:
    return f"unknown: {error_code(error) if isinstance(error, ClientError) else type(error).__name__}"
