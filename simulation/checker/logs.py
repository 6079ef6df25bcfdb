"""The transaction logs name every payment, in the region and on the day of its storing."""

from simulation.checker.invariants import Found, invariant
from simulation.history import History


@invariant("logged where it was stored")
def every_store_is_logged(history: History) -> Found:
    """Find stored payments that the log of the region in which they began does not name."""
    for store in history.stores:
        lines = history.final.logs[store.began_in].get(store.id, ())
        is_named = any(line.content == store.content for line in lines)
        # What another region stored for the one in which it began is logged there once replication has brought it,
        # unless something else was there before.
        if not is_named and store.id not in history.final.unlogged and store.began_in == store.region:
            yield store.at, f"the log of {store.began_in} does not name it", store.id


@invariant("logged on its day")
def lines_are_on_their_day(history: History) -> Found:
    """Find lines of the log in the folder of another day than the one on which the payment was stored."""
    for lines in history.final.logs.values():
        for id_, found in lines.items():
            for line in found:
                if f"/{line.stored_at[:10].replace('-', '/')}/" not in line.key:
                    yield history.ended, f"{line.key} holds what was stored at {line.stored_at}", id_


@invariant("a receipt for each line")
def every_line_has_a_receipt(history: History) -> Found:
    """Find payments that a log names and for which its region has no receipt."""
    for region, lines in history.final.logs.items():
        for id_ in lines:
            if id_ not in history.final.receipts[region]:
                yield history.ended, f"{region} has no receipt", id_
