"""What functions may put into queues, and when."""

from handlers.payments.worker import MOST_ATTEMPTS
from simulation.checker.invariants import Found, invariant
from simulation.checker.writer import is_excused_by_glass, owned_lately
from simulation.history import History


@invariant("queued only by the writer")
def only_the_writer_queues(history: History) -> Found:
    """Find payments that the API of a region queued which did not own the writer lately."""
    for each in history.queueings:
        if each.queue != "retry" or not each.process.startswith("payment-api@"):
            continue
        if not owned_lately(history, each.region, each.at) and not is_excused_by_glass(history, each.region, each.at):
            yield each.at, f"{each.process} queues, and {each.region} does not own the writer", each.id


@invariant("parked for a reason")
def what_is_parked_was_tried(history: History) -> Found:
    """Find payments that were parked without enough attempts to store them, and without a conflict."""
    stores = history.stores_by_id()
    for each in history.queueings:
        if each.queue != "dead letter":
            continue
        others = [store for store in stores.get(each.id, ()) if store.content != each.content and store.at <= each.at]
        is_due = bool(others) if each.reason == "conflict" else each.attempts >= MOST_ATTEMPTS
        if not is_due:
            yield each.at, f"{each.process} parks it after {each.attempts} attempts, reason {each.reason!r}", each.id
