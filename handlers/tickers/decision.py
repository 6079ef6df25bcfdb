"""Decides what a ticker does about the writer; pure, so that the whole table of cases can be tested.

What is not known is no reason to act (FACTS 8.3), and nothing moves back only because a region is well again (8.2).
"""

from dataclasses import dataclass
from enum import Enum
from typing import assert_never

from contract.deadlines import (
    FIT_SECONDS,
    MAX_FIT_SECONDS,
    PLANNED_CLOSING_SECONDS,
    PROOF_STALE_SECONDS,
    SETTLE_SECONDS,
)
from handlers.tickers.memory import TickerMemory
from handlers.writer.glass import Glass
from handlers.writer.item import ClosingKind, Writer


class TickerAction(Enum):
    """What a ticker does in one tick."""

    WAIT = "wait"
    CREATE = "create the writer"
    OPEN = "open the own region"
    UNDO = "undo the planned closing"
    TAKE_OVER = "take over"
    CLAIM_GLASS = "claim what broken glass gave"
    CLEAR_GLASS = "clear the glass, which has served"
    VOID_GLASS = "clear the glass, which is void"


@dataclass(frozen=True)
class TickerPlace:
    """Where a ticker stands."""

    region: str
    peer: str
    is_primary: bool


@dataclass(frozen=True)
class TickerObservation:
    """What a ticker sees in one tick in which the control table answered."""

    writer: Writer | None
    glass: Glass | None
    recovery_point_seconds: float | None
    """The lag beyond which no region is taken over unattended; None if it is not known."""


@dataclass(frozen=True)
class TickerDecision:
    """What to do and why; `withheld` if the peer is lost, and lag or the fear of flapping keeps the writer there."""

    action: TickerAction
    reason: str
    withheld: bool = False


def decide(place: TickerPlace, seen: TickerObservation, memory: TickerMemory) -> TickerDecision:
    """Return what the region's ticker does about the writer."""
    writer = seen.writer
    if seen.glass is not None:
        return _about_glass(place, seen.glass, writer)
    if writer is None:
        if place.is_primary:
            return TickerDecision(TickerAction.CREATE, "there is no writer")
        return _wait("there is no writer, and the primary's ticker creates it")
    if writer.region == place.region:
        return _as_owner(writer, memory)
    if writer.region == place.peer:
        return _about_peer(writer, seen, memory)
    return _wait(f"the writer belongs to {writer.region}, which is neither region")


def required_fitness(memory: TickerMemory) -> float:
    """Return for how long the region must have been fit before it takes over unattended."""
    changes = max(0, memory.automatic_changes - memory.forgiven)
    return float(min(FIT_SECONDS * 2 ** min(changes, 10), MAX_FIT_SECONDS))


def _about_glass(place: TickerPlace, glass: Glass, writer: Writer | None) -> TickerDecision:
    """The control table answers, so it wins; what the glass gave is claimed if nothing has happened since."""
    if writer is not None and writer.epoch == glass.epoch:
        if writer.allows(place.region):
            return TickerDecision(TickerAction.CLEAR_GLASS, "the region owns the writer anyway")
        return TickerDecision(TickerAction.CLAIM_GLASS, f"glass was broken at epoch {glass.epoch} by {glass.by}")
    if writer is not None and writer.epoch == glass.epoch + 1 and writer.region == place.region:
        return TickerDecision(TickerAction.CLEAR_GLASS, "what it gave is claimed")
    now = "gone" if writer is None else f"at epoch {writer.epoch}"
    return TickerDecision(TickerAction.VOID_GLASS, f"glass was broken at epoch {glass.epoch}, and the writer is {now}")


def _as_owner(writer: Writer, memory: TickerMemory) -> TickerDecision:
    match writer.kind:
        case None:
            return _wait("the region owns the open writer")
        case ClosingKind.HELD:
            return _wait("an operator holds the writer")
        case ClosingKind.PLANNED:
            return _about_planned_closing(writer, memory)
        case ClosingKind.TAKEOVER:
            return _about_takeover(memory)
        case _:
            assert_never(writer.kind)


def _about_planned_closing(writer: Writer, memory: TickerMemory) -> TickerDecision:
    announced = PLANNED_CLOSING_SECONDS if writer.seconds is None else writer.seconds
    if memory.epoch_age < announced:
        return _wait("a planned closing lasts")
    return TickerDecision(TickerAction.UNDO, f"the planned closing takes longer than the announced {announced} s")


def _about_takeover(memory: TickerMemory) -> TickerDecision:
    if memory.epoch_age < SETTLE_SECONDS:
        return _wait("the closing settles")
    if not memory.fit:
        return _wait("the region is not fit to open")
    return TickerDecision(TickerAction.OPEN, "the closing has settled")


def _about_peer(writer: Writer, seen: TickerObservation, memory: TickerMemory) -> TickerDecision:
    if writer.kind is ClosingKind.HELD:
        return _wait("an operator holds the writer")
    if memory.peer_count < 0 or memory.peer_age < PROOF_STALE_SECONDS:
        return _wait("the peer, which owns the writer, proves that it is fit")
    if not writer.automatic:
        return _wait("the peer is lost, but automatic takeover is off")
    if not memory.fit:
        return _wait("the peer is lost, but this region is not fit either")
    obstacle = _obstacle(seen, memory)
    if obstacle is not None:
        return TickerDecision(TickerAction.WAIT, f"the peer is lost, but {obstacle}", withheld=True)
    reason = f"the proof of {writer.region} has not changed for {memory.peer_age:.0f} s"
    return TickerDecision(TickerAction.TAKE_OVER, reason)


def _obstacle(seen: TickerObservation, memory: TickerMemory) -> str | None:
    """Return what forbids the fit region an unattended takeover, if anything does."""
    needed, lag, limit = required_fitness(memory), memory.lag, seen.recovery_point_seconds
    if memory.fit_for < needed:
        return f"this region has not been fit for {needed:.0f} s"
    if limit is None or lag is None:
        return "the replication lag, or its limit, is unknown"
    return f"replication lagged by {lag:.0f} s, more than {limit:.0f} s" if lag > limit else None


def _wait(reason: str) -> TickerDecision:
    return TickerDecision(TickerAction.WAIT, reason)
