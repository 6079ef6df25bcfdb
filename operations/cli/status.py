"""`dr` and `dr status`: who takes payments, what is at risk, the next command, and everything that decides it."""

import json
import time
from collections.abc import Callable
from enum import StrEnum
from typing import Annotated, Any

import typer
from rich.console import Console, Group, RenderableType
from rich.live import Live

from operations.cli.exit_status import ATTENTION, DONE, FAILED, OUTAGE, UNVERIFIED
from operations.cli.options import Output, Session, with_session
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

Watch = Annotated[bool, typer.Option("--watch", "-w", help="Look again every two seconds, until Ctrl-C.")]
ExitCode = Annotated[
    bool, typer.Option("--exit-code", help="End with 3, 4 or 5 when not all is well; `dr --help` has the table.")
]


class Detail(StrEnum):
    """How much is shown."""

    LINE = "line"
    VERDICT = "verdict"
    ALL = "all"


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command(epilog="Example: dr status --brief --exit-code")(status)
    app.command(hidden=True)(verdict)


@with_session
def status(
    session: Session,
    *,
    brief: Annotated[bool, typer.Option("--brief", "-b", help="Show one line: the verdict.")] = False,
    watch: Watch = False,
    exit_code: ExitCode = False,
) -> int:
    """Show who takes payments, the risk and the next command; then health, tickers, DNS, replication, queues, alarms.

    What cannot be read is shown as unknown, with the reason. The exit status is 0 whatever it says, and 1 when nobody
    can tell who takes payments; with --exit-code it is the verdict's.
    """
    return _run(session, Detail.LINE if brief else Detail.ALL, watch=watch, exit_code=exit_code)


@with_session
def verdict(session: Session, *, watch: Watch = False, exit_code: ExitCode = False) -> int:
    """Show who takes payments, what is at risk, and the next command; `dr` alone does that."""
    return _run(session, Detail.VERDICT, watch=watch, exit_code=exit_code)


def _run(session: Session, detail: Detail, *, watch: bool, exit_code: bool) -> int:
    topology, found = _look(session)
    if watch:
        found = _watch(session, detail, topology, found)
    elif session.output is Output.JSON:
        print(json.dumps(_document(topology, found, detail), indent=2))
    elif detail is Detail.LINE:
        session.console.print(one_line(found), soft_wrap=True)
    else:
        session.console.print(_screen(session, topology, found, detail))
    if found.situation is TrafficSituation.NOT_DEPLOYED or (
        found.alert is TrafficAlert.UNKNOWN and found.takes_payments is None
    ):
        return FAILED  # nobody can tell who takes payments
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
    """Show the verdict again and again; where no person watches, only when it has changed. Return the last one."""
    console = session.console
    show_next = _printing(session, console, detail)
    try:
        if console.is_terminal and session.output is Output.TEXT:
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
    """Return what writes a line for each verdict that differs from the one before."""
    latest: list[object] = [None]

    def printed(topology: Topology, found: TrafficVerdict) -> None:
        told = found.situation, found.takes_payments, found.next.command
        if told == latest[0]:
            return
        latest[0] = told
        if session.output is Output.JSON:
            print(json.dumps(_document(topology, found, detail)), flush=True)
        else:
            console.print(one_line(found), soft_wrap=True)

    return printed
