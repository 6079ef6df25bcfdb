"""Judges what differs, and looks payments up one by one where files do not tell: older ones, and young ones again."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import islice

from botocore.exceptions import BotoCoreError, ClientError

from handlers.payments.logged_payment import LoggedPayment
from handlers.runtime import timestamp
from operations.clock import Clock
from operations.reconcile.evidence import Holding
from operations.reconcile.findings import Finding, Horizon, judge
from operations.reconcile.parked import judge_parked
from operations.reconcile.places import TABLES, Place
from operations.reconcile.repair import Replica
from operations.reconcile.versions import Version, read_item
from operations.redrive.messages import Parked

LOG_LAG_SECONDS = 900.0
"""How young a payment may be that logs lack: what S3's replication time control promises (FACTS 5.3)."""

_LOOKUPS = 16
"""How many payments are looked up at once: all that were stored since an export was made are."""

_CHUNK = 1_000
"""How many payments are held while they are looked up."""


class Looking:
    """The eyes of one run.

    Args:
        replicas: Both.
        known: What was read of each place that could be.
        clock: What waits for replication.
        lag: What replicas are given, in emulated seconds.
    """

    def __init__(
        self, replicas: Mapping[Place, Replica], known: Mapping[Place, Holding], clock: Clock, lag: float
    ) -> None:
        self._replicas, self._clock, self._lag = replicas, clock, lag
        self._horizons = {place: self._horizon(place, holding) for place, holding in known.items()}
        self._tables = [place for place in TABLES if place in known]
        self._partial = {place for place in self._tables if known[place].only_since}

    def judge_each(self, differing: Iterable[tuple[str, list[Version]]]) -> Iterator[Finding]:
        """Yield what is wrong with payments; where a replica's older items were not read, it is asked first."""
        if not self._partial:
            yield from (found for each in differing if (found := judge(*each, self._horizons)) is not None)
            return
        remaining = iter(differing)
        with ThreadPoolExecutor(_LOOKUPS) as threads:
            while chunk := list(islice(remaining, _CHUNK)):
                yield from (found for found in threads.map(self._judge, chunk) if found is not None)

    def look_again(self, findings: Sequence[Finding]) -> Iterator[Finding]:
        """Wait until replication has had its time, and read these payments, one by one, in both replicas."""
        if not findings:
            return
        self._clock.sleep(self._lag)
        settled = {
            place: Horizon(settled="~") if place.is_table else horizon for place, horizon in self._horizons.items()
        }

        def look(finding: Finding) -> Finding | None:
            try:
                versions = self._versions_now(finding.transaction_id, finding.versions, self._tables)
            except (BotoCoreError, ClientError):
                return finding
            return judge(finding.transaction_id, versions, settled)

        with ThreadPoolExecutor(_LOOKUPS) as threads:
            yield from (judged for judged in threads.map(look, findings) if judged is not None)

    def judge_parked(self, letters: Mapping[Place, Iterable[Parked]]) -> Iterator[Finding]:
        """Yield what is wrong with dead letters: what was accepted must be stored."""
        yield from judge_parked(letters, self._stored_now)

    def _judge(self, differing: tuple[str, list[Version]]) -> Finding | None:
        transaction_id, versions = differing
        holding = frozenset[Place]().union(*(version.places for version in versions))
        unread = self._partial - holding
        if not (transaction_id and unread):
            return judge(transaction_id, versions, self._horizons)
        try:
            return judge(transaction_id, self._versions_now(transaction_id, versions, unread), self._horizons)
        except (BotoCoreError, ClientError):
            return Finding(transaction_id, (), (), tuple(versions), in_flight=True)

    def _versions_now(
        self, transaction_id: str, versions: Iterable[Version], tables: Collection[Place]
    ) -> list[Version]:
        held = {version.stored: version.places - set(tables) for version in versions}
        for place in tables:
            item = self._replicas[place].get(transaction_id)
            if item is not None:
                stored = read_item(item)
                held[stored] = held.get(stored, frozenset()) | {place}
        return [Version(stored, places) for stored, places in held.items() if places]

    def _stored_now(self, transaction_id: str) -> Mapping[Place, LoggedPayment | None]:
        items = {place: self._replicas[place].get(transaction_id) for place in self._tables}
        return {place: None if item is None else read_item(item) for place, item in items.items()}

    def _horizon(self, place: Place, holding: Holding) -> Horizon:
        lag = self._lag if place.is_table else LOG_LAG_SECONDS
        return Horizon(timestamp(holding.as_of - lag / self._clock.scale), holding.unread_until)
