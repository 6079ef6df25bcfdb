"""Judges differences, and looks up single payments that the files do not decide: old ones, and very young ones."""

import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from hashlib import sha256
from itertools import islice
from operator import attrgetter

from botocore.exceptions import BotoCoreError, ClientError

from handlers.runtime import timestamp
from operations.clock import OperationsClock, at_least
from operations.reconcile.evidence import Holding
from operations.reconcile.findings import Finding, FindingKind, Horizon, judge
from operations.reconcile.parked import LOOKUPS
from operations.reconcile.period import UNKNOWN_CLOCK_SECONDS
from operations.reconcile.repair import WritableReplica
from operations.reconcile.sources import TABLES, Place
from operations.reconcile.versions import Version, read_item

LOG_LAG_SECONDS = 900.0
"""How young a payment may be that the other region's copy of logs lacks: S3's promise (FACTS 5.3)."""
STREAM_LAG_SECONDS = 120.0
"""How young a payment may be that its own region's logs lack: the stream is asked four times a second (FACTS 4.13),
batches are collected for 5 s, and a first failure or two are tried again. Functions keep real time, even in an
emulator. What fails for longer is seen here, and what is given up on in the queue of failed batches."""

_CHUNK = 1_000
"""How many payments are held while they are looked up."""


class Looking:
    """Judges the differing payments of one run.

    Args:
        replicas: Both replicas.
        known: The data of each readable source.
        regions: The region of each source.
        clock: Waits for replication.
        lag: The time allowed for replication, in emulated seconds.
        knows_time: Whether the site's clock is known.
    """

    def __init__(
        self,
        replicas: Mapping[Place, WritableReplica],
        known: Mapping[Place, Holding],
        regions: Mapping[Place, str],
        clock: OperationsClock,
        lag: float,
        *,
        knows_time: bool,
    ) -> None:
        self._replicas, self._regions, self._clock, self._lag = replicas, regions, clock, lag
        self._least = 0.0 if knows_time else UNKNOWN_CLOCK_SECONDS
        """How young a payment may be at least that any place lacks."""
        self._horizons = {place: self._horizon(place, holding) for place, holding in known.items()}
        self._tables = [place for place in TABLES if place in known]
        self._partial = {place for place in self._tables if known[place].only_since}

    def judge_each(self, differing: Iterable[tuple[str, list[Version]]]) -> Iterator[Finding]:
        """Yield the findings; if a replica's older items were not read, look the payment up first."""
        if not self._partial:
            found = (judge(*each, self._horizons) for each in differing)
            yield from (self._fingerprinted(each) for each in found if each is not None)
            return
        remaining = iter(differing)
        with ThreadPoolExecutor(LOOKUPS) as threads:
            while chunk := list(islice(remaining, _CHUNK)):
                judged = threads.map(self._judge, chunk)
                yield from (self._fingerprinted(each) for each in judged if each is not None)

    def look_again(self, findings: Sequence[Finding]) -> Iterator[Finding]:
        """Wait for the time allowed for replication, and read these payments one by one in both replicas."""
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
            judged = judge(finding.transaction_id, versions, settled)
            return None if judged is None else self._fingerprinted(judged)

        with ThreadPoolExecutor(LOOKUPS) as threads:
            yield from (judged for judged in threads.map(look, findings) if judged is not None)

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
        versions = list(versions)
        odd = [replace(each, places=each.places - set(tables)) for each in versions if each.stored is None]
        held = {each.stored: each.places - set(tables) for each in versions if each.stored is not None}
        for place in tables:
            item = self._replicas[place].get(transaction_id)
            stored = None if item is None else read_item(item)
            if stored is not None:
                held[stored] = held.get(stored, frozenset()) | {place}
            elif item is not None:
                odd.append(Version(None, frozenset({place})))
        # A version that no source holds any more is still evidence: another writer overwrote it (FACTS 1.6).
        return [*odd, *(Version(stored, places) for stored, places in held.items())]

    def _fingerprinted(self, finding: Finding) -> Finding:
        """Make the fingerprint of a malformed item cover everything that its replica holds under the id."""
        if FindingKind.MALFORMED not in finding.kinds:
            return finding
        versions = (each for version in finding.versions for each in self._by_table(finding.transaction_id, version))
        return replace(finding, versions=tuple(sorted(versions, key=attrgetter("age"))))

    def _by_table(self, transaction_id: str, version: Version) -> Iterator[Version]:
        tables = [place for place in TABLES if place in version.places and version.stored is None]
        if version.places - set(tables) or not tables:
            yield replace(version, places=version.places - set(tables))
        for place in tables:
            try:
                item = json.dumps(self._replicas[place].get(transaction_id), sort_keys=True, default=repr)
            except (BotoCoreError, ClientError):
                yield replace(version, places=frozenset({place}), entries=1)
            else:
                yield Version(None, frozenset({place}), fingerprint=sha256(item.encode()).hexdigest())

    def _horizon(self, place: Place, holding: Holding) -> Horizon:
        if place.is_table:
            return Horizon(self._before(holding, max(self._lag, self._least)), holding.unread_until)
        stream_lag = at_least(STREAM_LAG_SECONDS, real=STREAM_LAG_SECONDS, scale=self._clock.scale)
        return Horizon(
            self._before(holding, LOG_LAG_SECONDS),
            holding.unread_until,
            self._regions[place],
            self._before(holding, max(min(stream_lag, LOG_LAG_SECONDS), self._least)),
        )

    def _before(self, holding: Holding, seconds: float) -> str:
        return timestamp(holding.as_of - seconds / self._clock.scale)
