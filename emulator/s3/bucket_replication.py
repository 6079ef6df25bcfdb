# ruff: noqa: SLF001 — MiniStack offers no public seams
"""S3 replication: every new version and delete marker that a rule covers travels to the destination bucket (FACTS 5).

A version is PENDING on its way, and stays so while a region is down; then COMPLETED, or FAILED when the destination or
the role does not let it in. The metrics are those of rules that have them enabled (FACTS 5.2), each published where
AWS publishes it: https://docs.aws.amazon.com/AmazonS3/latest/userguide/repl-metrics.html
"""

from collections.abc import Callable, Iterable
from typing import NamedTuple

from ministack.core.responses import get_account_id, request_scope
from ministack.services import s3

from emulator.clock import EmulatorClock
from emulator.cloudwatch.minute_metrics import MetricSeries, MinuteMetrics, Unit
from emulator.patching import Theirs, instead, wrap
from emulator.replication.transfers import Carried, Transfers
from emulator.s3 import object_locks, object_versions
from emulator.s3.replication_role import ReplicationRole

Roles = dict[tuple[str, str, str, str], ReplicationRole]
"""Roles by what they are made of: each is read once for all that arrives together."""

Record = dict[str, Theirs]
Rule = dict[str, Theirs]


class RuleMetrics(NamedTuple):
    """The metrics of one rule: their dimensions, and the two regions that they are published in."""

    account: str
    source: str
    destination: str
    dimensions: tuple[tuple[str, str], ...]

    def at_source(self, metric: str, unit: Unit) -> MetricSeries:
        """Return a series of the source bucket's region."""
        return MetricSeries(self.account, self.source, "AWS/S3", metric, unit, self.dimensions)

    def at_destination(self, metric: str, unit: Unit) -> MetricSeries:
        """Return a series of the destination bucket's region."""
        return MetricSeries(self.account, self.destination, "AWS/S3", metric, unit, self.dimensions)


class ObjectWrite(NamedTuple):
    """A version or delete marker to copy: MiniStack's record of it in the source bucket, not the bytes once more."""

    account: str
    bucket: str
    key: str
    record: Record
    rule: Rule
    role: str
    destination: str

    @property
    def is_marker(self) -> bool:
        """Whether it is a delete marker."""
        return bool(self.record.get("is_delete_marker"))


class BucketReplicator:
    """Sends what is written to a bucket to the destination of its rule, and stores what arrives."""

    def __init__(self, *, clock: EmulatorClock, transfers: Transfers[ObjectWrite], metrics: MinuteMetrics) -> None:
        self._clock = clock
        self._transfers = transfers
        self._metrics = metrics
        self._active: set[RuleMetrics] = set()  # rules that something arrived under in this minute

    def install(self) -> None:
        """Take over from MiniStack's replication."""
        wrap(s3, "_maybe_replicate", instead(self.object_written))
        wrap(s3, "_maybe_replicate_delete_marker", instead(self.marker_written))
        wrap(s3, "_delete_bucket", self._forgetting)

    def object_written(self, bucket: str, key: str, record: Record, _body: bytes, tags: Theirs = None) -> None:
        """Send a new object on its way; its version is about to be cut from the record."""
        rule, role = s3._replication_rule_for(bucket, key, tags)
        if rule is not None:
            sent = self._send(bucket, key, record, rule, role)
            record["replication_status"] = "PENDING" if sent else "FAILED"

    def copy_again(self, bucket: str, key: str, version: Record) -> None:
        """Send a version on its way that is not in the destination, as a batch job does."""
        rule, role = s3._replication_rule_for(bucket, key, None)
        if rule is None:
            version["replication_status"] = "FAILED"
            return
        body = s3._version_body(s3._buckets[bucket], bucket, key, version)
        record = {**s3._object_record_from_version(version), "body": body}
        sent = self._send(bucket, key, record, rule, role)
        version["replication_status"] = "PENDING" if sent else "FAILED"

    def marker_written(self, bucket: str, key: str) -> None:
        """Send the delete marker that a key has just got on its way."""
        configuration = s3._bucket_replication.get(bucket)
        if not configuration or s3._bucket_versioning.get(bucket) != "Enabled":
            return
        for rule in configuration.get("Rules", []):
            if rule.get("Status") == "Enabled" and key.startswith(s3._replication_rule_prefix(rule)):
                if _copies_markers(rule):
                    marker = s3._object_versions[(bucket, key)][-1]
                    self._send(bucket, key, marker, rule, configuration.get("Role", ""))
                return

    def arrive(self, arrivals: Iterable[Carried[ObjectWrite]]) -> None:
        """Store copies in their destination buckets, and let the sources' versions say how that went."""
        roles: Roles = {}
        for carried in arrivals:
            self._arrive(carried, roles)

    def _arrive(self, carried: Carried[ObjectWrite], roles: Roles) -> None:
        write = carried.transfer.payload
        with request_scope(write.account, carried.source):
            version = object_versions.find(write.bucket, write.key, write.record["version_id"])
            if version is None:
                return  # deleted for good before it could be copied
            copied = _copy(write, carried.source, roles)
            if not write.is_marker:
                current = s3._buckets[write.bucket]["objects"].get(write.key) or {}
                status = {"replication_status": "COMPLETED" if copied else "FAILED"}
                for record in (version, write.record, current):
                    if record.get("version_id") == version["version_id"]:
                        record.update(status)
        metrics = _metrics_of(write, carried.source, carried.destination)
        if metrics is not None:
            self._active.add(metrics)
            self._metrics.add(metrics.at_source("OperationsFailedReplication", "Count"), 0 if copied else 1)
            if copied:
                seconds = self._clock.monotonic() - carried.transfer.written_at
                self._metrics.add(metrics.at_destination("ReplicationLatency", "Seconds"), seconds)

    def sample(self) -> None:
        """Measure what is pending at the end of a minute: of every rule that has something, or had an arrival.

        It goes on while nothing arrives: AWS publishes what is pending also while replication does not occur, but not
        its latency. A region that is cut off from the source's has nothing to tell.
        """
        pending = {metrics: [0, 0] for metrics in self._active}
        for source, destination, transfer in self._transfers:
            metrics = _metrics_of(transfer.payload, source, destination)
            if metrics is not None and self._transfers.in_touch(source, destination):
                counts = pending.setdefault(metrics, [0, 0])
                counts[0] += 1
                counts[1] += transfer.payload.record["size"]
        for metrics, (operations, size) in pending.items():
            self._metrics.add(metrics.at_destination("OperationsPendingReplication", "Count"), operations)
            self._metrics.add(metrics.at_destination("BytesPendingReplication", "Bytes"), size)
        self._active.clear()

    def _send(self, bucket: str, key: str, record: Record, rule: Rule, role: str) -> bool:
        """Send something on its way; return False when it has nowhere to go."""
        account, source = get_account_id(), s3.bucket_region(bucket)
        target = s3._replication_destination(bucket, key, rule, role)
        destination = rule.get("Destination", {}).get("Bucket", "").rpartition(":")[2]
        write = ObjectWrite(account, bucket, key, record, rule, role, destination)
        if target is not None:
            _, owner, _ = target
            with request_scope(owner, source):
                region = s3.bucket_region(destination)
            self._transfers.send(source, region, (destination, key), write)
            return True
        metrics = _metrics_of(write, source, source)
        if metrics is not None:
            self._metrics.add(metrics.at_source("OperationsFailedReplication", "Count"), 1)
        return False

    def _forgetting(self, original: Callable[..., Theirs]) -> Callable[..., Theirs]:
        """Drop what is under way from or to a bucket once it is deleted."""

        def delete(name: str, *more: Theirs) -> Theirs:
            answer = original(name, *more)
            if name not in s3._buckets:
                account = get_account_id()
                self._transfers.discard(
                    lambda carried: (
                        name in (carried.transfer.payload.bucket, carried.transfer.payload.destination)
                        and carried.transfer.payload.account == account
                    )
                )
            return answer

        return delete


