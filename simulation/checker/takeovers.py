"""When a ticker may take over: its peer has proved nothing for long, or an operator broke the glass."""

from collections.abc import Iterator
from itertools import pairwise

from contract.deadlines import HEALTH_SECONDS, KNOWLEDGE_VALID_SECONDS, PROOF_STALE_SECONDS
from simulation.checker.invariants import Found, invariant
from simulation.history import History, WriterPeriod

_PROVING_SECONDS = HEALTH_SECONDS + 8.0
"""How long after its replica has failed a region may still prove its fitness: what it has begun arrives late."""

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


@invariant("a proof is true")
def proofs_are_true(history: History) -> Found:
    """Find regions that prove their fitness although their replica of the payments table fails every write."""
    for region in history.regions:
        changes = [(at, fails) for at, place, fails in history.unwritable if place == region]
        for (began, fails), (ended, _) in pairwise([*changes, (history.ended, False)]):
            proofs = [at for at in history.proofs.get(region, ()) if began + _PROVING_SECONDS < at <= ended]
            if fails and proofs:
                yield proofs[0], f"{region} proves its fitness and cannot store since {began:.1f}", ""


@invariant("glass gives way")
def glass_is_claimed_at_its_epoch(history: History) -> Found:
    """Find claims of what broken glass gave, although the control table had gone on without it."""
    for before, after in pairwise(history.writer):
        is_claim = after.process.startswith("ticker@") and after.kind == "takeover" and after.automatic_changes == 0
        if is_claim and before.epoch not in history.glass_epochs.get(after.region, ()):
            yield after.at, f"{after.region} claims what no glass gave at epoch {before.epoch}", ""


def _unattended(history: History) -> Iterator[tuple[WriterPeriod, WriterPeriod]]:
    for before, after in pairwise(history.writer):
        if after.kind == "takeover" and after.process.startswith("ticker@") and after.automatic_changes > 0:
            yield before, after
