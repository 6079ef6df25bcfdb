"""Judges dead letters: an accepted payment must be stored, or be redriven."""

import json
from collections.abc import Collection, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Any, TypeAlias

from botocore.exceptions import BotoCoreError, ClientError

from handlers.payments.logged_payment import LoggedPayment
from handlers.payments.model import StoredPayment
from handlers.payments.queue import parse_message
from operations.reconcile.findings import Finding, FindingKind
from operations.reconcile.repair import WritableReplica
from operations.reconcile.sources import Place
from operations.reconcile.versions import Version, read_item
from operations.redrive.messages import Parked

LOOKUPS = 16
"""How many payments are looked up at once."""

Items: TypeAlias = Mapping[Place, dict[str, Any] | None]
"""What each replica that can be read holds of a payment."""


@dataclass(frozen=True)
class ParkedPayments:
    """The dead letters of both regions, with the replicas' versions of their payments."""

    letters: Mapping[Place, Collection[Parked]]
    """By the place that they were found in."""
    held: Mapping[str, Items | None]
    """By payment; None when a replica did not answer."""

    @property
    def ids(self) -> Collection[str]:
        """The ids of the payments."""
        return self.held.keys()

    def write_items(self, directory: Path, *, before: str = "~") -> dict[Place, list[Path]]:
        """Write the replicas' versions from before a time (by default all) in the format of a scan."""
        written: dict[Place, list[Path]] = {}
        for place in {place for items in self.held.values() for place in items or ()}:
            items = [some[place] for some in self.held.values() if some is not None]
            older = [item for item in items if item is not None and item.get("storedAt", {}).get("S", before) < before]
            path = directory / f"{place}-parked.json"
            path.write_text("".join(f"{json.dumps({'Item': item}, default=repr)}\n" for item in older), "utf-8")
            written[place] = [path] if older else []
        return written


def look_up_parked(
    letters: Mapping[Place, Collection[Parked]], replicas: Mapping[Place, WritableReplica]
) -> ParkedPayments:
    """Read the payments of dead letters in the replicas, concurrently."""
    some = (parked for each in letters.values() for parked in each if parked.problem is None)
    ids = list(dict.fromkeys(parse_message(parked.body).payment.transaction_id for parked in some))
    with ThreadPoolExecutor(LOOKUPS) as threads:
        return ParkedPayments(letters, dict(zip(ids, threads.map(partial(_held, replicas), ids), strict=True)))


def judge_parked(parked: ParkedPayments) -> Iterator[Finding]:
    """Yield the findings on dead letters; a payment that only one replica misses is left to the comparison."""
    for place, letters in parked.letters.items():
        for letter in letters:
            found = _judge_malformed(place, letter) if letter.problem else _judge(place, letter, parked.held)
            if found is not None:
                yield found


def _held(replicas: Mapping[Place, WritableReplica], transaction_id: str) -> Items | None:
    try:
        return {place: replica.get(transaction_id) for place, replica in replicas.items()}
    except (BotoCoreError, ClientError):
        return None


def _judge_malformed(place: Place, letter: Parked) -> Finding:
    fingerprint = sha256(f"{letter.message_id} {letter.body}".encode(errors="surrogatepass")).hexdigest()
    id_ = str(letter.fields.get("transactionId") or letter.message_id)
    return Finding(id_, (FindingKind.MALFORMED,), (), (Version(None, frozenset({place}), fingerprint=fingerprint),))


def _judge(place: Place, letter: Parked, held: Mapping[str, Items | None]) -> Finding | None:
    message = parse_message(letter.body)
    payment = StoredPayment(message.payment, message.region, message.accepted_at)
    accepted = LoggedPayment.from_item(payment.item())
    versions = [Version(accepted, frozenset({place}))]
    items = held[accepted.transaction_id]
    if items is None:
        return Finding(accepted.transaction_id, (), (), tuple(versions), in_flight=True)
    stored = {where: read_item(item) for where, item in items.items() if item is not None}
    versions += [Version(each, frozenset({where})) for where, each in stored.items() if each is not None]
    if len(versions) == 1:
        return Finding(accepted.transaction_id, (FindingKind.PARKED,), tuple(items), tuple(versions))
    if all(version.stored and version.stored.content == accepted.content for version in versions):
        return None  # stored by now
    return Finding(accepted.transaction_id, (FindingKind.CONFLICTING,), (), tuple(versions))
