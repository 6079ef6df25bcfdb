"""What a human judges before a failback: payments that both regions recorded. A drill knows what its clients saw.

A region that is lost may have stored a payment whose client never had an answer. The client pays again under the same
id, the other region stores it too, and once the first one is back the logs hold both: reconciliation calls it
duplicated, and `dr failback` refuses until a human has seen that it was paid once.
"""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from contract.roles import Role
from operations.drills.log import EventLog
from operations.drills.losses import is_paid_once, unknown_outcomes
from operations.reconcile.findings import FindingKind
from operations.site import Site


class Judge:
    """Accepts what the drill's own attempts explain, and nothing else.

    Args:
        site: The regions' names.
        log: What clients saw.
        trails: Where failbacks write what they found when they compared.
        accepted: The file of digests to write.
    """

    def __init__(self, site: Site, log: EventLog, trails: Path, accepted: Path) -> None:
        self._roles = {region.name: role for role, region in site.regions.items()}
        self._log, self._trails, self._accepted = log, trails, accepted
        self._known: dict[str, str] = {}

    @property
    def options(self) -> tuple[str, ...]:
        """What a failback is given."""
        return ("--accepted", str(self._accepted)) if self._known else ()

    def judge(self) -> list[str]:
        """Accept the explained findings of the latest comparison; return the payments that are new among them."""
        unknown = unknown_outcomes(tuple(self._log.events))
        explained = {
            finding["digest"]: finding["transactionId"]
            for finding in self._found()
            if finding["kinds"] == [FindingKind.DUPLICATED]
            and is_paid_once(finding["transactionId"], self._recorded_by(finding), unknown)
        }
        new = explained.keys() - self._known.keys()
        if new:
            self._known |= explained
            lines = (f"{digest}  # {payment}: paid once\n" for digest, payment in self._known.items())
            self._accepted.write_text("".join(lines), encoding="utf-8")
        return sorted(explained[digest] for digest in new)

    def _found(self) -> Iterator[Mapping[str, Any]]:
        latest = max(self._trails.glob("*.jsonl"), default=None)
        for line in latest.read_text(encoding="utf-8").splitlines() if latest else ():
            noted = json.loads(line)
            if noted["event"] == "seen":
                yield noted["finding"]

    def _recorded_by(self, finding: Mapping[str, Any]) -> list[Role]:
        return [self._roles[each["region"]] for each in finding["versions"] if each["region"] in self._roles]
