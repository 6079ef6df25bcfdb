# ruff: noqa: SLF001 — MiniStack offers no public seams
"""S3 Batch Replication, of which MiniStack has nothing: jobs with a list that S3 makes, confirmed, and really copied.

A job is prepared at once and waits for its confirmation (`Suspended`); then each version on its list travels as any
other write does, so that lag and faults meet it. Other operations of Batch Operations are refused.
https://docs.aws.amazon.com/AmazonS3/latest/userguide/s3-batch-replication-batch.html
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final
from uuid import uuid4
from xml.etree import ElementTree as ET

from ministack import app
from ministack.core.responses import get_account_id
from ministack.services import s3

from emulator.patching import Answer, Theirs, wrap
from emulator.s3.bucket_replication import BucketReplicator
from emulator.s3.replication_role import ReplicationRole

_JOBS: Final = "/v20180820/jobs"
_ACTIONS: Final = {"POST": "s3:CreateJob", "GET": "s3:DescribeJob"}
_SERVICE: Final = "batchoperations.s3.amazonaws.com"

Serve = Callable[..., Awaitable[Answer | None]]


@dataclass
class BatchJob:
    """One job: the versions on its list, by key."""

    id: str
    bucket: str
    role: str
    before: datetime | None
    statuses: frozenset[str]
    state: str = "Suspended"
    problem: str = ""
    versions: list[tuple[str, Theirs]] = field(default_factory=list)

    def counts(self) -> tuple[int, int]:
        """Return how many versions are copied, and how many have failed."""
        if self.state not in {"Active", "Complete"}:
            return 0, 0
        found = [version.get("replication_status") for _, version in self.versions]
        return found.count("COMPLETED"), found.count("FAILED")


class BatchReplication:
    """Makes jobs, describes them, and copies what they list once they are confirmed."""

    def __init__(self, replicator: BucketReplicator) -> None:
        self._replicator = replicator
        self._jobs: dict[tuple[str, str], BatchJob] = {}

    def install(self) -> None:
        """Serve the requests for jobs, and leave MiniStack the others."""
        wrap(app, "_handle_s3_control_request", self._serving)

    def _serving(self, original: Serve) -> Serve:
        async def serve(
            path: str,
            method: str,
            body: bytes,
            query_params: dict[str, Theirs],
            request_id: str,
            headers: dict[str, str] | None = None,
        ) -> Answer | None:
            if path != _JOBS and not path.startswith(f"{_JOBS}/"):
                return await original(path, method, body, query_params, request_id, headers)
            return self._answer(path, method, body, query_params, request_id, headers or {})

        return serve

    def _answer(
        self, path: str, method: str, body: bytes, query: dict[str, Theirs], request_id: str, headers: dict[str, str]
    ) -> Answer:
        id_, _, what = path.removeprefix(_JOBS).strip("/").partition("/")
        action = "s3:UpdateJobStatus" if what == "status" else _ACTIONS.get(method, "s3:CreateJob")
        region = app.extract_region(headers, query)
        named = f"arn:aws:s3:{region}:{get_account_id()}:job/{id_}" if id_ else "*"
        denied: Answer | None = app._enforce_data_plane("s3", action, headers, query, request_id, resource_arn=named)
        if denied is not None:
            return denied
        if not id_:
            return self._created(body, region, query, request_id, headers)
        job = self._jobs.get((region, id_))
        if job is None:
            return _refused("NoSuchJobException", "The specified job does not exist.", 404)
        if what == "status":
            return self._moved(job, query)
        return _described(job)

    def _created(
        self, body: bytes, region: str, query: dict[str, Theirs], request_id: str, headers: dict[str, str]
    ) -> Answer:
        told = _texts(body)
        if "S3ReplicateObject" not in told or "S3JobManifestGenerator" not in told:
            return _refused("InvalidRequest", "the emulator runs S3ReplicateObject on a generated list alone", 400)
        role, bucket = told["RoleArn"][0], told["SourceBucket"][0].rpartition(":")[2]
        denied: Answer | None = app._enforce_data_plane(
            "iam",
            "iam:PassRole",
            headers,
            query,
            request_id,
            resource_arn=role,
            service_context={"iam:PassedToService": _SERVICE},
        )
        if denied is not None:
            return denied
        if told.get("ConfirmationRequired") != ["true"]:
            return _refused("InvalidRequest", "the emulator runs jobs that are confirmed alone", 400)
        before = datetime.fromisoformat(told["CreatedBefore"][0]) if "CreatedBefore" in told else None
        statuses = frozenset(text for text in told.get("member", []) if text)
        job = BatchJob(str(uuid4()), bucket, role, before, statuses)
        self._jobs[region, job.id] = job
        self._prepare(job, region)
        answer = ET.Element("CreateJobResult", xmlns=s3.S3CONTROL_NS)
        ET.SubElement(answer, "JobId").text = job.id
        return _xml(answer)

    def _prepare(self, job: BatchJob, region: str) -> None:
        rights = BatchRole(job.role, region, job.bucket, "")
        if not rights.may_list():
            job.state, job.problem = "Failed", "the role may not make the list"
            return
        job.versions = [
            (key, version)
            for (bucket, key), versions in s3._object_versions.items()
            if bucket == job.bucket
            for version in versions
            if self._is_listed(job, key, version)
        ]
        if not job.versions:
            job.state, job.problem = "Failed", "Manifest generation found no keys matching the filter criteria."
        elif not all(rights.may_start(key) for key, _ in job.versions):
            job.state, job.problem = "Failed", "the role may not start replication"

    def _is_listed(self, job: BatchJob, key: str, version: Theirs) -> bool:
        if version.get("is_delete_marker") or s3._replication_rule_for(job.bucket, key, None)[0] is None:
            return False
        if job.before is not None and datetime.fromisoformat(version["last_modified"]) >= job.before:
            return False
        return (version.get("replication_status") or "NONE") in job.statuses

    def _moved(self, job: BatchJob, query: dict[str, Theirs]) -> Answer:
        wanted = query.get("requestedJobStatus")
        wanted = wanted[0] if isinstance(wanted, list) else wanted
        if job.state != "Suspended" or wanted not in {"Ready", "Cancelled"}:
            return _refused("JobStatusException", f"a job that is {job.state} cannot become {wanted}", 400)
        job.state = "Cancelled"
        if wanted == "Ready":
            job.state = "Active"
            for key, version in job.versions:
                self._replicator.copy_again(job.bucket, key, version)
        answer = ET.Element("UpdateJobStatusResult", xmlns=s3.S3CONTROL_NS)
        ET.SubElement(answer, "JobId").text = job.id
        ET.SubElement(answer, "Status").text = job.state
        return _xml(answer)


class BatchRole(ReplicationRole):
    """What a job's role allows (FACTS 13.2)."""

    def may_list(self) -> bool:
        """Return whether S3 may make the list."""
        return self._allows("s3:GetReplicationConfiguration", self.source) and self._allows(
            "s3:PutInventoryConfiguration", self.source
        )

    def may_start(self, key: str) -> bool:
        """Return whether an object's replication may be started."""
        return self._allows("s3:InitiateReplication", self.source, key)


