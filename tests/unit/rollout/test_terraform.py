"""How Terraform is run: what is told of it, and that whatever ends this process lets it end in good order."""

import json
import os
import signal
import threading
import time
from collections.abc import Mapping
from pathlib import Path

import pytest

from operations.errors import OperationError
from rollout.terraform import Terraform, TerraformFailedError, TerraformInterruptedError

WAITING = """\
trap 'echo asked >> asked; sleep 0.5; exit 1' INT
echo > begun
while :; do sleep 0.05; done
"""


@pytest.fixture
def told() -> list[str]:
    return []


@pytest.fixture
def terraform(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, told: list[str]) -> Terraform:
    """A Terraform whose program is a script that each test writes; it runs in the stack's directory."""
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    (tmp_path / "cdktf.out" / "stacks" / "stack").mkdir(parents=True)
    (tmp_path / "files").mkdir()
    return Terraform(project=tmp_path, stack="stack", files=tmp_path / "files", tell=told.append)


def write(terraform: Terraform, script: str) -> None:
    program = terraform.project / "terraform"
    program.write_text(f"#!/bin/sh\n{script}")
    program.chmod(0o755)


def events(*lines: Mapping[str, object]) -> str:
    return "".join(f"printf '%s\\n' '{json.dumps(line)}'\n" for line in lines)


def diagnostic(severity: str, **more: str) -> dict[str, object]:
    return {"type": "diagnostic", "diagnostic": {"severity": severity, "summary": "no", "detail": "not\nhere", **more}}


def test_apply_reports_only_resources_and_errors(terraform: Terraform, told: list[str]) -> None:
    done = {"type": "apply_complete", "@message": "aws_x.y: Creation complete"}
    script = events(
        {"type": "version", "@message": "Terraform 1.11.4"},
        done,
        diagnostic("warning"),
        diagnostic("error", address="aws_x.z"),
        {"type": "outputs", "@message": "Outputs: 20"},
    )
    write(terraform, f"{script}echo no JSON\nexit 1")
    with pytest.raises(TerraformFailedError, match=r"^`terraform apply` failed with status 1$"):
        terraform.apply(Path("x"))
    assert told == ["aws_x.y: Creation complete", "aws_x.z: no: not here", "no JSON"]


@pytest.mark.parametrize(("status", "changes"), [(0, False), (2, True)])
def test_plan_says_whether_anything_changes(terraform: Terraform, status: int, changes: bool) -> None:  # noqa: FBT001
    write(terraform, f'echo "$*" > called\nexit {status}')
    path, found = terraform.plan("first", targets=["aws_x.y"])
    assert (path, found) == (terraform.files / "first.tfplan", changes)
    called = (terraform.project / "cdktf.out/stacks/stack/called").read_text().split()
    assert called == ["plan", "-no-color", "-input=false", "-detailed-exitcode", f"-out={path}", "-target=aws_x.y"]


def test_failed_plan_reports_the_reason(terraform: Terraform, told: list[str]) -> None:
    write(terraform, "echo Error: Invalid index; exit 1")
    with pytest.raises(TerraformFailedError, match=r"^`terraform plan` failed with status 1$"):
        terraform.plan("whole")
    assert told == ["Error: Invalid index"]


def test_json_is_read_among_other_output(terraform: Terraform) -> None:
    write(terraform, "echo Warning >&2; echo '{\"a\": 1}'")
    assert terraform.show(Path("x")) == {"a": 1}
    assert not (terraform.files / "answer.json").exists()


def test_without_terraform_one_line_says_so(terraform: Terraform) -> None:
    with pytest.raises(OperationError, match=r"^terraform must be there: is Terraform on the PATH\?$"):
        terraform.apply(Path("x"))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_whatever_ends_this_process_lets_terraform_end_first(terraform: Terraform, number: signal.Signals) -> None:
    """A second Ctrl-C is not passed on: Terraform would drop what it does."""
    write(terraform, WAITING)
    stack = terraform.project / "cdktf.out/stacks/stack"

    def interrupt() -> None:
        for sign in ("begun", "asked"):
            while not (stack / sign).exists():
                time.sleep(0.01)
            os.kill(os.getpid(), number)

    # Under nohup and in a shell's background job they would be ignored, and SIGINT by what is started as well.
    before = {each: signal.signal(each, signal.default_int_handler) for each in {number, signal.SIGINT}}
    thread = threading.Thread(target=interrupt)
    thread.start()
    try:
        with pytest.raises(
            TerraformInterruptedError, match=r"^`terraform apply` was interrupted, and has ended in good"
        ):
            terraform.apply(Path("x"))
        thread.join()
        assert (stack / "asked").read_text() == "asked\n"
        assert signal.getsignal(number) is signal.default_int_handler
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)
