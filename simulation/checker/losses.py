"""What may be missing: payments that replication had not carried when a region was lost, and nothing else."""

from itertools import pairwise

from simulation.history import History, Store

RPO_SECONDS = 300.0


def may_be_missing(history: History, store: Store, region: str, moment: float) -> bool:
    """Return whether a payment that another region stored may be missing in `region` at a moment.

    That is so only if the region opened by a takeover after the payment was stored, or its glass was broken, and
    replication had not carried it by then. Until the closing has settled the other region may store.
    """
    arrived = min((each.at for each in history.arrivals if each.id == store.id and each.region == region), default=None)
    taken_over = [
        after.at
        for before, after in pairwise(history.writer)
        if after.region == region and "takeover" in (before.kind, after.kind) and store.at <= after.at <= moment
    ]
    taken_over += [at for at, where in history.glass if where == region and store.at <= at <= moment]
    taken_over.sort()
    if not taken_over or (arrived is not None and arrived <= moment and arrived <= taken_over[-1]):
        return False
    return any(at - store.at <= RPO_SECONDS for at in taken_over)


def is_lost(history: History, transaction_id: str) -> bool:
    """Return whether an id was stored in both regions because the first was lost with what it had not sent.

    A region's glass counts as its takeover does.
    """
    stores = [store for store in history.stores if store.id == transaction_id]
    for first in stores:
        for second in stores:
            if first.region == second.region or first.at > second.at:
                continue
            if may_be_missing(history, first, second.region, second.at) or history.glass:
                return True
    return False
