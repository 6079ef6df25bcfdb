"""Each payment id is a write-once register, and what clients saw of it must be linearizable."""

from simulation.checker.invariants import Found, invariant
from simulation.checker.losses import is_lost, may_be_missing
from simulation.checker.writer import is_excused_by_glass
from simulation.history import History, Operation, Seen, Store

_PRESENT = frozenset({Seen.STORED, Seen.REPLAYED, Seen.CONFLICT})


@invariant("write-once register")
def registers_are_linearizable(history: History) -> Found:
    """Find ids whose answers no single order of the calls explains."""
    for id_, operations in history.by_id().items():
        found = [*_contents(operations), *_conflicts(operations), *_disappearances(history, operations)]
        if found and not is_lost(history, id_):
            yield from ((at, text, id_) for at, text in found)


def _contents(operations: list[Operation]) -> list[tuple[float, str]]:
    """Find answers that call one id two different payments."""
    seen = [(each, each.found) for each in operations if each.found is not None]
    wrong = [
        (each.ended, f"it is {content}, and was {seen[0][1]} for {seen[0][0].payer}")
        for each, content in seen
        if content != seen[0][1]
    ]
    for each, content in seen:
        if each.is_write and content != each.content:
            wrong.append((each.ended, f"{each.payer} paid {each.content} and was told {content}"))
        began = [other.began for other in operations if other.is_write and other.content == content]
        if not began or min(began) > each.ended:
            wrong.append((each.ended, f"nobody had paid {content}"))
    return wrong


def _conflicts(operations: list[Operation]) -> list[tuple[float, str]]:
    """Find conflicts with a payment that nobody tried, or with the payment itself."""
    value = next((each.found for each in operations if each.found is not None), None)
    wrong: list[tuple[float, str]] = []
    for each in operations:
        if each.seen is Seen.CONFLICT:
            others = [o for o in operations if o.is_write and o.content != each.content and o.began < each.ended]
            if not others or (value is not None and value == each.content):
                wrong.append((each.ended, f"{each.payer} met a conflict of {each.content} with nothing else"))
    return wrong


def _disappearances(history: History, operations: list[Operation]) -> list[tuple[float, str]]:
    """Find ids that were there and are not any more."""
    wrong: list[tuple[float, str]] = []
    present = [each for each in operations if each.seen in _PRESENT]
    for before in present:
        for after in operations:
            if after.began < before.ended or after is before:
                continue
            if after.seen is Seen.ABSENT and not _excused(history, after):
                wrong.append((after.ended, f"absent for {after.payer}, but {before.payer} saw it"))
            if after.seen is Seen.STORED:
                wrong.append((after.ended, f"stored anew for {after.payer}, but {before.payer} saw it"))
    return wrong


def _excused(history: History, read: Operation) -> bool:
    return all(
        any(may_be_missing(history, store, region, read.ended) for region in history.regions if region != store.region)
        or _is_on_its_way_by_glass(history, store, read.began)
        for store in history.stores
        if store.id == read.id
    )


def _is_on_its_way_by_glass(history: History, store: Store, moment: float) -> bool:
    """Return whether broken glass made two writers, of which one stored what had not reached the other."""
    has_arrived = any(each.id == store.id and each.at <= moment for each in history.arrivals)
    return not has_arrived and any(is_excused_by_glass(history, region, store.at) for region in history.regions)
