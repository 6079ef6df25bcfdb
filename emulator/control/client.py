"""Talks to a running emulator's control interface."""

import contextlib
import http.client
import json
from types import TracebackType
from typing import Any, Self
from urllib.parse import quote, urlsplit

from emulator.faults import ALL, BadFaultError
from emulator.settings import time_scale

_TIMEOUT_SECONDS = 60  # for hangs: a busy machine may take its time


class NotRunningError(ConnectionError):
    """No emulator answers at the control URL."""


class InjectedFault:
    """A fault that was injected; as a context manager it is healed at the end of the block."""

    def __init__(self, control: "ControlClient", shown: dict[str, Any]) -> None:
        self._control = control
        self.id: str = shown["id"]
        self.shown = shown

    def heal(self) -> None:
        """End the fault; no matter if it is healed already."""
        if self.id in {fault["id"] for fault in self._control.faults()}:
            self._control.heal(self.id)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.heal()


class ControlClient:
    """Lists, injects and heals faults of the emulator at a control URL."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._address = _address(url)

    def inject(self, fault: str, /, **values: object) -> InjectedFault:
        """Let something go wrong; it is in effect when this returns.

        Raises:
            BadFaultError: There is no such fault, or it cannot have such values.
            NotRunningError: No emulator answers.
        """
        return InjectedFault(self, self._ask("POST", "/faults", {**values, "fault": fault}))

    def heal(self, fault: str = ALL) -> list[dict[str, Any]]:
        """End one fault by its id, or all; return what was healed.

        Raises:
            BadFaultError: No fault has that id.
            NotRunningError: No emulator answers.
        """
        healed: list[dict[str, Any]] = self._ask("DELETE", f"/faults/{quote(fault, safe='')}")
        return healed

    def faults(self) -> list[dict[str, Any]]:
        """Return the faults that are injected, oldest first."""
        active: list[dict[str, Any]] = self._ask("GET", "/faults")
        return active

    def status(self) -> dict[str, Any]:
        """Return the time scale, the faults, the parts that run and what they report."""
        status: dict[str, Any] = self._ask("GET", "/status")
        return status

    def set_time_scale(self, scale: object) -> float:
        """Let the emulator's time pass at a scale from now on; return it.

        Raises:
            ValueError: It is no number from 1 to 1000.
            NotRunningError: No emulator answers.
        """
        set_to: dict[str, float] = self._ask("PUT", "/time-scale", {"time_scale": time_scale(scale)})
        return set_to["time_scale"]

    def _ask(self, method: str, path: str, body: dict[str, object] | None = None) -> Any:  # noqa: ANN401 — JSON
        connection = http.client.HTTPConnection(*self._address, timeout=_TIMEOUT_SECONDS)
        try:
            sent = None if body is None else json.dumps(body, default=list)
            connection.request(method, path, body=sent, headers={"Content-Type": "application/json"})
            response = connection.getresponse()
            shown = json.loads(response.read())
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise NotRunningError(f"no emulator answers at {self._url} ({error or type(error).__name__})") from error
        finally:
            connection.close()
        if response.status >= 400:  # noqa: PLR2004 — where HTTP's errors begin
            raise BadFaultError(shown.get("error", f"status {response.status}"))
        return shown


def _address(url: str) -> tuple[str, int]:
    with contextlib.suppress(ValueError):
        parts = urlsplit(url)
        if parts.scheme == "http" and parts.hostname and parts.port:
            return parts.hostname, parts.port
    raise NotRunningError(f"the control URL must be like http://127.0.0.1:4567, got {url!r}")
