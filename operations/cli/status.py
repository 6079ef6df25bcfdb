"""`dr` and `dr status`: who takes payments, what is at risk, the next command, and the topology behind it."""

import json
import time
from collections.abc import Callable
from enum import StrEnum
from typing import Any

from rich.console import Console, Group, RenderableType
from rich.live import Live

from operations.cli.exit_status import ATTENTION, DONE, FAILED, OUTAGE, UNVERIFIED
from operations.cli.options import OutputFormat
from operations.cli.session import Session
from operations.cli.standing import standing_document, verdict_document, verdict_on
from operations.topology.model import Topology
from operations.topology.read import read_topology
from operations.topology.show import show
from operations.verdict.model import TrafficAlert, TrafficSituation, TrafficVerdict
from operations.verdict.show import one_line, show_verdict

_PAUSE_SECONDS = 2.0
"""Between two looks, in real seconds."""

_STATUSES = {
    TrafficAlert.WELL: DONE,
    TrafficAlert.ATTENTION: ATTENTION,
    TrafficAlert.OUTAGE: OUTAGE,
    TrafficAlert.UNKNOWN: UNVERIFIED,
}


class Detail(StrEnum):
    """How much is shown."""

    LINE = "line"
    VERDICT = "verdict"
    ALL = "all"


def show_status(session: Session, detail: Detail, *, watch: bool, exit_code: bool) -> int:
    """Show the verdict, once or repeatedly, and return the exit status."""
    topology, found = _look(session)
    if watch:
        found = _watch(session, detail, topology, found)
    elif session.output is OutputFormat.JSON:
        print(json.dumps(_document(topology, found, detail), indent=2))
    elif detail is Detail.LINE:
        session.console.print(one_line(found), soft_wrap=True)
    else:
        session.console.print(_screen(session, topology, found, detail))
    if found.situation is TrafficSituation.NOT_DEPLOYED or (
        found.alert is TrafficAlert.UNKNOWN and found.takes_payments is None
    ):
        return FAILED  # it is unknown who takes payments
    return _STATUSES[found.alert] if exit_code else DONE


def _look(session: Session) -> tuple[Topology, TrafficVerdict]:
    topology = read_topology(session.site, session.aws, session.surroundings, session.clock)
    return topology, verdict_on(session, topology)


def _screen(session: Session, topology: Topology, found: TrafficVerdict, detail: Detail) -> RenderableType:
    if detail is Detail.LINE:
        return one_line(found)
    parts: list[RenderableType] = [show_verdict(found)]
    if detail is Detail.ALL:
        parts += ["", show(topology, surroundings=session.label)]
    return Group(*parts)


def _document(topology: Topology, found: TrafficVerdict, detail: Detail) -> dict[str, Any]:
    if detail is Detail.ALL:
        return standing_document(topology, found)
    return verdict_document(found)


def _watch(session: Session, detail: Detail, topology: Topology, found: TrafficVerdict) -> TrafficVerdict:
    """Show the verdict repeatedly (only when it changed, if there is no terminal), and return the last one."""
    console = session.console
    show_next = _printing(session, console, detail)
    try:
        if console.is_terminal and session.output is OutputFormat.TEXT:
            with Live(console=console, auto_refresh=False) as live:
                while True:
                    live.update(_screen(session, topology, found, detail), refresh=True)
                    time.sleep(_PAUSE_SECONDS)
                    topology, found = _look(session)
        while True:
            show_next(topology, found)
            time.sleep(_PAUSE_SECONDS)
            topology, found = _look(session)
    except KeyboardInterrupt:
        return found


def _printing(session: Session, console: Console, detail: Detail) -> Callable[[Topology, TrafficVerdict], None]:
    """Return a printer that writes a line for each verdict that differs from the previous one."""
    latest: list[object] = [None]

    def printed(topology: Topology, found: TrafficVerdict) -> None:
        summary = found.situation, found.takes_payments, found.next.command
        if summary == latest[0]:
            return
        latest[0] = summary
        if session.output is OutputFormat.JSON:
            print(json.dumps(_document(topology, found, detail)), flush=True)
        else:
            console.print(one_line(found), soft_wrap=True)

    return printed
