"""Faults on purpose: any of an emulator's by its control URL; on AWS, experiments of its Fault Injection Service."""

import http.client
import json
from collections.abc import Mapping
from typing import Any, Protocol
from urllib.parse import quote, urlsplit

from botocore.exceptions import BotoCoreError, ClientError

from operations.aws import Aws
from operations.errors import OperationError, UsageError
from operations.topology.asking import reason

_TIMEOUT_SECONDS = 10
_FIRST_BAD_STATUS = 400
_STOPPED = {"completed", "stopped", "failed", "cancelled"}


class FaultError(OperationError):
    """A fault could not be brought about or mended."""


class Faults(Protocol):
    """What brings faults about."""

    def inject(self, id_: str, fault: str, values: Mapping[str, object]) -> None:
        """Let something go wrong under an id; it is in effect when this returns.

        Raises:
            FaultError: It cannot be done.
        """

    def heal(self, id_: str) -> None:
        """Mend it; no matter if it has ended by itself.

        Raises:
            FaultError: It cannot be done.
        """

    def heal_all(self) -> None:
        """Mend whatever was injected; raises `FaultError` after having tried everything."""


class EmulatorFaults:
    """The faults of the emulator at a control URL."""

    def __init__(self, control_url: str) -> None:
        parts = urlsplit(control_url)
        self._address = (str(parts.hostname), parts.port or 80)
        self._injected: dict[str, str] = {}
        self.others = self._known()
        """Faults that were there before."""

    def inject(self, id_: str, fault: str, values: Mapping[str, object]) -> None:
        """Let something go wrong; raises `FaultError` as the protocol says."""
        self._injected[id_] = self._ask("POST", "/faults", {**values, "fault": fault})["id"]

    def heal(self, id_: str) -> None:
        """Mend it; raises `FaultError` as the protocol says."""
        if self._injected[id_] in self._known():
            self._end(self._injected[id_])
        del self._injected[id_]

    def heal_all(self) -> None:
        """Mend whatever is new, noted or not: an interruption may have come before the note."""
        for known in self._known():
            if known not in self.others:
                self._end(known)
        self._injected.clear()

    def _known(self) -> tuple[str, ...]:
        return tuple(each["id"] for each in self._ask("GET", "/faults"))

    def _end(self, known: str) -> None:
        self._ask("DELETE", f"/faults/{quote(known, safe='')}")

    def _ask(self, method: str, path: str, body: Mapping[str, object] | None = None) -> Any:  # noqa: ANN401 — JSON
        connection = http.client.HTTPConnection(*self._address, timeout=_TIMEOUT_SECONDS)
        try:
            sent = None if body is None else json.dumps(body)
            connection.request(method, path, body=sent, headers={"Content-Type": "application/json"})
            answer = connection.getresponse()
            said = json.loads(answer.read())
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise FaultError(f"the emulator's control interface does not answer: {error}") from error
        finally:
            connection.close()
        if answer.status >= _FIRST_BAD_STATUS:
            raise FaultError(f"the emulator refuses: {said.get('error', answer.status)}")
        return said


class FisFaults:
    """Experiments of AWS FIS, one template for each fault of a scenario. IAM: fis:StartExperiment, fis:StopExperiment.

    Args:
        aws: Whose rights count.
        region: Where the templates are.
        templates: The experiment template's id for each fault's id.
    """

    def __init__(self, aws: Aws, region: str, templates: Mapping[str, str]) -> None:
        self._client = aws.client("fis", region)
        self._templates = templates
        self._experiments: dict[str, str] = {}

    def inject(self, id_: str, fault: str, values: Mapping[str, object]) -> None:
        """Start the experiment; what it does is the template's business. Raises `FaultError` as the protocol says."""
        if id_ not in self._templates:
            raise UsageError(
                f"--fis-template must name a template for the fault {id_!r}, as {id_}=EXT…; {fault} {values}"
            )
        try:
            answer = self._client.start_experiment(experimentTemplateId=self._templates[id_])
        except (BotoCoreError, ClientError) as error:
            raise FaultError(f"the experiment for {id_} does not start: {reason(error)}") from error
        self._experiments[id_] = answer["experiment"]["id"]

    def heal(self, id_: str) -> None:
        """Stop the experiment; raises `FaultError` as the protocol says."""
        experiment = self._experiments[id_]
        try:
            state = self._client.get_experiment(id=experiment)["experiment"]["state"]["status"]
            if state not in _STOPPED:
                self._client.stop_experiment(id=experiment)
        except (BotoCoreError, ClientError) as error:
            raise FaultError(f"the experiment {experiment} does not stop: {reason(error)}") from error
        del self._experiments[id_]

    def heal_all(self) -> None:
        """Stop every experiment; raises `FaultError` after having tried them all."""
        failed = []
        for id_ in tuple(self._experiments):
            try:
                self.heal(id_)
            except FaultError as error:
                failed.append(str(error))
        if failed:
            raise FaultError("; ".join(failed))
