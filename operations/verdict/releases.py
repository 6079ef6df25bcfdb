"""The concerns about a release: under way, rolled back, or unknown."""

from collections.abc import Iterator

from handlers.releases.item import ReleaseState
from operations.topology.model import Topology
from operations.topology.readings import Known, Unknown
from operations.topology.release_words import describe_release
from operations.verdict.model import NextStep, TrafficSituation


def release_concern(topology: Topology) -> Iterator[tuple[TrafficSituation, str, NextStep]]:
    """Return what a release puts at risk, and the next command."""
    release = topology.release.value if isinstance(topology.release, Known) else None
    if release is None:
        return
    described = describe_release(release)
    match release.state:
        case ReleaseState.RUNNING:
            step = NextStep(command="dr release status", says="`dr release abort` puts both regions back")
            yield TrafficSituation.RELEASING, f"a release is under way: {described}", step
        case ReleaseState.UNDOING:
            step = NextStep(command="dr release abort", says="if the tickers have not put it back within a minute")
            yield TrafficSituation.RELEASING, f"a release is being put back: {described}", step
        case ReleaseState.UNDONE:
            step = NextStep(command="dr release status", says="it lists the payments that the new versions stored")
            yield TrafficSituation.RELEASE_UNDONE, f"the last release was put back: {described}", step
        case ReleaseState.DONE:
            return


def release_unread(topology: Topology) -> list[str]:
    """Return a concern if it is unknown whether a release is under way."""
    reading = topology.release
    return [f"whether a release is under way ({reading.reason})"] if isinstance(reading, Unknown) else []
