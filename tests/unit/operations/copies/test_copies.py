"""`dr copies`: what it counts, asks and copies, and what its exit status says."""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from contract.roles import Role
from operations.cli import app as command_line
from operations.copies.healing import CopyRepair
from tests.unit.fake_clock import FakeClock
from tests.unit.operations.cli.sessions import opened
from tests.unit.operations.fakes import FakeAws, refused
from tests.unit.operations.plans.topologies import SITE, topology

EMPTY = {
    "FailureCode": "ManifestGeneration",
    "FailureReason": "Manifest generation found no keys matching the filter criteria.",
}


class Jobs:
    """S3 in both regions: a list takes two looks, a copy another two."""

    def __init__(self, **uncopied: int) -> None:
        self.uncopied = {"us-east-1": 0, "us-east-2": 0} | {name.replace("_", "-"): n for name, n in uncopied.items()}
        self.failing = 0
        self.jobs: dict[str, dict[str, Any]] = {}
        self.moves: list[tuple[str, str]] = []
        self.answers: dict[tuple[str, ...], Any] = {
            ("s3control", region, operation): getattr(self, operation)(region)
            for region in self.uncopied
            for operation in ("create_job", "describe_job", "update_job_status")
        }
        self.aws = FakeAws(answers=self.answers)

    def create_job(self, region: str) -> Any:
        def create(**asked: Any) -> dict[str, str]:
            self.jobs[region] = {"looks": 0, "state": "Preparing", "asked": asked}
            return {"JobId": f"job-{region}"}

        return create

    def describe_job(self, region: str) -> Any:
        def describe(**_: Any) -> dict[str, Any]:
            job, count = self.jobs[region], self.uncopied[region]
            job["looks"] += 1
            if job["state"] == "Preparing" and job["looks"] > 1:
                job["state"] = "Suspended" if count else "Failed"
            if job["state"] == "Ready" and job["looks"] > 3:
                job["state"] = "Complete"
            done = count if job["state"] == "Complete" else 0
            return {"Job": {
                "Status": job["state"],
                "ProgressSummary": {
                    "TotalNumberOfTasks": count,
                    "NumberOfTasksSucceeded": max(done - self.failing, 0),
                    "NumberOfTasksFailed": min(done, self.failing),
                },
                "FailureReasons": [EMPTY] if job["state"] == "Failed" else [],
            }}  # fmt: skip

        return describe

    def update_job_status(self, region: str) -> Any:
        def update(**asked: Any) -> dict[str, str]:
            assert asked["JobId"] == f"job-{region}"
            self.jobs[region]["state"] = asked["RequestedJobStatus"]
            self.moves.append((region, asked["RequestedJobStatus"]))
            return {}

        return update


def run(patch: pytest.MonkeyPatch, jobs: Jobs, *arguments: str) -> int:
    opened(patch, aws=jobs.aws, clock=FakeClock())
    patch.setattr("operations.cli.standing.read_topology", lambda *_: topology())
    return command_line.main(["copies", *arguments])


def told(capsys: pytest.CaptureFixture[str]) -> Any:
    return json.loads(capsys.readouterr().out)["regions"]


