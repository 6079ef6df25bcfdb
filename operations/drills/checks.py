"""The last look: every acknowledged payment in both replicas and once in the transaction logs."""

from botocore.exceptions import BotoCoreError, ClientError

from contract.roles import Role
from operations.aws import Aws
from operations.clock import OperationsClock, at_least
from operations.drills.events import LogCheck
from operations.drills.ledger import Ledger
from operations.drills.log import EventLog
from operations.drills.payers import payment_prefix
from operations.drills.steps import DrillPerformer
from operations.drills.transaction_logs import read_logged
from operations.site import Site
from operations.topology.asking import reason

_SECONDS = 300
_REAL_SECONDS = 150
"""How long what is under way may take to arrive; queues and streams have real time-outs in an emulator."""
_PAUSE_SECONDS = 1


def final_checks(
    performer: DrillPerformer,
    *,
    site: Site,
    aws: Aws,
    clock: OperationsClock,
    log: EventLog,
    ledger: Ledger,
    drill: str,
) -> None:
    """Check until nothing is missing or it has taken long enough, and record what was found or why nothing was."""
    pause = at_least(_PAUSE_SECONDS, real=_PAUSE_SECONDS, scale=clock.scale)
    limit = log.elapsed() + at_least(_SECONDS, real=_REAL_SECONDS, scale=clock.scale)
    for role in Role:
        while _lacks_something(performer, role) and log.elapsed() < limit:
            clock.sleep(pause)
        performer.check(role, "final")
    while True:
        check = _log_check(site, aws, clock, ledger, drill, log.started_at)
        if check.get("unlogged") == () or log.elapsed() >= limit:
            break
        clock.sleep(pause)
    log.record(LogCheck, **check)


def _lacks_something(performer: DrillPerformer, role: Role) -> bool:
    try:
        return bool(performer.missing(role))
    except (BotoCoreError, ClientError):
        return True


def _log_check(
    site: Site, aws: Aws, clock: OperationsClock, ledger: Ledger, drill: str, since: float
) -> dict[str, object]:
    payments = ledger.payments
    try:
        logged = read_logged(site, aws, payment_prefix(drill), since=since, until=clock.time())
    except (BotoCoreError, ClientError, ValueError, LookupError) as error:
        return {"payments": len(payments), "error": reason(error)}
    return {
        "payments": len(payments),
        "unlogged": logged.unlogged(payments),
        "repeated": logged.repeated,
        "contradicting": logged.contradicting,
        "recorded": logged.recorded,
    }
