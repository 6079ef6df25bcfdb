"""API Gateway in front of a region's payment function and its probes, and the HTTPS exchange that leads there."""

import json
import random
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote, urlsplit

from client.https import NoAnswerError, NotReachedError, Response, Timeouts
from contract.environment import Function
from simulation.kernel.loop import Kernel
from simulation.kernel.pending import Pending
from simulation.kernel.process import Process
from simulation.primitives.exchanges import Exchange
from simulation.primitives.functions import CRASHED, TIMED_OUT, FunctionPool
from simulation.primitives.network import Network
from simulation.primitives.service import Asked, Service

_PAYMENT_PATH = "/payment/"
_PROBES_PATH = "/writer"
_INTEGRATION_SECONDS = 29.0
_REFUSED_SHARE = 0.3


class ApiGateway(Service):
    """One region's API; `request` holds method, path and body."""

    name = "execute-api"
    writes = frozenset({"POST"})

    def __init__(
        self, kernel: Kernel, place: str, pools: Mapping[Function, FunctionPool], random_: random.Random
    ) -> None:
        super().__init__(place, random_)
        self._kernel = kernel
        self._pools = pools
        self._number = 0

    def work_on(self, exchange: Asked) -> None:
        """Invoke the function and answer with what it returns."""
        is_over = False

        def done(result: Any, why: str | None) -> None:  # noqa: ANN401 -- a proxy response
            nonlocal is_over
            if is_over:
                return
            is_over = True
            if why is None:
                headers = {name.lower(): value for name, value in result["headers"].items()}
                exchange.answer(Response(result["statusCode"], headers, result["body"].encode()), 0.002)
            else:
                exchange.answer(_answer({CRASHED: 502, TIMED_OUT: 504}.get(why, 500 if "throttled" in why else 502)))

        self._number += 1
        pool = self._pools[Function.PROBES if exchange.request["path"] == _PROBES_PATH else Function.PAYMENT_API]
        if pool.profile.seconds >= _INTEGRATION_SECONDS:
            self._kernel.after(_INTEGRATION_SECONDS, done, None, TIMED_OUT)
        pool.invoke(_event(exchange.request, f"{self.place}-{self._number}"), done)

    def answer_error(self, exchange: Asked) -> None:
        """Answer 500."""
        exchange.answer(_answer(500))

    def answer_throttled(self, exchange: Asked) -> None:
        """Answer 429, before any function runs."""
        exchange.answer(_answer(429))


def _answer(status: int) -> Response:
    return Response(status, {"content-type": "application/json"}, json.dumps({"message": "gateway"}).encode())


def _event(request: dict[str, Any], request_id: str) -> dict[str, Any]:
    path = request["path"]
    is_payment = path.startswith(_PAYMENT_PATH)
    return {
        "resource": "/payment/{transactionId}" if is_payment else path,
        "httpMethod": request["method"],
        "pathParameters": {"transactionId": unquote(path.removeprefix(_PAYMENT_PATH))} if is_payment else None,
        "body": None if request["body"] is None else request["body"].decode(),
        "isBase64Encoded": False,
        "requestContext": {"requestId": request_id},
    }


class Https:
    """What connects to the regions' APIs; an address is the name of a region."""

    def __init__(self, kernel: Kernel, network: Network) -> None:
        self.gateways: dict[str, ApiGateway] = {}
        self._network = network
        self._random = kernel.random("https")

    def exchange(
        self,
        process: Process,
        address: str,
        method: str,
        url: str,
        *,
        body: bytes | None,
        timeouts: Timeouts,
        is_connected: bool = False,
    ) -> Response:
        """Send one request and return the answer; over a connection of its own unless one stands.

        Raises:
            NotReachedError: Nothing was sent.
            NoAnswerError: The request may have arrived.
        """
        process.call_point()
        gateway, network = self.gateways[address], self._network
        if not is_connected:
            self._connect(process, gateway.place, timeouts.connect)
        pending = Pending(process)
        request = {"method": method, "path": urlsplit(url).path, "body": body}
        Exchange(network, gateway, method, request, process, pending, timeouts.answer, _no_answer).send()
        answer: Response = pending.wait()
        process.call_point()
        return answer

    def _connect(self, process: Process, place: str, seconds: float) -> None:
        there, back = self._network.transit(process.place, place), self._network.transit(place, process.place)
        if there is None or back is None or there + back > seconds:
            process.sleep(0.05 if self._random.random() < _REFUSED_SHARE else seconds)
            raise NotReachedError(f"{place} was not reached")
        process.sleep(there + back)


def _no_answer() -> Exception:
    return NoAnswerError("no answer in time")
