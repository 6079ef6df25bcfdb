"""Faults on AWS: experiments of its Fault Injection Service, which start, end and fail in their own time."""

from collections.abc import Mapping
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from operations.aws import Aws
from operations.clock import OperationsClock
from operations.drills.faults import FaultError
from operations.errors import UsageError
from operations.topology.asking import reason

_START_SECONDS = 180
_STOP_SECONDS = 600
"""Stopping may undo much: an automation runs its own steps for that."""
_POLL_SECONDS = 2

_FAILED = "failed"
_ENDED = {"completed", "stopped", _FAILED, "cancelled"}
_ACTS = {"running", "completed"}
"""The states of an action that has an effect; one whose targets are not found can be skipped."""


class FisFaults:
    """One experiment template for each fault of a scenario.

    IAM: fis:GetExperimentTemplate, fis:StartExperiment, fis:GetExperiment, fis:StopExperiment.

    Args:
        aws: Whose rights count.
        region: Where the templates are.
        templates: The experiment template's id for each fault's id.
        clock: What it waits by.

    Raises:
        UsageError: A template cannot be read.
    """

    def __init__(self, aws: Aws, region: str, templates: Mapping[str, str], clock: OperationsClock) -> None:
        self._client = aws.client("fis", region)
        self._templates, self._clock = templates, clock
        self._experiments: dict[str, str] = {}
        for id_, template in templates.items():
            try:
                self._client.get_experiment_template(id=template)
            except (BotoCoreError, ClientError) as error:
                raise UsageError(
                    f"--fis-template must be an experiment template in {region} that you may read and start, "
                    f"as the operations role may not, got {id_}={template}: {reason(error)}"
                ) from error

    def inject(self, id_: str, fault: str, values: Mapping[str, object]) -> None:  # noqa: ARG002
        """Start the experiment and see it act; what it does is the template's. Raises as the protocol says."""
        try:
            answer = self._client.start_experiment(experimentTemplateId=self._templates[id_])
        except (BotoCoreError, ClientError) as error:
            raise FaultError(f"the experiment for {id_} does not start: {reason(error)}") from error
        self._experiments[id_] = answer["experiment"]["id"]
        limit = self._clock.monotonic() + _START_SECONDS
        while not self._acts(id_):
            if self._clock.monotonic() >= limit:
                raise FaultError(f"{self._name(id_)} does nothing yet after {_START_SECONDS} s")
            self._clock.sleep(_POLL_SECONDS)

    def heal(self, id_: str) -> None:
        """Stop the experiment and wait until it has ended; raises as the protocol says."""
        self._going_on(id_)
        self._end(id_)

    def heal_all(self) -> None:
        """Stop every experiment that has not ended; raises `FaultError` after having tried them all."""
        failed = []
        for id_ in tuple(self._experiments):
            try:
                self._end(id_)
            except FaultError as error:
                failed.append(str(error))
        if failed:
            raise FaultError("; ".join(failed))

    def require_lasting(self) -> None:
        """See that every experiment still runs; raises as the protocol says."""
        for id_ in self._experiments:
            self._going_on(id_)

    def _acts(self, id_: str) -> bool:
        experiment = self._going_on(id_)
        actions = experiment.get("actions", {}).values()
        return experiment["state"]["status"] == "running" and any(each["state"]["status"] in _ACTS for each in actions)

    def _going_on(self, id_: str) -> Any:  # noqa: ANN401 — JSON
        experiment = self._read(id_)
        if experiment["state"]["status"] in {"stopping", *_ENDED}:
            raise FaultError(f"{self._name(id_)} ended before it was to: {_said(experiment)}")
        return experiment

    def _end(self, id_: str) -> None:
        limit = self._clock.monotonic() + _STOP_SECONDS
        experiment = self._read(id_)
        if experiment["state"]["status"] not in {"stopping", *_ENDED}:
            self._ask(id_, "stop_experiment")
        while experiment["state"]["status"] not in _ENDED:
            if self._clock.monotonic() >= limit:
                raise FaultError(f"{self._name(id_)} has not ended after {_STOP_SECONDS} s: {_said(experiment)}")
            self._clock.sleep(_POLL_SECONDS)
            experiment = self._read(id_)
        if experiment["state"]["status"] == _FAILED:
            raise FaultError(f"{self._name(id_)} may have left something undone: {_said(experiment)}")
        del self._experiments[id_]

    def _read(self, id_: str) -> Any:  # noqa: ANN401 — JSON
        return self._ask(id_, "get_experiment")["experiment"]

    def _ask(self, id_: str, operation: str) -> Any:  # noqa: ANN401 — JSON
        try:
            return getattr(self._client, operation)(id=self._experiments[id_])
        except (BotoCoreError, ClientError) as error:
            raise FaultError(f"{self._name(id_)} cannot be watched or stopped: {reason(error)}") from error

    def _name(self, id_: str) -> str:
        return f"the experiment {self._experiments[id_]} for {id_}"


def _said(experiment: Any) -> str:  # noqa: ANN401 — JSON
    state = experiment["state"]
    return ": ".join(filter(None, (state["status"], state.get("reason"))))
