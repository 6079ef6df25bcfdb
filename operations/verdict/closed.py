"""The verdict while no region may take payments: the writer is closing, or nobody has created it."""

from handlers.deadlines import PLANNED_CLOSING_SECONDS, SETTLE_SECONDS
from handlers.writer.item import ClosingKind, Writer
from operations.site import Role
from operations.topology.model import SILENT_TICKER_SECONDS, Topology
from operations.topology.readings import Known
from operations.topology.words import author_of
from operations.verdict.model import NextStep, TrafficAlert, TrafficSituation, TrafficVerdict
from operations.verdict.next_steps import end_closing, look_again
from operations.verdict.serving import out_of_reach
from operations.verdict.words import age_of, since

_GRACE_SECONDS = 15
"""What tickers and their readers may take beyond a limit before it counts as passed, in real seconds."""

_REFUSED = "payers are refused (503, Retry-After); a payment that is tried again is not charged twice"


def judge_absent(topology: Topology) -> TrafficVerdict:
    """Return the verdict where nobody has created the writer."""
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


def judge_closing(topology: Topology, writer: Writer) -> TrafficVerdict:
    """Return the verdict while the writer is closing."""
    situation, deed, step = _PARTS[writer.kind or ClosingKind.HELD](topology, writer)
    reason = f" ({writer.reason})" if writer.reason else ""
    return TrafficVerdict(
        situation=situation,
        alert=TrafficAlert.OUTAGE,
        takes_payments=None,
        since=writer.at or None,
        automatic=writer.automatic,
        says=f"NOBODY takes payments {since(writer.at, now=topology.read_at)}: {author_of(writer)} {deed}{reason}",
        risks=(_REFUSED, *_left_behind(topology, writer)),
        next=step,
    )


_Parts = tuple[TrafficSituation, str, NextStep]


def _planned(topology: Topology, writer: Writer) -> _Parts:
    deed = f"moves payments from {writer.region} to {writer.destination}"
    announced = writer.seconds or PLANNED_CLOSING_SECONDS
    owner = _owner(topology, writer)
    if _is_silent(topology, owner):
        step = end_closing(topology, owner, says=f"{writer.region}'s ticker would undo it, but does not run")
    elif _is_old(topology, writer, announced):
        step = end_closing(topology, owner, says=f"it should have been undone after {announced} s")
    else:
        step = look_again(f"it opens or is undone by itself within {announced} s; if not, `dr start`")
    return TrafficSituation.CLOSING_PLANNED, deed, step


def _takeover(topology: Topology, writer: Writer) -> _Parts:
    deed = f"takes over for {writer.region}"
    owner = _owner(topology, writer)
    if _is_silent(topology, owner) or _is_old(topology, writer, SETTLE_SECONDS):
        step = end_closing(topology, owner, says=f"{writer.region} should have opened by itself")
    else:
        step = look_again(f"{writer.region} opens by itself within {SETTLE_SECONDS} s; if not, `dr start`")
    return TrafficSituation.CLOSING_TAKEOVER, deed, step


def _held(topology: Topology, writer: Writer) -> _Parts:
    says = f"once you know why; {author_of(writer)} can tell"
    return TrafficSituation.HELD, "stopped both regions", end_closing(topology, _owner(topology, writer), says=says)


_PARTS = {ClosingKind.PLANNED: _planned, ClosingKind.TAKEOVER: _takeover, ClosingKind.HELD: _held}


def _left_behind(topology: Topology, writer: Writer) -> tuple[str, ...]:
    """Return what the region that a takeover leaves may hold alone."""
    if writer.kind is not ClosingKind.TAKEOVER:
        return ()
    return (out_of_reach(topology, _owner(topology, writer).peer),)


def _owner(topology: Topology, writer: Writer) -> Role:
    return topology.site.role_of(writer.region) or Role.PRIMARY


def _is_silent(topology: Topology, role: Role) -> bool:
    """Return whether a region's ticker is known not to run, or its region does not answer."""
    ticker = topology.regions[role].ticker
    return not isinstance(ticker, Known) or ticker.value.age > SILENT_TICKER_SECONDS


def _is_old(topology: Topology, writer: Writer, limit: float) -> bool:
    """Return whether a closing lasts too long; people's clocks decide that, which only advises people."""
    age = age_of(writer.at, now=topology.read_at)
    return age is not None and age > limit + _GRACE_SECONDS