def _copy(write: ObjectWrite, region: str, roles: Roles) -> bool:
    """Copy what was written, in the source's region; return False when destination or role do not let it in."""
    target = s3._replication_destination(write.bucket, write.key, write.rule, write.role)
    copying = write.role, region, write.bucket, write.destination
    role = roles.get(copying) or roles.setdefault(copying, ReplicationRole(*copying))
    if target is None or not (role.may_delete if write.is_marker else role.may_copy)(write.key):
        return False
    _, owner, _ = target
    version_id = write.record["version_id"]
    tags = s3._object_tags.get((write.bucket, write.key, version_id))
    annotations = s3._object_annotations.get((write.bucket, write.key, version_id)) or {}
    with request_scope(owner, region):
        if write.is_marker:
            object_versions.store_marker(write.bucket, write.destination, write.key, write.record)
            return True
        if not object_locks.copy_lock(write.bucket, write.destination, write.key, version_id, role.may_copy_lock):
            return False
        storage_class = write.rule["Destination"].get("StorageClass", "")
        object_versions.store_object(write.bucket, write.destination, write.key, write.record, storage_class)
        if tags and role.may_copy_tags(write.key):
            s3._object_tags[(write.destination, write.key, version_id)] = dict(tags)
        if annotations:
            s3._object_annotations[(write.destination, write.key, version_id)] = {
                name: {**entry, "replication_status": "REPLICA"} for name, entry in annotations.items()
            }
    for entry in annotations.values():
        entry["replication_status"] = "COMPLETED"
    write.record["_replica"] = (write.destination, version_id, owner)  # MiniStack mirrors later annotations by it
    return True


def _copies_markers(rule: Rule) -> bool:
    """Return whether a rule copies delete markers: old ones always, those with a filter only when told to."""
    if "Filter" not in rule:
        return True
    wanted = (rule.get("DeleteMarkerReplication") or {}).get("Status") == "Enabled"
    return wanted and not s3._replication_rule_tags(rule)


def _metrics_of(write: ObjectWrite, source: str, destination: str) -> RuleMetrics | None:
    """Return the metrics that a write counts in, None when its rule has none."""
    if (write.rule["Destination"].get("Metrics") or {}).get("Status") != "Enabled":
        return None
    dimensions = (
        ("SourceBucket", write.bucket),
        ("DestinationBucket", write.destination),
        ("RuleId", write.rule.get("ID", "")),
    )
    return RuleMetrics(write.account, source, destination, dimensions)
