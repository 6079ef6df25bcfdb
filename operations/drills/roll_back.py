"""The way back: faults healed, the writer returned by the plans that operators use, traffic where it was.

Each part is tried whatever became of the others; what could not be done is in the log as a failed step.
"""

from collections.abc import Callable
from contextlib import suppress

from contract.deadlines import PLANNED_CLOSING_SECONDS
from handlers.writer.item import ClosingKind, Writer
from operations.aws import Aws
from operations.clock import OperationsClock
from operations.current_writer import current_writer
from operations.drills.preflight import disorder
from operations.drills.scenario_steps import Command
from operations.drills.steps import DrillPerformer, DrillStepError
from operations.errors import OperationError
from operations.site import Site

_FAILBACK_SECONDS = 1800
"""How long a failback may refuse: the recent maximum of the lag looks back five minutes, and queues empty slowly."""
_AGAIN_SECONDS = 30
"""How long other commands may refuse."""
_DNS_SECONDS = 300
_PAYING_SECONDS = 180
_TICKERS_SECONDS = 3 * PLANNED_CLOSING_SECONDS
"""How long tickers may take to open what is closing; real seconds."""
_POLL_SECONDS = 1
_MOST_WAYS = 6


def roll_back(performer: DrillPerformer, site: Site, aws: Aws, clock: OperationsClock) -> None:
    """Put everything back."""
    with suppress(DrillStepError), performer.recorded("heal every fault"):
        performer.heal_all()
    with suppress(DrillStepError):
        performer.take_versions_away()
    with suppress(DrillStepError):
        performer.put_data_back()
    with suppress(DrillStepError):
        _return_the_writer(performer, site, lambda: current_writer(site, aws), clock)
    with suppress(DrillStepError), performer.recorded("wait until the primary serves again"):
        performer.wait_until("dns=primary", _DNS_SECONDS)
        performer.wait_until("paying", _PAYING_SECONDS)


def _return_the_writer(
    performer: DrillPerformer, site: Site, read: Callable[[], Writer | None], clock: OperationsClock
) -> None:
    """Let tickers open what is closing, then return by commands, one after the other, until the primary serves.

    A plan that was interrupted stands in nobody's way.
    """
    with performer.recorded("return the writer to the primary"):
        problem = ""
        for _ in range(_MOST_WAYS):
            writer = _settled(read, clock)
            if not disorder(site, writer):
                break
            try:
                performer.command(_way_back(writer))
            except DrillStepError as error:
                problem = str(error)
        if left := disorder(site, read()):
            raise DrillStepError(problem or left)
        performer.writer_is_back()


def _way_back(writer: Writer | None) -> Command:
    """Return the next command on the way to an open primary that may be left unattended."""
    if writer is not None and writer.kind is ClosingKind.HELD:
        return Command(do="dr", arguments=("start", "--yes"), within=_AGAIN_SECONDS)
    if writer is not None and not writer.automatic:
        return Command(do="dr", arguments=("automatic", "on", "--yes"), within=_AGAIN_SECONDS)
    return Command(do="dr", arguments=("failback", "--yes"), within=_FAILBACK_SECONDS)


def _settled(read: Callable[[], Writer | None], clock: OperationsClock) -> Writer | None:
    """Return the writer once it is open or held, or as it is when tickers have had the time to open it.

    A replica that returns answers no strong read until it has caught up (FACTS 1.10).

    Raises:
        OperationError: It cannot be read until then.
    """
    limit = clock.monotonic() + _TICKERS_SECONDS * clock.scale
    while True:
        late = clock.monotonic() >= limit
        try:
            writer = read()
        except OperationError:
            if late:
                raise
        else:
            if late or (writer is not None and (writer.is_open or writer.kind is ClosingKind.HELD)):
                return writer
        clock.sleep(_POLL_SECONDS * clock.scale)
