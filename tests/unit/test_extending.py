"""What docs/extending.md says is done to a copy of the project, and has its effect."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.unit.extending_copy import ROOT, Edit, StaleEditError, apply, copy_project, tasks

TASKS = (
    "An alarm threshold",
    "A region pair",
    "A status code",
    "A readiness rule",
    "A drill scenario",
    "An emulator fault",
    "An output",
    "A payment of your own",
)


@pytest.fixture(scope="module")
def extended(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the project in which all tasks are done, one after the other."""
    copy = tmp_path_factory.mktemp("extended")
    copy_project(copy)
    for edits in tasks().values():
        apply(edits, copy)
    return copy


def run(copy: Path, *arguments: str, **variables: str) -> str:
    """Run Python in the copy, whose modules come before the checkout's; return what it prints."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("DR_", "CDKTF_", "NODE_OPTIONS"))}
    kept["PYTHONPATH"] = f"{copy}{os.pathsep}{ROOT}"
    kept.setdefault("JSII_RUNTIME_PACKAGE_CACHE_ROOT", str(ROOT / "build" / "jsii"))
    ran = subprocess.run(
        [sys.executable, *arguments], cwd=copy, env={**kept, **variables}, capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stderr
    return ran.stdout


@pytest.fixture(scope="module")
def synthesized(extended: Path) -> Any:
    """The new pair of regions, as the copy synthesizes it."""
    run(extended, "main.py", ENVIRONMENT_SUFFIX="tokyo", CDKTF_OUTDIR=str(extended / "cdktf.out"))
    return json.loads((extended / "cdktf.out" / "stacks" / "payments-dr-tokyo" / "cdk.tf.json").read_text())


@pytest.fixture(scope="module")
def done(extended: Path) -> Any:
    """What the copy's functions, `dr` and emulator do."""
    *_, last = run(extended, "-P", "-m", "tests.unit.extended").splitlines()  # after the metrics of the functions
    return json.loads(last)


def test_there_are_eight_tasks_and_each_has_edits() -> None:
    assert tuple(name for name, edits in tasks().items() if edits) == TASKS


@pytest.mark.parametrize("task", TASKS)
def test_table_names_the_files_of_each_task(task: str) -> None:
    text = (ROOT / "docs" / "extending.md").read_text(encoding="utf-8")
    (row,) = (line for line in text.splitlines() if line.startswith(f"| [{task}]"))
    named = row.split("|")[2].replace("`", "").replace(" ", "").split(",")
    paths = {edit.path for edit in tasks()[task]}
    assert {path for path in paths if not path.startswith(tuple(named))} == set()
    assert {name for name in named if not any(path.startswith(name) for path in paths)} == set()


def test_alarm_threshold(synthesized: Any) -> None:
    alarms = synthesized["resource"]["aws_cloudwatch_metric_alarm"].values()
    assert {alarm["threshold"] for alarm in alarms if alarm["alarm_name"].startswith("retry-depth")} == {250}


def test_region_pair(synthesized: Any) -> None:
    providers = {provider["region"] for provider in synthesized["provider"]["aws"]}
    assert providers == {"ap-northeast-1", "ap-northeast-3"}
    assert synthesized["output"]["witness_region"]["value"] == "ap-northeast-2"


def test_output(synthesized: Any) -> None:
    assert set(synthesized["output"]["bucket_arns"]["value"]) == {"primary", "standby"}


def test_status_code(done: Any) -> None:
    assert done["too large"] == [413, "RejectedPaymentError"]


def test_readiness_rule(done: Any, synthesized: Any) -> None:
    assert done["readiness"] == ["versioning of the bucket", "must be Enabled, is Suspended", ""]
    documents = synthesized["data"]["aws_iam_policy_document"].values()
    statements = [each for document in documents for each in document["statement"]]
    allowed = [arn for each in statements if "s3:GetBucketVersioning" in each["actions"] for arn in each["resources"]]
    assert len(set(allowed)) == len(allowed) == 2


def test_drill_scenario(done: Any) -> None:
    assert done["scenario"] == ["inject", "wait"]


def test_emulator_fault(done: Any) -> None:
    assert done["fault"] == [True, False, True]


def test_payment_of_your_own(done: Any, synthesized: Any) -> None:
    paid = done["payments"]
    assert paid["statuses"] == [201, 202, 400, 201]
    assert (paid["channel"], paid["messages"], paid["logged"]) == ("online", ["batch"], "S")
    assert paid["refused"] == [{"field": "channel", "rule": "channel", "message": "must be online or batch"}]
    (model,) = {each["schema"] for each in synthesized["resource"]["aws_api_gateway_model"].values()}
    assert json.loads(model)["properties"]["channel"] == {"description": "online or batch"}


def test_edit_that_does_not_fit_is_refused() -> None:
    edit = Edit("a.py", is_new=False, lines=(" one", "+two"))
    assert edit.applied("one\nthree\n") == "one\ntwo\nthree\n"
    with pytest.raises(StaleEditError, match=r"^a\.py must hold this once, holds it 2 times"):
        edit.applied("one\none\n")
