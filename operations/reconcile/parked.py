"""Judges dead letters: what was accepted must be stored, or somebody has to send it on."""

from collections.abc import Callable, Iterable, Iterator, Mapping

from botocore.exceptions import BotoCoreError, ClientError

from handlers.payments.logged_payment import LoggedPayment
from handlers.payments.model import StoredPayment
from handlers.payments.queue import parse_message
from operations.reconcile.findings import Finding, Kind
from operations.reconcile.places import Place
from operations.reconcile.versions import Version
from operations.redrive.messages import Parked


def judge_parked(
    letters: Mapping[Place, Iterable[Parked]], stored_now: Callable[[str], Mapping[Place, LoggedPayment | None]]
) -> Iterator[Finding]:
    """Yield what is wrong with the dead letters of regions.

    Args:
        letters: By the place that they were found in.
        stored_now: Returns, by payment, what each readable replica holds now.
    """
    for place, some in letters.items():
        for parked in some:
            found = _judge(place, parked, stored_now)
            if found is not None:
                yield found


def _judge(
    place: Place, parked: Parked, stored_now: Callable[[str], Mapping[Place, LoggedPayment | None]]
) -> Finding | None:
    if parked.problem is not None:
        id_ = str(parked.fields.get("transactionId") or parked.message_id)
        return Finding(id_, (Kind.MALFORMED,), (), (Version(None, frozenset({place})),))
    message = parse_message(parked.body)
    payment = StoredPayment(message.payment, message.region, message.accepted_at)
    accepted = LoggedPayment.from_item(payment.item())
    try:
        held = stored_now(accepted.transaction_id)
    except (BotoCoreError, ClientError):
        return Finding(accepted.transaction_id, (), (), (Version(accepted, frozenset({place})),), in_flight=True)
    versions = [Version(accepted, frozenset({place}))]
    versions += [Version(each, frozenset({where})) for where, each in held.items() if each is not None]
    if len(versions) == 1:
        return Finding(accepted.transaction_id, (Kind.PARKED,), tuple(held), tuple(versions))
    if all(each is None or each.content == accepted.content for each in held.values()):
        return None  # stored after all
    return Finding(accepted.transaction_id, (Kind.CONFLICTING,), (), tuple(versions))
