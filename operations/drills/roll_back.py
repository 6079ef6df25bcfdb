"""The way back: faults mended, fences cleared by the plans that operators use, traffic where it was.

Each part is tried whatever became of the others; what could not be done is in the log as a failed step.
"""

from collections.abc import Iterator
from contextlib import contextmanager, suppress

from handlers.payments.fence import read_fence
from operations.aws import Aws
from operations.drills.scenario import Command
from operations.drills.steps import DrillStepError, Performer
from operations.site import Site

_FAILBACK_SECONDS = 1800
"""How long a way back may refuse: the recent maximum of the lag looks back five minutes, and queues empty slowly."""
_AGAIN_SECONDS = 30
"""How long it may refuse to go on, or to forget, where nothing was begun."""
_DNS_SECONDS = 300
_PAYING_SECONDS = 180


def roll_back(performer: Performer, site: Site, aws: Aws) -> None:
    """Put everything back."""
    with _tried(), performer.recorded("mend every fault"):
        performer.heal_all()
    with _tried():
        _clear_fences(performer, site, aws)
    with _tried(), performer.recorded("wait until the primary serves again"):
        performer.wait_until("dns=primary", _DNS_SECONDS)
        performer.wait_until("paying", _PAYING_SECONDS)


def _clear_fences(performer: Performer, site: Site, aws: Aws) -> None:
    """Clear fences by plans, one after the other until none is left: an interrupted plan is taken back or forgotten."""
    ways = (("--roll-back", _FAILBACK_SECONDS), ("--forget", _AGAIN_SECONDS)) if performer.unfinished else ()
    interrupted = [((performer.unfinished, way), within) for way, within in ways]
    failback = (("failback",), _FAILBACK_SECONDS)
    with performer.recorded("clear the fences by plans"):
        problem = ""
        for arguments, within in (*interrupted, failback, (("failback", "--resume"), _AGAIN_SECONDS), failback):
            if not _fenced(site, aws):
                break
            try:
                performer.command(Command(do="dr", arguments=(*arguments, "--yes"), within=within))
            except DrillStepError as error:
                problem = str(error)
        if _fenced(site, aws):
            raise DrillStepError(problem)
        performer.fences_are_open()


def _fenced(site: Site, aws: Aws) -> bool:
    client = aws.client("dynamodb", site.standby.name)
    return any(read_fence(client, site.table_name, region.name).fenced for region in site.regions.values())


@contextmanager
def _tried() -> Iterator[None]:
    with suppress(DrillStepError):
        yield
