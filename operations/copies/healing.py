"""One job of S3 Batch Replication: counts what a bucket has not copied, and copies it once it is confirmed.

S3 itself makes the list of objects, so a bucket of any size costs no listing here. The job copies by the bucket's own
replication rule, and an object that is there already is left as it is (FACTS 13.2).

IAM: s3:CreateJob; s3:DescribeJob and s3:UpdateJobStatus on jobs; iam:PassRole on the bucket's role for copies.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import uuid4

from contract.names import copies_role_name
from contract.roles import Role
from operations.aws import Aws
from operations.errors import OperationError
from operations.site import Site

STATUSES = ("FAILED", "NONE")
"""What S3 says of an object that could not be copied, and of one that is older than the rule."""

_PREPARED = "Suspended"
_ENDED = {"Complete", "Failed", "Cancelled"}
_NOTHING = "no keys matching"
"""How S3 says that its list is empty, for which the job fails (FACTS 13.3)."""


@dataclass(frozen=True)
class CopyJob:
    """A job as S3 describes it."""

    state: str
    objects: int
    """On its list, once that is made."""
    copied: int
    failed: int
    problem: str = ""
    """Why it failed."""

    @property
    def is_prepared(self) -> bool:
        """Whether the list is made and the job waits for its confirmation."""
        return self.state == _PREPARED

    @property
    def is_over(self) -> bool:
        """Whether nothing more happens."""
        return self.state in _ENDED

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to copy."""
        return _NOTHING in self.problem.lower() or (self.objects == 0 and not self.problem)

    @property
    def is_good(self) -> bool:
        """Whether everything on the list was copied."""
        return self.state == "Complete" and not self.failed


class CopyRepair:
    """Heals the copies of one region's bucket in the other region's.

    Args:
        site: The site.
        role: The region whose bucket was not copied.
        aws: The clients.
    """

    def __init__(self, site: Site, role: Role, aws: Aws) -> None:
        self._site, self._region = site, site.regions[role]
        self._account = site.operations_role_arn.split(":")[4]
        self._jobs = aws.client("s3control", self._region.name)

    def prepare(self, before: float) -> str:
        """Have S3 list what was written before a moment (seconds since the epoch) and not copied; return the job's id.

        Raises:
            ClientError, BotoCoreError: The job was not made.
        """
        role = copies_role_name(self._region.name, self._site.suffix)
        answer = self._jobs.create_job(
            AccountId=self._account,
            ClientRequestToken=uuid4().hex,
            ConfirmationRequired=True,
            Description=f"dr copies, {self._site.suffix}",
            Operation={"S3ReplicateObject": {}},
            Priority=10,
            Report={"Enabled": False},
            RoleArn=f"arn:aws:iam::{self._account}:role/{role}",
            ManifestGenerator={
                "S3JobManifestGenerator": {
                    "ExpectedBucketOwner": self._account,
                    "SourceBucket": f"arn:aws:s3:::{self._region.bucket_name}",
                    "EnableManifestOutput": False,
                    "Filter": {
                        "EligibleForReplication": True,
                        "CreatedBefore": datetime.fromtimestamp(before, UTC),
                        "ObjectReplicationStatuses": list(STATUSES),
                    },
                }
            },
        )
        return str(answer["JobId"])

    def read(self, job: str) -> CopyJob:
        """Read how far a job is.

        Raises:
            OperationError: S3 describes it in a way that this version does not know.
            ClientError, BotoCoreError: It cannot be read.
        """
        told = self._jobs.describe_job(AccountId=self._account, JobId=job).get("Job", {})
        if "Status" not in told:
            raise OperationError(f"S3 must describe the job {job}, got no status")
        counts = told.get("ProgressSummary") or {}
        reasons = [
            f"{each.get('FailureCode')}: {each.get('FailureReason')}" for each in told.get("FailureReasons") or []
        ]
        return CopyJob(
            state=told["Status"],
            objects=int(counts.get("TotalNumberOfTasks") or 0),
            copied=int(counts.get("NumberOfTasksSucceeded") or 0),
            failed=int(counts.get("NumberOfTasksFailed") or 0),
            problem="; ".join(reasons) or ("without a reason" if told["Status"] == "Failed" else ""),
        )

    def confirm(self, job: str) -> None:
        """Have a job copy what is on its list.

        Raises:
            ClientError, BotoCoreError: It is not known whether it does.
        """
        self._jobs.update_job_status(AccountId=self._account, JobId=job, RequestedJobStatus="Ready")

    def cancel(self, job: str) -> None:
        """End a job; what it has copied stays.

        Raises:
            ClientError, BotoCoreError: It may go on; one that is not confirmed copies nothing and ends within days.
        """
        self._jobs.update_job_status(AccountId=self._account, JobId=job, RequestedJobStatus="Cancelled")