def _described(job: BatchJob) -> Answer:
    copied, failed = job.counts()
    if job.state == "Active" and copied + failed == len(job.versions):
        job.state = "Complete"
    answer = ET.Element("DescribeJobResult", xmlns=s3.S3CONTROL_NS)
    about = ET.SubElement(answer, "Job")
    ET.SubElement(about, "JobId").text = job.id
    ET.SubElement(about, "Status").text = job.state
    progress = ET.SubElement(about, "ProgressSummary")
    ET.SubElement(progress, "TotalNumberOfTasks").text = str(len(job.versions))
    ET.SubElement(progress, "NumberOfTasksSucceeded").text = str(copied)
    ET.SubElement(progress, "NumberOfTasksFailed").text = str(failed)
    if job.problem:
        reason = ET.SubElement(ET.SubElement(about, "FailureReasons"), "member")
        ET.SubElement(reason, "FailureCode").text = "ManifestGeneration"
        ET.SubElement(reason, "FailureReason").text = job.problem
    return _xml(answer)


def _texts(body: bytes) -> dict[str, list[str]]:
    """Return the texts of a request's elements by their names."""
    found: dict[str, list[str]] = {}
    for element in ET.fromstring(body).iter():  # noqa: S314 — a test's own request
        found.setdefault(element.tag.rpartition("}")[2], []).append((element.text or "").strip())
    return found


def _xml(root: ET.Element) -> Answer:
    answer: Answer = s3._s3control_response(root)
    return answer


def _refused(code: str, message: str, status: int) -> Answer:
    answer: Answer = s3.s3control_error(code, message, status)
    return answer
