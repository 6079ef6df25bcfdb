"""A new deployment is ready once the tickers have opened the writer."""

import json
from pathlib import Path
from typing import Any

import pytest

from sandbox.deployment import Deployment, DeploymentError

OUTPUTS = {"control_table_name": "payments-control-dev", "regions": {"primary": "us-east-1", "standby": "us-east-2"}}


class Emulated:
    """An emulator whose control table holds one writer after the other; the last one stays."""

    def __init__(self, *states: str | None) -> None:
        self._states = list(states)
        self.reads = 0
        self.environment: dict[str, str] = {}

    def client(self, service: str, region: str) -> Any:
        assert (service, region) == ("dynamodb", "us-east-1")
        return self

    def get_item(self, *, TableName: str, ConsistentRead: bool, **_: Any) -> dict[str, Any]:  # noqa: N803 — as boto3
        assert (TableName, ConsistentRead) == ("payments-control-dev", True)
        self.reads += 1
        state = self._states.pop(0) if len(self._states) > 1 else self._states[0]
        return {} if state is None else {"Item": {"state": {"S": state}}}


@pytest.fixture
def told() -> list[str]:
    return []


@pytest.fixture(autouse=True)
def _nothing_is_run(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave outputs as cdktf does, and let time pass only by waiting."""

    def run(deployment: Deployment, *_: str) -> None:
        (deployment.directory / "outputs.json").write_text(json.dumps({deployment.stack: OUTPUTS}))

    now = [0.0]
    monkeypatch.setattr(Deployment, "_run", run)
    monkeypatch.setattr("time.monotonic", lambda: now[0])
    monkeypatch.setattr("time.sleep", lambda seconds: now.__setitem__(0, now[0] + seconds))


def deployment(emulated: Emulated, directory: Path, told: list[str]) -> Deployment:
    emulator: Any = emulated
    return Deployment(emulator, directory, {"ENVIRONMENT_SUFFIX": "dev"}, told.append)


def test_a_first_one_waits_until_the_writer_is_created_and_open(tmp_path: Path, told: list[str]) -> None:
    emulated = Emulated(None, "closing", "open")
    deployment(emulated, tmp_path, told).deploy()
    assert (emulated.reads, len(told)) == (3, 2)


def test_a_later_one_leaves_the_writer_as_operators_hold_it(tmp_path: Path, told: list[str]) -> None:
    (tmp_path / "outputs.json").touch()
    emulated = Emulated("closing")
    deployment(emulated, tmp_path, told).deploy()
    assert emulated.reads == 0


def test_a_writer_that_nobody_opens_is_a_failure(tmp_path: Path, told: list[str]) -> None:
    with pytest.raises(DeploymentError, match=r"no region was open to payments within 240 s: the writer is .*closing"):
        deployment(Emulated("closing"), tmp_path, told).deploy()
