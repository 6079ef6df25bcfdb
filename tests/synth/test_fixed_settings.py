"""Settings that are fixed once deployed: Terraform itself refuses a plan that changes one."""

import json
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.synth.conftest import Synthesize
from tests.synth.reading import Synthesized

KIND = "terraform_data"
REGIONS = {"DR_PRIMARY_REGION": "us-east-1", "DR_STANDBY_REGION": "us-west-2", "DR_WITNESS_REGION": "us-east-2"}


@pytest.fixture(scope="module")
def deployed(dev: Synthesized, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What Terraform remembers of the first deployment: these resources need no provider, and no region."""
    directory = tmp_path_factory.mktemp("fixed settings")
    write(directory, dev)
    for command in (("init",), ("apply", "-auto-approve")):
        done = terraform(directory, *command)
        assert done.returncode == 0, done.stdout
    return directory


def write(directory: Path, environment: Synthesized) -> None:
    """Write the remembered settings of an environment as a configuration of their own."""
    remembered: Mapping[str, Any] = environment.json["resource"][KIND]
    (directory / "main.tf.json").write_text(json.dumps({"resource": {KIND: remembered}}))


def terraform(directory: Path, *command: str) -> subprocess.CompletedProcess[str]:
    program = shutil.which("terraform")
    assert program, "terraform must be on the PATH"
    return subprocess.run(
        [program, *command, "-input=false", "-no-color"],
        cwd=directory,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        timeout=300,
    )


def plan(directory: Path, environment: Synthesized, *options: str) -> tuple[int, str]:
    """Plan an environment over what is deployed; return the exit status and the words without line breaks."""
    write(directory, environment)
    done = terraform(directory, "plan", "-detailed-exitcode", *options)
    return done.returncode, " ".join(done.stdout.replace("│", " ").split())


def test_nothing_changes_where_no_setting_does(deployed: Path, dev: Synthesized) -> None:
    assert plan(deployed, dev)[0] == 0


def test_changed_regions_are_refused(deployed: Path, synthesize: Synthesize) -> None:
    status, said = plan(deployed, synthesize("dev", **REGIONS))
    assert status == 1
    assert "`standby_region` is fixed once deployed: it is us-east-2, got us-west-2. To change a region" in said
    assert "`witness_region` is fixed once deployed: it is us-west-2, got us-east-2." in said
    assert "`primary_region` is fixed once deployed: it is us-east-1" not in said


def test_changed_interval_is_refused(deployed: Path, adjusted: Synthesized) -> None:
    """An inverted check begins unhealthy, so replacing it would take DNS from a primary that serves."""
    status, said = plan(deployed, adjusted)
    assert status == 1
    assert "`health_check_interval_seconds` is fixed once deployed: it is 10, got 30." in said


def test_interval_is_changed_by_replacing_what_is_remembered(deployed: Path, adjusted: Synthesized) -> None:
    """By the command of docs/deploying.md."""
    (address,) = (each.address for each in adjusted.all(KIND) if "health_check_interval_seconds" in each["input"])
    assert address == "terraform_data.domain_health_fixed_first_C8DB4F57"
    assert plan(deployed, adjusted, f"-replace={address}")[0] == 2


def test_terraform_must_know_write_only_arguments(shipped: Synthesized) -> None:
    """Arguments such as `value_wo` are an error at plan before 1.11 (FACTS 7.2)."""
    assert shipped.json["terraform"]["required_version"] == ">= 1.11.0"
