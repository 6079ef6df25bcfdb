"""How what a ticker sees changes what it remembers; pure."""

from dataclasses import replace

from contract.deadlines import PROOF_STALE_SECONDS, STEADY_SECONDS
from handlers.releases.item import Release, ReleaseState
from handlers.tickers.memory import TickerMemory
from handlers.tickers.probe import HealthAnswer
from handlers.writer.item import Writer


def saw_writer(memory: TickerMemory, writer: Writer | None) -> TickerMemory:
    """Return the memory after the writer was seen; the age of a new epoch counts from now."""
    if writer is None or writer.epoch == memory.epoch:
        return memory
    after = replace(memory, epoch=writer.epoch, epoch_age=0.0, kind=writer.kind or "")
    if writer.automatic_changes == memory.automatic_changes:
        return after
    return replace(
        after,
        automatic_changes=writer.automatic_changes,
        forgiven=min(memory.forgiven, writer.automatic_changes),
        steady_for=0.0,
    )


def saw_proofs(memory: TickerMemory, *, own: int, peer: int, lag: float | None) -> TickerMemory:
    """Return the memory after both proofs were read; `lag` is the age of the peer's heartbeat, if known.

    The lag is kept while the peer's proof stands still: what counts is how far replication was behind before that.
    """
    if own != memory.own_count:
        memory = replace(memory, own_count=own, own_age=0.0)
    if peer != memory.peer_count:
        is_first = memory.peer_count < 0
        known = memory.lag if is_first or lag is None else lag
        memory = replace(memory, peer_count=peer, peer_age=0.0, lag=known)
    return memory


def saw_health(memory: TickerMemory, answer: HealthAnswer) -> TickerMemory:
    """Return the memory after `/health` has answered; one bad answer ends a streak, a throttled one says nothing."""
    if answer is HealthAnswer.THROTTLED:
        return memory
    fit = answer is HealthAnswer.GOOD
    return replace(memory, fit=fit, fit_for=memory.fit_for if fit else 0.0)


def saw_release(memory: TickerMemory, release: Release | None) -> TickerMemory:
    """Return the memory after the release was read; the age of a new beat counts from now.

    Only a release that runs has one.
    """
    if release is None or release.state is not ReleaseState.RUNNING:
        return _without_release(memory) if memory.release else memory
    if (release.id, release.beat) == (memory.release, memory.release_beat):
        return memory
    seen_for = memory.release_for if release.id == memory.release else 0.0
    return replace(memory, release=release.id, release_beat=release.beat, release_age=0.0, release_for=seen_for)


def _without_release(memory: TickerMemory) -> TickerMemory:
    return replace(memory, release="", release_beat=0, release_age=0.0, release_for=0.0)


def judged(memory: TickerMemory) -> TickerMemory:
    """Return the memory in which a proof that stands still ends fitness, and a steady day forgives a change."""
    if memory.own_age >= PROOF_STALE_SECONDS:
        memory = replace(memory, fit=False, fit_for=0.0)
    if memory.steady_for >= STEADY_SECONDS and memory.forgiven < memory.automatic_changes:
        memory = replace(memory, forgiven=memory.forgiven + 1, steady_for=0.0)
    return memory
