"""Faults on purpose; here, any of an emulator's by its control URL."""

import http.client
import json
from collections.abc import Mapping
from typing import Any, Protocol
from urllib.parse import quote, urlsplit

from operations.errors import OperationError

_TIMEOUT_SECONDS = 10
_FIRST_BAD_STATUS = 400


class FaultError(OperationError):
    """A fault could not be injected or healed."""


class FaultInjection(Protocol):
    """Injects faults."""

    def inject(self, id_: str, fault: str, values: Mapping[str, object]) -> None:
        """Let something go wrong under an id; it is in effect when this returns.

        Raises:
            FaultError: It cannot be done.
        """

    def heal(self, id_: str) -> None:
        """Heal it; it has no effect any more when this returns.

        Raises:
            FaultError: It cannot be done, or the fault had ended before.
        """

    def heal_all(self) -> None:
        """Heal whatever was injected and has not ended; raises `FaultError` after having tried everything."""

    def require_lasting(self) -> None:
        """See that nothing which was injected, and not healed, has ended by itself.

        Raises:
            FaultError: Something has, or it cannot be told.
        """


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
        """Heal it; raises `FaultError` as the protocol says."""
        self.require_lasting()
        self._end(self._injected.pop(id_))

    def heal_all(self) -> None:
        """Heal whatever is new, noted or not: an interruption may have come before the note."""
        for known in self._known():
            if known not in self.others:
                self._end(known)
        self._injected.clear()

    def require_lasting(self) -> None:
        """See that what was injected is there; raises `FaultError` as the protocol says."""
        known = self._known()
        if gone := [id_ for id_, fault in self._injected.items() if fault not in known]:
            raise FaultError(f"{gone[0]} ended before it was to")

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
