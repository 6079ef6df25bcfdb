"""What of a verdict and of a loss matters to somebody who has read them before, and since when nobody could pay."""

from typing import Literal

from operations.timestamps import epoch_seconds
from operations.topology.loss_estimate import LossEstimate
from operations.topology.model import Topology
from operations.topology.readings import Known
from operations.topology.site_clock import at_machine
from operations.verdict.model import TrafficAlert, TrafficSituation, TrafficVerdict


def counts(loss: LossEstimate) -> object:
    """Return what of a loss matters to somebody who has read it: how many payments, not how old they are."""
    missing = loss.missing.value.count if isinstance(loss.missing, Known) else None
    return missing, loss.waiting.value if isinstance(loss.waiting, Known) else None


def gist(topology: Topology, verdict: TrafficVerdict) -> object:
    """Return what of a verdict matters to somebody who has read it: not its ages."""
    writer = topology.writer
    change = (writer.value.epoch, writer.value.change_id) if isinstance(writer, Known) and writer.value else None
    return change, verdict.situation, verdict.alert, verdict.takes_payments, verdict.automatic, verdict.next.command


def nobody_since(topology: Topology, verdict: TrafficVerdict) -> float | Literal["unknown"] | None:
    """Return since when nobody has taken payments, or that this is unknown; None if a region does.

    In seconds since the epoch by this machine's clock, as the journal has them.
    A takeover closes the writer of a region that is lost already, and its author does not say since when.
    """
    if verdict.takes_payments is not None:
        owner = topology.owner
        is_well = owner is not None and topology.regions[owner].health == Known(value=True)
        return None if is_well or verdict.alert is not TrafficAlert.UNKNOWN else "unknown"
    if verdict.alert is not TrafficAlert.OUTAGE or verdict.situation is TrafficSituation.CLOSING_TAKEOVER:
        return "unknown"
    since = epoch_seconds(verdict.since or "")
    return "unknown" if since is None else at_machine(since, topology.machine_ahead)
