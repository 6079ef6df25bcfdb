"""Experiments of the Fault Injection Service: a drill goes on only with a fault that acts, and ends with none."""

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from operations.drills.faults import FaultError
from operations.drills.fis import FisFaults
from operations.drills.preflight import faults_for
from operations.drills.scenario import load
from operations.endpoints import EndpointSettings
from operations.errors import UsageError
from tests.unit.fake_clock import FakeClock
from tests.unit.operations.drills.world import FakeAws, site

ENDED = ("completed", "stopped", "failed", "cancelled")


class Fis:
    """The service: experiments go through states, one whenever they are looked at, and stay in the last."""

    def __init__(self, *states: str, action: str = "running") -> None:
        self.states: dict[str, list[str]] = {}
        self._life, self._action = states or ("pending", "initiating", "running"), action
        self.stopping: tuple[str, ...] = ("stopping", "stopped")
        self.stopped: list[str] = []

    def get_experiment_template(self, *, id: str) -> dict[str, Any]:  # noqa: A002
        if id == "EXT0":
            raise ClientError({"Error": {"Code": "ResourceNotFoundException"}}, "GetExperimentTemplate")
        return {"experimentTemplate": {"id": id}}

    def start_experiment(self, *, experimentTemplateId: str) -> dict[str, Any]:  # noqa: N803
        id_ = f"of-{experimentTemplateId}"
        self.states[id_] = list(self._life)
        return {"experiment": {"id": id_, "state": {"status": "pending"}}}

    def get_experiment(self, *, id: str) -> dict[str, Any]:  # noqa: A002
        states = self.states[id]
        state = {"status": states.pop(0) if len(states) > 1 else states[0], "reason": "why"}
        return {"experiment": {"id": id, "state": state, "actions": {"one": {"state": {"status": self._action}}}}}

    def stop_experiment(self, *, id: str) -> None:  # noqa: A002
        self.stopped.append(id)
        self.states[id] = list(self.stopping)


def faults(fis: Fis) -> FisFaults:
    aws: Any = FakeAws({("fis", "us-east-1"): fis})
    return FisFaults(aws, "us-east-1", {"loss": "EXT1", "second": "EXT2"}, FakeClock())


def injected(fis: Fis) -> FisFaults:
    made = faults(fis)
    made.inject("loss", "region-down", {})
    return made


def test_one_is_waited_for_until_it_runs_and_until_it_has_stopped() -> None:
    fis = Fis()
    made = injected(fis)
    assert fis.states["of-EXT1"] == ["running"]
    made.require_lasting()
    made.heal("loss")
    assert (fis.stopped, fis.states["of-EXT1"]) == (["of-EXT1"], ["stopped"])


@pytest.mark.parametrize("state", [*ENDED, "stopping"])
def test_one_that_never_runs_is_no_fault(state: str) -> None:
    with pytest.raises(FaultError, match=f"of-EXT1 for loss ended before it was to: {state}: why"):
        injected(Fis("pending", "initiating", state))


@pytest.mark.parametrize(
    "fis", [Fis("pending"), Fis("running", action="pending"), Fis("running", action="skipped")], ids=["", "", ""]
)
def test_experiment_without_a_started_action_is_no_fault(fis: Fis) -> None:
    made = faults(fis)
    with pytest.raises(FaultError, match="does nothing yet after 180 s"):
        made.inject("loss", "region-down", {})
    made.heal_all()
    assert fis.stopped == ["of-EXT1"]


@pytest.mark.parametrize("state", ENDED)
@pytest.mark.parametrize("judge", [lambda made: made.heal("loss"), FisFaults.require_lasting], ids=["mended", "judged"])
def test_one_that_ends_by_itself_was_no_fault_for_as_long(state: str, judge: Callable[[FisFaults], None]) -> None:
    fis = Fis("running")
    made = injected(fis)
    fis.states["of-EXT1"] = [state]
    with pytest.raises(FaultError, match=f"ended before it was to: {state}: why"):
        judge(made)


def test_all_are_stopped_in_the_end_whether_they_still_run_or_not() -> None:
    fis = Fis()
    made = injected(fis)
    made.inject("second", "region-down", {})
    fis.states["of-EXT1"] = ["completed"]
    made.heal_all()
    assert fis.stopped == ["of-EXT2"]


@pytest.mark.parametrize(
    ("stopping", "said"),
    [(("stopping",), "has not ended after 600 s: stopping"), (("failed",), "may have left something undone: failed")],
)
def test_failed_undo_is_reported_after_all_were_tried(stopping: tuple[str, ...], said: str) -> None:
    fis = Fis()
    made = injected(fis)
    made.inject("second", "region-down", {})
    fis.stopping = stopping
    with pytest.raises(FaultError) as failed:
        made.heal_all()
    assert str(failed.value).count(said) == 2


class TestBefore:
    """What is refused before anybody pays."""

    @staticmethod
    def refusal(**templates: str) -> str:
        aws: Any = FakeAws({("fis", "us-east-1"): Fis()})
        with pytest.raises(UsageError) as refused:
            faults_for(
                load("region-loss"),
                surroundings=EndpointSettings(),
                site=site(),
                aws=aws,
                clock=FakeClock(),
                templates=templates,
            )
        return str(refused.value)

    def test_a_fault_without_a_template(self) -> None:
        assert "--fis-template loss=EXT" in self.refusal()

    def test_a_template_that_is_not_there_or_may_not_be_read(self) -> None:
        assert "got loss=EXT0: ResourceNotFoundException (GetExperimentTemplate)" in self.refusal(loss="EXT0")
