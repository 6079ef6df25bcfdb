"""The control interface as an ASGI application: JSON in, JSON out, on a loopback port of its own.

GET /status, GET /faults, POST /faults {"fault": name, …}, DELETE /faults/<id or all>,
PUT /time-scale {"time_scale": number}.
A mistake is answered with 400 and {"error": one line}.
"""

import json
from collections.abc import Awaitable, Callable
from typing import Any

from emulator.faults import ALL, ActiveFaults, BadFaultError
from emulator.settings import time_scale

_MOST_BYTES = 64 * 1024

Status = Callable[[], dict[str, Any]]
Apply = Callable[[], Awaitable[None]]


class _RefusedError(Exception):
    """A request that cannot be served: status and one line."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


class Control:
    """Serves the control interface."""

    def __init__(
        self, *, faults: ActiveFaults, apply: Apply, status: Status, set_time_scale: Callable[[float], None]
    ) -> None:
        self._faults = faults
        self._apply = apply
        self._status = status
        self._set_time_scale = set_time_scale

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:  # noqa: ANN401 — ASGI has no types of its own
        """Serve one request."""
        if scope["type"] != "http":
            return
        try:
            status, shown = await self._answer(scope, receive)
        except _RefusedError as refused:
            status, shown = refused.status, {"error": str(refused)}
        except BadFaultError as bad:
            status, shown = 400, {"error": str(bad)}
        body = json.dumps(shown).encode()
        headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    async def _answer(self, scope: Any, receive: Any) -> tuple[int, Any]:  # noqa: ANN401
        method, path = scope["method"], scope["path"].rstrip("/")
        match method, path.split("/")[1:]:
            case "GET", ["status"]:
                return 200, self._status()
            case "GET", ["faults"]:
                return 200, [fault.shown() for fault in self._faults.active]
            case "POST", ["faults"]:
                values = await _values(scope, receive, "fault", {"fault": "region-down", "region": "us-east-1"})
                if not isinstance(name := values.pop("fault"), str):
                    raise _RefusedError(400, f"`fault` must be the name of a fault, got {name!r}")
                fault = self._faults.inject(name, **values)
                await self._apply()  # answered once it is in effect
                return 201, fault.shown()
            case "PUT", ["time-scale"]:
                values = await _values(scope, receive, "time_scale", {"time_scale": 10})
                try:
                    scale = time_scale(values["time_scale"])
                except ValueError as error:
                    raise _RefusedError(400, str(error)) from None
                self._set_time_scale(scale)
                return 200, {"time_scale": scale}
            case "DELETE", ["faults", fault_id]:
                healed = self._faults.heal(fault_id)
                await self._apply()
                return 200, [fault.shown() for fault in healed]
            case "DELETE", ["faults"]:
                raise _RefusedError(400, f"name the fault's id, or {ALL!r}: DELETE /faults/{ALL}")
            case _:
                there = "there are /status, /faults and /time-scale"
                raise _RefusedError(404, f"there is no {method} {path or '/'} here; {there}")


async def _body(receive: Any) -> bytes:  # noqa: ANN401
    body: bytes = b""
    while True:
        message = await receive()
        body += message.get("body", b"")
        if len(body) > _MOST_BYTES:
            raise _RefusedError(413, f"a request has at most {_MOST_BYTES} bytes")
        if not message.get("more_body"):
            return body


async def _values(scope: Any, receive: Any, needed: str, example: dict[str, Any]) -> dict[str, Any]:  # noqa: ANN401
    """Return the request's JSON object, which has the member that is needed."""
    # A web page cannot send this content type to another origin without being asked first.
    if dict(scope["headers"]).get(b"content-type", b"").partition(b";")[0] != b"application/json":
        raise _RefusedError(415, "the content type must be application/json")
    try:
        values = json.loads(await _body(receive))
    except (ValueError, RecursionError):  # deep nesting overflows the parser
        raise _RefusedError(400, "the body is no JSON") from None
    if not isinstance(values, dict) or needed not in values:
        raise _RefusedError(400, f"the body must be an object such as {json.dumps(example)}")
    return values
