# ruff: noqa: SLF001 — MiniStack offers no public seams
"""How faults take effect on requests: no answer, a late one, an error; on the AWS API and the data plane alike.

The AWS API of all regions shares one port, which therefore cannot refuse to be connected to. A request to a region
that is down gets no answer instead: its connection is reset, or left open until the client gives up.
"""

from collections.abc import Awaitable, Callable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import NoReturn

from ministack import app
from ministack.core import router
from ministack.services import s3

from emulator import fault_answers
from emulator.apigateway.data_plane import serving
from emulator.clock import EmulatorClock
from emulator.connections import Address, Connections
from emulator.faults import ActiveFaults, Mode
from emulator.patching import Answer, Theirs, wrap
from emulator.regions import region_of_caller

DATA_PLANE = "execute-api"

_exchange: ContextVar["ServedRequest | None"] = ContextVar("emulator_exchange", default=None)


class UnansweredRequestError(BaseException):
    """A request ends without an answer; no part of MiniStack may catch it and answer."""


@dataclass(eq=False, slots=True)
class ServedRequest:
    """One request while it is served."""

    client: Address
    server: Address
    receive: Callable[[], Awaitable[dict[str, Theirs]]]
    target: tuple[str, str] | None = None
    """Region and service; on the AWS API's port they are not looked for until a fault makes it necessary."""
    request: tuple[str, str, Mapping[str, str], Mapping[str, Theirs]] | None = None
    hangs: bool = field(default=False, init=False)

    def find_target(self) -> tuple[str, str] | None:
        """Return the region and the service that the request is for, None as long as too little of it is read."""
        if self.target is None and self.request is not None:
            self.target = _target(*self.request)
        return self.target


class RequestFaults:
    """Lets requests meet the faults of the region and service that they are for."""

    def __init__(self, *, faults: ActiveFaults, clock: EmulatorClock, connections: Connections) -> None:
        self._faults = faults
        self._clock = clock
        self._connections = connections
        self._live: set[ServedRequest] = set()

    def install(self) -> None:
        """Look at every request before MiniStack does."""
        wrap(app, "_handle_special_data_plane_request", self._met)

    async def serve(self, scope: Theirs, receive: Theirs, send: Theirs) -> None:
        """Serve one HTTP request or one WebSocket, or leave it without an answer."""
        region = serving.get()
        exchange = ServedRequest(scope["client"], scope["server"], receive, (region, DATA_PLANE) if region else None)
        _exchange.set(exchange)
        self._live.add(exchange)

        async def answer(message: Theirs) -> None:
            # What was asked before the region went down is not answered any more.
            if self._faults.active:
                await self._only_if_up(exchange)
            await send(message)

        async def hear() -> dict[str, Theirs]:
            message: dict[str, Theirs] = await receive()
            if self._faults.active and message["type"] == "websocket.receive":
                await self._only_if_up(exchange)  # said to a region that is down
            return message

        try:
            await app.app(scope, hear, answer)
        except UnansweredRequestError:
            pass
        finally:
            self._live.discard(exchange)

    def apply(self) -> None:
        """After a change of the faults: break what a region that is down still serves, and what hung until now."""
        for exchange in list(self._live):
            mode = self._mode(exchange)
            # What hung is lost when the region returns, as with a server that has forgotten its connections.
            if mode == "refuse" or (exchange.hangs and mode == "up"):
                self._connections.reset(exchange.client, exchange.server)

    def _mode(self, exchange: ServedRequest) -> Mode:
        target = exchange.find_target()
        if target is None:
            return "up"
        caller = region_of_caller(exchange.client[0])
        if caller is not None and not self._faults.calls(caller, target[0]):
            return "hang"  # packets are lost between the two regions
        return self._faults.behaviour(*target).mode

    async def _only_if_up(self, exchange: ServedRequest) -> None:
        mode = self._mode(exchange)
        if mode != "up":
            await self._leave_unanswered(exchange, mode)

    async def _leave_unanswered(self, exchange: ServedRequest, mode: Mode) -> NoReturn:
        if mode == "refuse":
            self._connections.reset(exchange.client, exchange.server)
        else:
            exchange.hangs = True
            while (await exchange.receive())["type"] not in ("http.disconnect", "websocket.disconnect"):
                pass
        raise UnansweredRequestError

    def _met(self, original: Callable[..., Theirs]) -> Callable[..., Theirs]:
        async def meet(
            method: str,
            path: str,
            headers: dict[str, str],
            body: bytes,
            query: dict[str, Theirs],
            request_id: str,
            **more: Theirs,
        ) -> Theirs:
            exchange = _exchange.get()
            if exchange is not None:
                exchange.request = (method, path, headers, query)
            if exchange is not None and self._faults.active:
                refused = await self._fault(exchange, method, path, headers, body, query, request_id)
                if refused is not None:
                    return refused
            return await original(method, path, headers, body, query, request_id, **more)

        return meet

    async def _fault(
        self,
        exchange: ServedRequest,
        method: str,
        path: str,
        headers: dict[str, str],
        body: bytes,
        query: dict[str, Theirs],
        request_id: str,
    ) -> Answer | None:
        await self._only_if_up(exchange)
        region, service = exchange.find_target() or ("", "")
        behaviour = self._faults.behaviour(region, service)
        if behaviour.delay_seconds:
            await self._clock.sleep(behaviour.delay_seconds)
            await self._only_if_up(exchange)
        if behaviour.error_share and self._faults.strikes(behaviour.error_share):
            return fault_answers.overloaded(service, headers, request_id)
        if not self._faults.global_changes_allowed(service) and fault_answers.is_change(
            service, method, path, headers, query, body
        ):
            return fault_answers.unchangeable(service, headers, request_id)
        return None


def _target(method: str, path: str, headers: Mapping[str, str], query: Mapping[str, Theirs]) -> tuple[str, str]:
    """Return the region and the service that a request on the AWS API's port is for."""
    service = router.detect_service(method, path, headers, query)
    region = router.extract_region(headers, query)
    if service == "s3":
        # One name space for all regions, but each bucket lives in one: its data goes with its region.
        bucket = app._extract_s3_vhost_bucket(headers.get("host", "")) or path.lstrip("/").partition("/")[0]
        region = s3.bucket_region(bucket) or region
    elif service == "dynamodbstreams":
        service = "dynamodb"
    return region, service
