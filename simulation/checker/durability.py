"""What was promised is there at the end: in both replicas, or where an operator finds it."""

from collections.abc import Iterator

from simulation.checker.invariants import Found, invariant
from simulation.checker.losses import is_lost
from simulation.history import DURABLE, Content, History, Seen


@invariant("durable")
def promises_are_kept(history: History) -> Found:
    """Find payments that were answered with 2xx and are not in both replicas, nor parked if they were queued."""
    for operation in history.operations:
        content = operation.content
        if content is None or operation.seen not in DURABLE:
            continue
        missing = [region for region in history.regions if _stored(history, region, operation.id) != content]
        if not missing or (operation.seen is Seen.QUEUED and _is_waiting(history, operation.id, content)):
            continue
        if not is_lost(history, operation.id):
            there = {region: str(_stored(history, region, operation.id)) for region in history.regions}
            yield operation.ended, f"{operation.payer} was told {operation.seen} for {content}: {there}", operation.id


@invariant("not paid is not stored")
def refusals_are_kept(history: History) -> Found:
    """Find payments that all clients called not paid, and that are or were stored, or are queued, nevertheless."""
    first_stored = {id_: min(store.at for store in stores) for id_, stores in history.stores_by_id().items()}
    for id_, operations in history.by_id().items():
        writes = [each for each in operations if each.is_write]
        stored_at = first_stored.get(id_, float("inf"))
        before = [each for each in writes if each.began <= stored_at]
        if id_ in first_stored and before and all(each.seen is Seen.NOT_PAID for each in before):
            yield stored_at, f"{before[-1].payer} was told that it is not paid, and that was stored", id_
        if not writes or any(each.seen is not Seen.NOT_PAID for each in writes):
            continue
        for region in history.regions:
            if _stored(history, region, id_) is not None or any(_is_waiting(history, id_, w.content) for w in writes):
                yield writes[-1].ended, f"{writes[-1].payer} was told that it is not paid; {region} has it", id_


@invariant("nothing in limbo")
def nothing_is_forgotten(history: History) -> Found:
    """Find payments that still wait in a retry queue although everything has been well for long.

    While an operator holds the writer nobody may store them: they wait for `dr start`.
    """
    if history.writer and history.writer[-1].kind == "held":
        return
    for region, messages in history.final.retry_queues.items():
        for id_, content in messages:
            yield history.ended, f"{content} still waits in the retry queue of {region}", id_


@invariant("replicas agree")
def replicas_agree(history: History) -> Found:
    """Find payments that the two replicas hold differently."""
    one, other = history.regions
    for id_ in {**history.final.replicas[one], **history.final.replicas[other]}:
        first, second = _stored(history, one, id_), _stored(history, other, id_)
        if first != second:
            yield history.ended, f"{first} in {one}, {second} in {other}", id_


@invariant("exact amounts")
def amounts_are_exact(history: History) -> Found:
    """Find stored payments that nobody sent so."""
    sent: dict[str, set[Content]] = {}
    for operation in history.operations:
        if operation.content is not None:
            sent.setdefault(operation.id, set()).add(operation.content)
    for where, id_, content in _everything(history):
        if content not in sent.get(id_, set()):
            yield history.ended, f"{where} has {content}, which nobody sent", id_


def _everything(history: History) -> Iterator[tuple[str, str, Content]]:
    final = history.final
    for region in history.regions:
        for id_, content in final.replicas[region].items():
            yield f"the replica of {region}", id_, content
        for id_, lines in final.logs[region].items():
            for line in lines:
                yield f"the log of {region}", id_, line.content
        for id_, content in final.receipts[region].items():
            yield f"the receipts of {region}", id_, content


def _stored(history: History, region: str, id_: str) -> Content | None:
    return history.final.replicas[region].get(id_)


def _is_waiting(history: History, id_: str, content: Content | None) -> bool:
    final = history.final
    return any(
        (id_, content) in messages
        for queues in (final.retry_queues, final.dead_letters)
        for messages in queues.values()
    )
