"""`dr wait`: waits until a planned move can begin, and shows what is missing and how long it may take."""

import json
from dataclasses import replace
from datetime import UTC, datetime

from rich.console import Group, RenderableType
from rich.live import Live
from rich.padding import Padding
from rich.text import Text

from operations.cli.exit_status import DONE, FAILED, INTERRUPTED
from operations.cli.options import OutputFormat
from operations.cli.session import Session
from operations.cli.standing import verdict_document, verdict_on
from operations.clock import at_least
from operations.errors import UsageError
from operations.readiness.awaited_move import AwaitedMove
from operations.readiness.awaiting import AwaitedEnd, SettlingLag, awaited, ready_at, refusal_of, route_of
from operations.timestamps import for_people, parse_duration
from operations.topology.loss_estimate import LossEstimate, estimate_loss
from operations.topology.model import Topology
from operations.topology.read import read_topology
from operations.topology.site_clock import at_site
from operations.topology.words import who_did_what
from operations.verdict.model import TrafficVerdict
from operations.verdict.show import first_line

_PATIENCE_SECONDS = 5.0
"""How long one look may take: a slow answer is no reason to call something unknown."""

_PAUSE_SECONDS = 5.0
_MINIMUM_PAUSE_SECONDS = 1.0
"""Between two looks, in real seconds: an emulator's faster time must not load its machine more."""


def wait_until_ready(session: Session, condition: AwaitedMove, within: str | None) -> int:
    """Wait until a move can begin or the limit (such as 10m) has passed, and return the exit status."""
    seconds = None if within is None else parse_duration(within, option="--within")
    waiting = _Waiting(session, condition)
    try:
        with waiting.live:
            ready = waiting.until_ready(seconds)
    except KeyboardInterrupt:
        return waiting.end("Stopped waiting; nothing was changed.", INTERRUPTED)
    if not ready:
        return waiting.end(f"Not ready for {condition.command} within {within}.", FAILED)
    compares = ", which first compares the payments of both regions" if condition is AwaitedMove.FAILBACK else ""
    return waiting.end(f"Ready for {condition.command}. Next: `dr {condition.command}`{compares}.", DONE)


class _Waiting:
    """The state of one wait: what is missing, and for how long it has lasted."""

    def __init__(self, session: Session, move: AwaitedMove) -> None:
        self._session, self._move = session, move
        self._settling = SettlingLag()
        self._began = session.clock.monotonic()
        self._left: tuple[AwaitedEnd, ...] | None = None
        self._verdict: TrafficVerdict | None = None
        self._serving = Text()
        self.live = Live(console=session.console, transient=True, auto_refresh=False)

    def until_ready(self, seconds: float | None) -> bool:
        """Wait until the move can begin, and return whether it can; without `seconds` there is no limit."""
        clock = self._session.clock
        pause = at_least(_PAUSE_SECONDS, real=_MINIMUM_PAUSE_SECONDS, scale=clock.scale)
        while self._look():
            left = pause if seconds is None else min(pause, seconds - self._seconds)
            if left <= 0:
                return False
            clock.sleep(left)
        return True

    def _look(self) -> bool:
        """Read the topology, show what is missing, and return whether anything is.

        Raises:
            UsageError: What the move is for is done already, so there is nothing to wait for.
        """
        session = self._session
        topology = read_topology(
            session.site, session.aws, session.surroundings, session.clock, seconds=_PATIENCE_SECONDS
        )
        refusal = refusal_of(self._move, topology, None)
        if refusal is not None and refusal.already is not None:
            raise UsageError(f"there is nothing to wait for: {who_did_what(refusal.already)}")
        # Reading the stream takes long, so it is done only when nothing else stands in the way.
        loss = None if refusal is not None else self._loss(topology)
        self._verdict = verdict_on(session, topology)
        self._serving = first_line(self._verdict)
        before = None if self._left is None else _preconditions(self._left)
        now = at_site(session.clock.time(), topology.machine_ahead)
        self._left = tuple(
            replace(each, obstacle=replace(each.obstacle, remedy=session.typed(each.obstacle.remedy)))
            for each in awaited(self._move, topology, loss, self._settling, now=now)
        )
        if session.console.is_terminal:
            self.live.update(self._shown() if self._left else "", refresh=True)
        elif self._left and _preconditions(self._left) != before:
            session.console.print(self._shown())
        return bool(self._left)

    def end(self, sentence: str, status: int) -> int:
        """Print how the wait ended, and return the exit status."""
        session, left = self._session, self._left or ()
        if left and session.console.is_terminal:
            session.console.print(self._shown())
        elif not left and self._serving:
            session.console.print(self._serving)
        session.console.print(f"{session.typed(sentence)} Waited {self._seconds:.0f} s.", markup=False)
        if session.output is OutputFormat.JSON:
            print(json.dumps(self._document(left, ready=status == DONE), indent=2))
        return status

    @property
    def _seconds(self) -> float:
        return self._session.clock.monotonic() - self._began

    def _loss(self, topology: Topology) -> LossEstimate | None:
        route = route_of(self._move, topology)
        if route is None or route[0] is route[1]:
            return None
        session, (source, destination) = self._session, route
        return estimate_loss(
            topology, session.aws, session.clock, source=source, destination=destination, seconds=_PATIENCE_SECONDS
        )

    def _shown(self) -> RenderableType:
        left = self._left or ()
        at = ready_at(left)
        when = "when is not known" if at is None else f"expected at {for_people(at)}"
        what = "1 precondition" if len(left) == 1 else f"{len(left)} preconditions"
        heading = f"{for_people(self._session.clock.time())} · waiting {self._seconds:.0f} s for {what}, {when}:"
        return Group(self._serving, Text(heading, style="bold"), *(Padding(_body(each), (0, 0, 0, 2)) for each in left))

    def _document(self, left: tuple[AwaitedEnd, ...], *, ready: bool) -> dict[str, object]:
        return {
            "environment": self._session.site.suffix,
            "verdict": None if self._verdict is None else verdict_document(self._verdict),
            "condition": self._move,
            "ready": ready,
            "waitedSeconds": round(self._seconds, 3),
            "expectedAt": _stamp(ready_at(left)),
            "obstacles": [
                {
                    "precondition": each.obstacle.precondition,
                    "found": each.obstacle.found,
                    "remedy": each.obstacle.remedy,
                    "expectedAt": _stamp(each.expected_at),
                }
                for each in left
            ],
        }


def _preconditions(ends: tuple[AwaitedEnd, ...]) -> set[str]:
    return {each.obstacle.precondition for each in ends}


def _body(end: AwaitedEnd) -> Text:
    obstacle = end.obstacle
    body = Text.assemble((obstacle.precondition, "bold"), f": {obstacle.found}\n→ {obstacle.remedy}")
    return body if end.expected_at is None else body.append(f"; expected by {for_people(end.expected_at)}")


def _stamp(seconds: float | None) -> str | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds")
