"""The verdict while no region may take payments: the writer is closing, or does not exist."""

from dataclasses import dataclass

from contract.deadlines import PLANNED_CLOSING_SECONDS, PROOF_STALE_SECONDS, SETTLE_SECONDS
from contract.roles import Role
from handlers.writer.item import ClosingKind, Writer
from operations.topology.model import Topology
from operations.topology.readings import Known
from operations.topology.words import author_of, takes_over
from operations.verdict.loss import out_of_reach
from operations.verdict.model import NextStep, TrafficAlert, TrafficSituation, TrafficVerdict
from operations.verdict.next_steps import end_closing, end_stop, look_again
from operations.verdict.proof import proof_age
from operations.verdict.words import age_of, since

_GRACE_SECONDS = 15
"""What tickers and their readers may take beyond a limit before it counts as passed, in real seconds."""

_REFUSED = "payers are refused (503, Retry-After); a payment that is tried again is not charged twice"


def judge_absent(topology: Topology) -> TrafficVerdict:
    """Return the verdict if the writer does not exist."""
    name = topology.site.primary.name
    return TrafficVerdict(
        situation=TrafficSituation.ABSENT,
        alert=TrafficAlert.OUTAGE,
        takes_payments=None,
        since=None,
        automatic=None,
        says="NOBODY takes payments: nothing was ever opened here, or the writer item was deleted",
        risks=(_REFUSED,),
        next=look_again(f"{name}'s ticker creates the writer within seconds, and opens {name}; if not, see its log"),
    )


def judge_closing(topology: Topology, writer: Writer, owner: Role, begun: Writer) -> TrafficVerdict:
    """Return the verdict while the writer is closing.

    Args:
        topology: What was read.
        writer: The writer.
        owner: The role of its region.
        begun: The epoch with which the closing began; if unknown, a later one that only switched takeovers.
    """
    closing = _Closing(topology, writer, owner, begun)
    situation, deed, step = _PARTS[writer.kind or ClosingKind.HELD](closing)
    reason = f" ({begun.reason})" if begun.reason and closing.at else ""
    return TrafficVerdict(
        situation=situation,
        alert=TrafficAlert.OUTAGE,
        takes_payments=None,
        since=closing.at or None,
        automatic=writer.automatic,
        says=f"NOBODY takes payments {since(closing.at, now=topology.read_at)}: {closing.author} {deed}{reason}",
        risks=(_REFUSED, *closing.left_behind()),
        next=step,
    )


@dataclass(frozen=True)
class _Closing:
    """A closing, its author and its time."""

    topology: Topology
    writer: Writer
    owner: Role
    begun: Writer

    @property
    def at(self) -> str:
        """Return when it began (ISO 8601); empty if unknown."""
        return "" if self.begun.switches_automatic else self.begun.at

    @property
    def author(self) -> str:
        """Return who began it."""
        return "somebody" if self.begun.switches_automatic else author_of(self.begun)

    @property
    def leaves_peer(self) -> bool:
        """Return whether it takes payments from the other region."""
        return self.writer.kind is ClosingKind.TAKEOVER and takes_over(self.begun)

    def left_behind(self) -> tuple[str, ...]:
        """Return the payments that a takeover may leave in the lost region."""
        if not self.leaves_peer:
            return ()
        return (out_of_reach(self.topology, self.owner.peer),)

    def is_silent(self) -> bool:
        """Return whether the owner's ticker is known not to run; a failed read leaves it unknown."""
        ticker = self.topology.regions[self.owner].ticker
        if isinstance(ticker, Known):
            return not ticker.value.is_heard
        proof = proof_age(self.topology, self.owner)
        return proof is not None and proof >= PROOF_STALE_SECONDS

    def is_old(self, limit: float) -> bool:
        """Return whether it lasts too long by the operator's clock; this only affects advice."""
        age = age_of(self.at, now=self.topology.read_at)
        return age is not None and age > limit + _GRACE_SECONDS

    def ends(self, says: str) -> NextStep:
        """Return the command that ends it."""
        return end_closing(self.topology, self.owner, says=says)


_Parts = tuple[TrafficSituation, str, NextStep]


def _planned(closing: _Closing) -> _Parts:
    writer = closing.writer
    announced = writer.seconds or PLANNED_CLOSING_SECONDS
    if closing.is_silent():
        step = closing.ends(f"{writer.region}'s ticker would undo it, but does not run")
    elif closing.is_old(announced):
        step = closing.ends(f"it should have been undone after {announced} s")
    else:
        step = look_again(f"it opens or is undone by itself within {announced} s; if not, `dr start`")
    return TrafficSituation.CLOSING_PLANNED, f"moves payments from {writer.region} to {writer.destination}", step


def _takeover(closing: _Closing) -> _Parts:
    name, peer = (closing.topology.site.regions[role].name for role in (closing.owner, closing.owner.peer))
    deed = f"opens {name} instead of {peer}" if closing.leaves_peer else f"opens {name}"
    if closing.is_silent() or closing.is_old(SETTLE_SECONDS):
        step = closing.ends(f"{name} should have opened by itself")
    else:
        step = look_again(f"{name} opens by itself within {SETTLE_SECONDS} s; if not, `dr start`")
    return TrafficSituation.CLOSING_TAKEOVER, deed, step


def _held(closing: _Closing) -> _Parts:
    step = end_stop(closing.topology, closing.owner, says=f"once you know why; {closing.author} can tell")
    return TrafficSituation.HELD, "stopped both regions", step


_PARTS = {ClosingKind.PLANNED: _planned, ClosingKind.TAKEOVER: _takeover, ClosingKind.HELD: _held}
