"""Carries out a proposal payment by payment, and records each before and after; it can be interrupted at any moment."""

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from contract.roles import Role
from handlers.faults import is_transient
from operations.aws import Aws
from operations.clock import OperationsClock
from operations.errors import OperationError, one_line
from operations.reconcile.audit import AuditTrail
from operations.restore.findings import RepairAction, RestoreFinding
from operations.restore.repairing import RestoredOutcome, repair_payment
from operations.restore.serving import serving_role
from operations.site import Site

PROGRESS_EVERY = 100
"""A trail notes how far it has come once in so many repairs: what is made twice changes nothing."""

_ATTEMPTS = 5
_WAIT_SECONDS = 1.0


@dataclass
class RepairResult:
    """What a run of repairs has done."""

    counts: Counter[str] = field(default_factory=Counter)
    others: list[str] = field(default_factory=list)
    """The payments that were something else by then: compare again."""
    ended_early: str = ""
    """Why it ended before the proposal did."""
    done: int = 0
    """How many of the proposal's repairs are behind it, those of earlier runs among them."""


class RepairRun:
    """Repairs in the region that serves, asked before each write.

    Args:
        site: The site's names.
        aws: The clients.
        clock: Waits between attempts and for the pace.
        trail: Where each repair is noted.
        seconds: Between two repairs.
    """

    def __init__(self, site: Site, aws: Aws, clock: OperationsClock, trail: AuditTrail, *, seconds: float) -> None:
        self._site, self._clock, self._trail, self._seconds = site, clock, trail, seconds
        # One short attempt each: none of it is delivered later (FACTS 12.2), when another region may serve.
        self._hurried = aws.hurried()
        inserting = aws.inserting()
        self._clients: Mapping[Role, Any] = {
            role: inserting.client("dynamodb", site.regions[role].name) for role in Role
        }

    def run(
        self,
        findings: Iterable[RestoreFinding],
        *,
        skip: int,
        on_repair: Callable[[], None],
        result: RepairResult,
    ) -> None:
        """Make the repairs after the first `skip`; the result is kept up to date, also when this is interrupted."""
        repairs = (each for each in findings if each.action is not RepairAction.KEEP)
        for number, finding in enumerate(repairs):
            if number < skip:
                result.done = number + 1
                continue
            try:
                outcome = self._repair(finding)
            except (OperationError, BotoCoreError, ClientError) as error:
                result.ended_early = one_line(error)
                return
            result.counts[outcome] += 1
            result.done = number + 1
            if outcome is RestoredOutcome.OTHER:
                result.others.append(finding.transaction_id)
            on_repair()
            self._clock.sleep(self._seconds)

    def _repair(self, finding: RestoreFinding) -> RestoredOutcome:
        about = {"transactionId": finding.transaction_id, "action": finding.action}
        self._trail.note(
            "repairing", **about, kind=finding.kind, seen=_digest(finding.seen), wanted=_digest(finding.wanted)
        )
        left = _ATTEMPTS
        while True:
            left -= 1
            try:
                role = serving_role(self._site, self._hurried)
                outcome = repair_payment(self._clients[role], self._site.table_name, finding)
            except (BotoCoreError, ClientError) as error:
                if not left or not is_transient(error):
                    raise
                self._clock.sleep(_WAIT_SECONDS)
            else:
                self._trail.note("done", **about, outcome=outcome, region=self._site.regions[role].name)
                return outcome


def _digest(item: Mapping[str, Any] | None) -> str | None:
    return None if item is None else hashlib.sha256(json.dumps(item, sort_keys=True).encode()).hexdigest()
