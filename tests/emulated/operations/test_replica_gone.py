"""The payments table without its replica: what Terraform says, and the commands of docs/runbook.md that end it.

An emulator of its own holds the table alone: the tests of the deployed stack need theirs whole.
"""

import json
import os
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from emulator import Emulator, running
from sandbox.deployment import Deployment
from tests.emulated.emulator.sample_api import administrator
from tests.emulated.operations import pages
from tests.emulated.programs import require
from tests.emulated.site import PRIMARY, STANDBY

pytestmark = pytest.mark.prove

COMMANDS = pages.sections(pages.ROOT / "docs" / "runbook.md")["The replica is gone"]
TABLE = "payments-dev"


@dataclass(frozen=True)
class TableAlone:
    """The payments table as the stack declares it, deployed by Terraform into an emulator."""

    emulator: Emulator
    directory: Path

    @property
    def environment(self) -> Mapping[str, str]:
        """The variables of Terraform and the AWS CLI."""
        return {**os.environ, **self.emulator.environment, "ENVIRONMENT_SUFFIX": "dev"}

    def terraform(self, *command: str) -> subprocess.CompletedProcess[str]:
        """Run Terraform; its words have no line breaks."""
        done = subprocess.run(
            ["terraform", *command, "-input=false", "-no-color"],
            cwd=self.directory,
            env=dict(self.environment),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            timeout=300,
        )
        said = " ".join(done.stdout.replace("│", " ").split())
        return subprocess.CompletedProcess(done.args, done.returncode, said)

    def run_page(self) -> None:
        """Run the commands of the runbook's section."""
        deployment = SimpleNamespace(environment=dict(self.environment), directory=self.directory)
        pages.run(cast("Any", SimpleNamespace(deployment=deployment)), *COMMANDS, directory=self.directory)


def declared(synthesized: Mapping[str, Any]) -> dict[str, Any]:
    """Return the table of a stack, its providers, and the stream that the standby's functions read."""
    ((id_, table),) = (
        (id_, each) for id_, each in synthesized["resource"]["aws_dynamodb_table"].items() if each["name"] == TABLE
    )
    (stream,) = (
        each["event_source_arn"]
        for each in synthesized["resource"]["aws_lambda_event_source_mapping"].values()
        if "replica" in each["event_source_arn"]
    )
    return {
        "terraform": {"required_providers": synthesized["terraform"]["required_providers"]},
        "provider": synthesized["provider"],
        "resource": {"aws_dynamodb_table": {id_: table}},
        "output": {"stream": {"value": stream}},
    }


@pytest.fixture(scope="module")
def table(deployment: Deployment, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TableAlone]:
    require("aws")
    path = deployment.directory / "cdktf.out" / "stacks" / deployment.stack / "cdk.tf.json"
    directory = tmp_path_factory.mktemp("table")
    (directory / "main.tf.json").write_text(json.dumps(declared(json.loads(path.read_text(encoding="utf-8")))))
    with running() as emulator:
        table = TableAlone(emulator, directory)
        for command in (("init",), ("apply", "-auto-approve")):
            done = table.terraform(*command)
            assert done.returncode == 0, done.stdout
        yield table


def test_lost_replica_is_named_and_made_again(table: TableAlone) -> None:
    assert table.terraform("plan", "-detailed-exitcode").returncode == 0
    deletion = [{"Delete": {"RegionName": STANDBY}}]
    administrator(table.emulator)("dynamodb", PRIMARY).update_table(TableName=TABLE, ReplicaUpdates=deletion)
    refused = table.terraform("plan")
    assert refused.returncode == 1
    assert f"The payments table must have a replica in {STANDBY} and has none." in refused.stdout
    assert 'section "The replica is gone" of docs/runbook.md' in refused.stdout
    assert refused.stdout.count("Error:") == 1
    table.run_page()
    # Another stream, since it is another table: whatever reads it changes, and the table does not.
    planned = table.terraform("plan")
    assert planned.returncode == 0
    assert "without changing any real infrastructure" in planned.stdout
    recovery = administrator(table.emulator)("dynamodb", STANDBY).describe_continuous_backups(TableName=TABLE)
    status = recovery["ContinuousBackupsDescription"]["PointInTimeRecoveryDescription"]["PointInTimeRecoveryStatus"]
    assert status == "ENABLED"
