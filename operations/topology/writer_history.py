"""The epochs of the writer, newest first, merged from what both regions' tickers recorded."""

from collections.abc import Mapping
from dataclasses import dataclass

from handlers.writer.history import RecordedEpoch, read_epoch
from handlers.writer.item import Writer
from operations.aws import Aws
from operations.site import Role, Site
from operations.topology.asking import THREADS, UNREADABLE, Asker, ask_each, readings
from operations.topology.model import Topology
from operations.topology.readings import Known, Reading, Unknown

SECONDS = 5.0
"""How long reading the epochs may take, once all are asked for."""


@dataclass(frozen=True)
class HistoricEpoch:
    """One epoch, as the tickers saw it."""

    epoch: int
    writer: Reading[Writer]
    """Unknown if no ticker's record of it can be read; one that lasts less than a second may be seen by none."""
    seen_at: Mapping[str, str]
    """When (ISO 8601) each region's ticker saw it first, by its own clock."""


def read_history(topology: Topology, aws: Aws, *, epochs: int, asker: Asker = THREADS) -> list[HistoricEpoch]:
    """Read the last epochs; the newest is the writer as it was read just before.

    Without a quorum the newest epoch is the newest that a replica remembers. Never raises for what cannot be read.
    """
    newest = _newest(topology)
    if newest is None:
        return []
    numbers = range(newest.epoch, max(0, newest.epoch - epochs), -1)
    asked = ask_each(
        lambda of: _read(topology.site, aws, of[0], of[1]), [(role, epoch) for epoch in numbers for role in Role], asker
    )
    found = readings(asked, asker.monotonic() + SECONDS)
    history = [_merged(epoch, [found[role, epoch] for role in Role]) for epoch in numbers]
    first = HistoricEpoch(newest.epoch, Known(newest), history[0].seen_at)
    return [first, *history[1:]]


def _newest(topology: Topology) -> Writer | None:
    if isinstance(topology.writer, Known):
        return topology.writer.value
    remembered = [state.remembered for state in topology.regions.values()]
    known = [each.value for each in remembered if isinstance(each, Known) and each.value is not None]
    return max(known, key=lambda writer: writer.epoch, default=None)


def _read(site: Site, aws: Aws, role: Role, epoch: int) -> RecordedEpoch | None:
    """Read from the region's own replica, or from the other one, which holds the same."""
    recorder = site.regions[role].name
    try:
        return read_epoch(aws.client("dynamodb", recorder), site.control_table_name, recorder, epoch)
    except UNREADABLE:
        return read_epoch(
            aws.client("dynamodb", site.regions[role.peer].name), site.control_table_name, recorder, epoch
        )


def _merged(epoch: int, recorded: list[Reading[RecordedEpoch | None]]) -> HistoricEpoch:
    known = [each.value for each in recorded if isinstance(each, Known) and each.value is not None]
    if known:
        seen_at = {each.seen_by: each.seen_at for each in known}
        return HistoricEpoch(epoch, Known(known[0].writer), seen_at)
    unread = "; ".join(each.reason for each in recorded if isinstance(each, Unknown))
    return HistoricEpoch(epoch, Unknown(unread or "no ticker saw it"), {})
