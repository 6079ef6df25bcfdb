"""The way back: faults mended, fences cleared by the plans that operators use, traffic where it was.

Each part is tried whatever became of the others; what could not be done is in the log as a failed step.
"""

from contextlib import suppress

from operations.aws import Aws
from operations.drills.begin import fenced_regions
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
    with suppress(DrillStepError), performer.recorded("mend every fault"):
        performer.heal_all()
    with suppress(DrillStepError):
        _clear_fences(performer, site, aws)
    with suppress(DrillStepError), performer.recorded("wait until the primary serves again"):
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
            if not fenced_regions(site, aws):
                break
            try:
                performer.command(Command(do="dr", arguments=(*arguments, "--yes"), within=within))
            except DrillStepError as error:
                problem = str(error)
        if fenced_regions(site, aws):
            raise DrillStepError(problem)
        performer.fences_are_open()
