"""`terraform validate` on every shipped environment: each argument exists and fits, by the real provider."""

import json
import os
import shutil
import subprocess
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from tests.synth.conftest import SHIPPED, Synthesize
from tests.synth.reading import Synthesized

LOCK = ".terraform.lock.hcl"

# Provider 5 has it for what provider 6 does anyway (FACTS 3.8).
ACCEPTED_WARNINGS = {'The "reset_on_delete" attribute will be removed in a future version of the provider'}


@pytest.fixture(scope="module")
def reports(synthesize: Synthesize, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What Terraform says of each environment; the provider is installed once and shared."""
    terraform = shutil.which("terraform")
    assert terraform, "Terraform 1.11 or newer must be installed: https://developer.hashicorp.com/terraform/install"
    environments = {suffix: synthesize(suffix) for suffix in SHIPPED}
    data = tmp_path_factory.mktemp("terraform")
    run = _runner(terraform, data)

    first = environments[SHIPPED[0]].directory
    started = run(first, "init", "-backend=false", "-input=false", "-no-color")
    assert started.returncode == 0, f"the AWS provider must be installable:\n{started.stdout}{started.stderr}"
    for environment in environments.values():
        if environment.directory != first:
            shutil.copy(first / LOCK, environment.directory / LOCK)

    def validate(environment: Synthesized) -> Any:
        return json.loads(run(environment.directory, "validate", "-json").stdout)

    with ThreadPoolExecutor(max_workers=2) as pool:  # each is a provider process of half a gigabyte
        return dict(zip(environments, pool.map(validate, environments.values()), strict=True))


def _runner(terraform: str, data: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    variables = {name: value for name, value in os.environ.items() if name not in {"TF_CLI_ARGS", "TF_WORKSPACE"}}

    def run(directory: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [terraform, *arguments],
            cwd=directory,
            env={**variables, "TF_DATA_DIR": str(data)},
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )

    return run


@pytest.mark.parametrize("suffix", SHIPPED)
class TestValidate:
    """What Terraform finds."""

    def test_there_are_no_errors(self, reports: dict[str, Any], suffix: str) -> None:
        errors = [each for each in reports[suffix]["diagnostics"] if each["severity"] == "error"]
        assert not errors
        assert reports[suffix]["valid"] is True

    def test_there_are_no_warnings_but_those_that_are_meant(self, reports: dict[str, Any], suffix: str) -> None:
        warnings = {each["detail"] for each in reports[suffix]["diagnostics"] if each["severity"] == "warning"}
        assert warnings <= ACCEPTED_WARNINGS
