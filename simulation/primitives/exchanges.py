"""One request on its way to a service and back, over TCP: what gets lost is sent again until somebody gives up."""

from collections.abc import Callable

from simulation.kernel.pending import Pending
from simulation.kernel.process import Process
from simulation.primitives.network import Network
from simulation.primitives.service import Request, Service

_FIRST_RESEND_SECONDS = 0.3
_LINGER_SECONDS = 60.0


class Exchange:
    """A request of a process at a service, until the answer or the time-out.

    Args:
        network: What carries both.
        service: What is asked.
        operation: What it is asked for.
        request: The parameters.
        process: Who asks.
        pending: Where the answer goes.
        seconds: When the caller gives up: it resets the connection, and nothing arrives any more.
        timed_out: Makes the error for that case.
    """

    __slots__ = (
        "_deadline",
        "_is_timed",
        "_kernel",
        "_network",
        "_pending",
        "_timed_out",
        "operation",
        "process",
        "request",
        "service",
        "source",
    )

    def __init__(
        self,
        network: Network,
        service: Service,
        operation: str,
        request: Request,
        process: Process,
        pending: Pending,
        seconds: float,
        timed_out: Callable[[], Exception],
    ) -> None:
        self.operation = operation
        self.request = request
        self.process = process
        self.source = process.place
        self.service = service
        self._network = network
        self._kernel = process.kernel
        self._pending = pending
        self._deadline = process.kernel.now + seconds
        self._timed_out = timed_out
        self._is_timed = False

    def send(self, resend_seconds: float = _FIRST_RESEND_SECONDS) -> None:
        """Send the request."""
        seconds = self._network.transit(self.source, self.service.place)
        if seconds is None:
            self.lose()
            self._kernel.after(resend_seconds, self._send_again, 2 * resend_seconds)
            return
        if self.service.faults is not None:
            seconds += self.service.extra_seconds()
        if self._kernel.now + seconds > self._deadline:
            self.lose()
        self._kernel.after(seconds, self._arrive)

    def answer(self, value: object, seconds: float = 0.0) -> None:
        """Send the answer after so many seconds of work."""
        if self.service.faults is not None and self.service.loses_answer(self.operation):
            self.lose()
        elif not self._pending.is_done:
            self._send_back(self._pending.resolve, value, seconds)

    def refuse(self, error: Exception, seconds: float = 0.0) -> None:
        """Send an error."""
        if not self._pending.is_done:
            self._send_back(self._pending.fail, error, seconds)

    def lose(self) -> None:
        """Let the caller wait until it gives up, unless an answer comes before."""
        if not self._is_timed:
            self._is_timed = True
            self._kernel.at(self._deadline, self._give_up)

    def _give_up(self) -> None:
        if not self._pending.is_done:
            self._pending.fail(self._timed_out())

    def _send_again(self, resend_seconds: float) -> None:
        if not self._is_reset() and not self.process.is_dead:  # a machine that is gone sends nothing
            self.send(resend_seconds)

    def _arrive(self) -> None:
        if self._is_reset():
            return
        if self._network.passes(self.source, self.service.place):
            self.service.receive(self)
        else:  # a partition came meanwhile
            self.lose()
            self._kernel.after(_FIRST_RESEND_SECONDS, self._send_again, 2 * _FIRST_RESEND_SECONDS)

    def _is_reset(self) -> bool:
        """Return whether the caller has given up and its kernel sends nothing any more (FACTS 12.2)."""
        if not self._pending.is_done:
            return False
        return not self._network.lingers or self._kernel.now > self._deadline + _LINGER_SECONDS

    def _send_back(
        self, hand_over: Callable[..., object], value: object, seconds: float, resend: float = _FIRST_RESEND_SECONDS
    ) -> None:
        back = self._network.transit(self.service.place, self.source)
        if back is not None:
            if self._kernel.now + seconds + back > self._deadline:
                self.lose()
            self._kernel.after(seconds + back, hand_over, value)
        elif not self._pending.is_done:
            self.lose()
            self._kernel.after(resend, self._send_back, hand_over, value, seconds, 2 * resend)
