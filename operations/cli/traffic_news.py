"""Extracts what is new in a verdict or a loss estimate, and since when no payments were taken."""

from typing import Literal

from operations.execution.journal import Intended, JournalError, Journals, Planned
from operations.timestamps import epoch_seconds
from operations.topology.loss_estimate import LossEstimate
from operations.topology.model import Topology
from operations.topology.readings import Known, Reading
from operations.topology.site_clock import CLOCKS_AGREE_SECONDS, at_machine, at_site
from operations.verdict.model import TrafficAlert, TrafficSituation, TrafficVerdict


def counts(loss: LossEstimate) -> object:
    """Return what counts as news in a loss estimate: how many payments, not how old they are."""
    missing = loss.missing.value.count if isinstance(loss.missing, Known) else None
    return missing, loss.waiting.value if isinstance(loss.waiting, Known) else None


def gist(topology: Topology, verdict: TrafficVerdict) -> object:
    """Return what counts as news in a verdict: everything but its ages."""
    writer = topology.writer
    change = (writer.value.epoch, writer.value.change_id) if isinstance(writer, Known) and writer.value else None
    return change, verdict.situation, verdict.alert, verdict.takes_payments, verdict.automatic, verdict.next.command


def nobody_since(topology: Topology, verdict: TrafficVerdict, journals: Journals) -> float | Literal["unknown"] | None:
    """Return since when no region has taken payments, or that this is unknown; None if a region does.

    The result is in seconds since the epoch by this machine's clock, like the journal's times. It is unknown after a
    takeover, which closes the writer of a region that was lost earlier.
    """
    if verdict.takes_payments is not None:
        owner = topology.owner
        is_well = owner is not None and topology.regions[owner].health == Known(value=True)
        return None if is_well or verdict.alert is not TrafficAlert.UNKNOWN else "unknown"
    if verdict.alert is not TrafficAlert.OUTAGE or verdict.situation is TrafficSituation.CLOSING_TAKEOVER:
        return "unknown"
    since = _by_this_machine(verdict.since or "", topology.machine_ahead, journals)
    read_at = at_machine(topology.read_at, topology.machine_ahead)
    if since is None or since > read_at + CLOCKS_AGREE_SECONDS:  # also of an author whose clock is wrong
        return "unknown"
    return min(since, read_at)


def _by_this_machine(at: str, ahead: Reading[float], journals: Journals) -> float | None:
    """Return the time of a change by this machine's clock; None if it is not known.

    Its author stamped it: a ticker or another operator by the site's time, this machine by its own clock, which may be
    wrong.
    """
    moment = epoch_seconds(at)
    if moment is None:
        return None
    try:
        own = _sent_from_here(at, journals)
    except JournalError:
        return None
    if own is None:
        return at_machine(moment, ahead)
    if own.machine_ahead is None or not isinstance(ahead, Known):
        return None
    if abs(own.machine_ahead - ahead.value) <= CLOCKS_AGREE_SECONDS:  # the clock was not changed since
        return moment
    return at_machine(at_site(moment, Known(own.machine_ahead)), ahead)


def _sent_from_here(at: str, journals: Journals) -> Planned | None:
    """Return the plan of this machine that made a change with this timestamp; None if none did.

    Raises:
        JournalError: A journal cannot be read, so the answer is unknown.
    """
    for journal in journals.latest_first():
        records = journal.records()
        if any(isinstance(each, Intended) and each.writer.at == at for each in records):
            return next((each for each in records if isinstance(each, Planned)), None)
    return None