def test_what_failed_is_counted_then_copied(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    jobs = Jobs(us_east_1=7)
    assert run(monkeypatch, jobs, "--yes", "-o", "json") == 0
    assert jobs.moves == [("us-east-1", "Ready")]
    assert [(each["region"], each["objects"], each["copied"], each["failed"]) for each in told(capsys)] == [
        ("us-east-1", 7, 7, 0), ("us-east-2", 0, 0, 0),
    ]  # fmt: skip


def test_job_copies_what_failed_or_predates_the_rule_with_its_own_role() -> None:
    jobs = Jobs(us_east_1=1)
    CopyRepair(SITE, Role.PRIMARY, jobs.aws).prepare(1_000_000.0)
    asked = jobs.jobs["us-east-1"]["asked"]
    generator = asked["ManifestGenerator"]["S3JobManifestGenerator"]
    assert generator["Filter"]["ObjectReplicationStatuses"] == ["FAILED", "NONE"]
    assert generator["SourceBucket"] == f"arn:aws:s3:::{SITE.regions[Role.PRIMARY].bucket_name}"
    assert generator["Filter"]["CreatedBefore"].timestamp() == 1_000_000.0
    assert asked["RoleArn"].endswith(":role/copies-us-east-1-dev")
    assert asked["Operation"] == {"S3ReplicateObject": {}}
    assert asked["ConfirmationRequired"] is True


def test_dry_run_counts_and_cancels(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    jobs = Jobs(us_east_1=7, us_east_2=2)
    assert run(monkeypatch, jobs, "--dry-run", "-o", "json") == 0
    assert jobs.moves == [("us-east-1", "Cancelled"), ("us-east-2", "Cancelled")]
    assert [each["objects"] for each in told(capsys)] == [7, 2]


def test_one_region_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    jobs = Jobs(us_east_1=7, us_east_2=2)
    assert run(monkeypatch, jobs, "--yes", "--region", "standby") == 0
    assert jobs.moves == [("us-east-2", "Ready")]


def test_nobody_is_asked_where_nothing_is_left(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, Jobs()) == 0
    assert capsys.readouterr().out.count("nothing is left to copy") == 2


def test_no_copies_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    jobs = Jobs(us_east_1=7)
    monkeypatch.setattr("typer.confirm", lambda *_, **__: False)
    assert run(monkeypatch, jobs) == 1
    assert jobs.moves == [("us-east-1", "Cancelled")]


def test_objects_that_fail_again_fail_the_command(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    jobs = Jobs(us_east_1=7)
    jobs.failing = 3
    assert run(monkeypatch, jobs, "--yes") == 1
    assert "4 of 7 objects copied, 3 failed" in capsys.readouterr().out


def test_region_out_of_reach_is_unknown_and_spares_the_other(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    jobs = Jobs(us_east_2=2)
    jobs.answers["s3control", "us-east-1", "create_job"] = refused("CreateJob")
    assert run(monkeypatch, jobs, "--yes") == 1
    said = capsys.readouterr().out
    assert "us-east-1 to us-east-2: unknown: An error occurred (AccessDenied)" in said
    assert "2 of 2 objects copied" in said


def test_list_that_cannot_be_made_is_unknown_never_empty(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    jobs = Jobs()
    monkeypatch.setitem(EMPTY, "FailureReason", "the role may not make the list")
    assert run(monkeypatch, jobs, "--yes") == 1
    assert "unknown: ManifestGeneration: the role may not make the list" in capsys.readouterr().out


def test_interrupted_count_cancels_its_jobs(monkeypatch: pytest.MonkeyPatch) -> None:
    jobs = Jobs(us_east_1=7)

    def interrupt(**_: Any) -> Any:
        raise KeyboardInterrupt

    jobs.answers["s3control", "us-east-2", "describe_job"] = interrupt
    assert run(monkeypatch, jobs, "--yes") == 130
    assert jobs.moves == [("us-east-1", "Cancelled"), ("us-east-2", "Cancelled")]


def test_job_that_cannot_be_confirmed_is_said_and_ended(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    jobs = Jobs(us_east_1=7)

    def update(**_: Any) -> Any:
        raise ClientError({"Error": {"Code": "InternalException", "Message": "no"}}, "UpdateJobStatus")

    jobs.answers["s3control", "us-east-1", "update_job_status"] = update
    assert run(monkeypatch, jobs, "--yes") == 1
    assert "unknown: An error occurred (InternalException)" in capsys.readouterr().out


def test_moment_in_the_future_is_refused(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(monkeypatch, Jobs(), "--before", "2999-01-01") == 2
    assert capsys.readouterr().err.startswith("dr: --before must be in the past")
