"""When a ticker may take over: its peer has proved nothing for long, or an operator broke the glass."""

from collections.abc import Iterator
from itertools import pairwise

from handlers.deadlines import KNOWLEDGE_VALID_SECONDS, PROOF_STALE_SECONDS
from simulation.checker.invariants import Found, invariant
from simulation.history import History, WriterState

_ACTING_SECONDS = KNOWLEDGE_VALID_SECONDS + 2.0
"""How long after its look a ticker's change may arrive."""


@invariant("no takeover from a fit region")
def takeovers_are_from_unfit_regions(history: History) -> Found:
    """Find unattended takeovers from a region that proved its fitness while it must have been silent."""
    for before, after in _unattended(history):
        if after.resumed_at > after.at - _ACTING_SECONDS:  # it stood still between its look and its change
            continue
        began, ended = after.at - PROOF_STALE_SECONDS + 1, after.at - _ACTING_SECONDS
        proofs = [at for at in history.proofs.get(before.region, ()) if began <= at <= ended]
        if proofs and before.region != after.region:
            yield after.at, f"taken over although {before.region} proved its fitness at {proofs[-1]:.1f}", ""


@invariant("glass gives way")
def glass_is_claimed_at_its_epoch(history: History) -> Found:
    """Find claims of what broken glass gave, although the control table had gone on without it."""
    for before, after in pairwise(history.writer):
        is_claim = after.process.startswith("ticker@") and after.kind == "takeover" and after.automatic_changes == 0
        if is_claim and before.epoch not in history.glass_epochs.get(after.region, ()):
            yield after.at, f"{after.region} claims what no glass gave at epoch {before.epoch}", ""


def _unattended(history: History) -> Iterator[tuple[WriterState, WriterState]]:
    for before, after in pairwise(history.writer):
        if after.kind == "takeover" and after.process.startswith("ticker@") and after.automatic_changes > 0:
            yield before, after
