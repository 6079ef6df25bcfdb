"""The writer's epochs, newest first, merged from both regions' tickers' records."""

from collections.abc import Mapping
from dataclasses import dataclass

from contract.roles import Role
from handlers.writer.history import RecordedEpoch, read_epoch
from handlers.writer.item import Writer
from operations.aws import Aws
from operations.site import Site
from operations.topology.asking import THREADS, UNREADABLE, Asker, ask_each, readings
from operations.topology.model import Topology
from operations.topology.readings import Known, Reading, Unknown
from operations.topology.words import ticker_of

SECONDS = 5.0
"""How long reading the epochs may take, once all are asked for."""

_SWITCHES = 6
"""How many epochs back an opening, or the beginning of a closing, is looked for."""


@dataclass(frozen=True)
class HistoricEpoch:
    """One epoch, as the tickers recorded it."""

    epoch: int
    writer: Reading[Writer]
    """Unknown if no ticker's record of it can be read; one that lasts less than a second may be seen by none."""
    seen_at: Mapping[str, str]
    """When (ISO 8601) each region's ticker saw it first, by its own clock."""


def begun(topology: Topology, aws: Aws, *, seconds: float, asker: Asker = THREADS) -> Writer | None:
    """Return the epoch since which the writer has been open in its region, or closed; None without a writer.

    Switching unattended takeovers on or off creates an epoch, too; such epochs are skipped, as far back as records
    exist.
    """
    writer = topology.writer.value if isinstance(topology.writer, Known) else None
    if writer is None or _begins(writer):
        return writer
    found = writer
    hurried = aws.hurried(connect_timeout=seconds, read_timeout=seconds)
    for each in read_history(topology, hurried, epochs=_SWITCHES, seconds=seconds, asker=asker)[1:]:
        if isinstance(each.writer, Unknown) or not _goes_on(each.writer.value, found):
            break
        found = each.writer.value
    return found


def _begins(writer: Writer) -> bool:
    """Return whether the state must have begun with this epoch."""
    if writer.is_open:
        return ticker_of(writer) is not None  # the only change by a ticker that leaves the writer open is to open it
    return not writer.switches_automatic


def _goes_on(before: Writer, after: Writer) -> bool:
    """Return whether an epoch left the writer's state unchanged."""
    return before.allows(after.region) if after.is_open else after.switches_automatic


def read_history(
    topology: Topology,
    aws: Aws,
    *,
    epochs: int,
    before: int | None = None,
    seconds: float = SECONDS,
    asker: Asker = THREADS,
) -> list[HistoricEpoch]:
    """Read the last epochs, or the last ones `before` an epoch; the newest is the given writer.

    Without a quorum, the newest epoch is the newest in a replica. What cannot be read is unknown, not an error.
    """
    newest = _newest(topology)
    if newest is None:
        return []
    begin = newest.epoch if before is None else before - 1
    numbers = range(begin, max(0, begin - epochs), -1)
    asked = ask_each(
        lambda of: _read(topology.site, aws, of[0], of[1]), [(role, epoch) for epoch in numbers for role in Role], asker
    )
    found = readings(asked, asker.monotonic() + seconds)
    history = [_merged(epoch, [found[role, epoch] for role in Role]) for epoch in numbers]
    return [
        HistoricEpoch(newest.epoch, Known(newest), each.seen_at) if each.epoch == newest.epoch else each
        for each in history
    ]


def _newest(topology: Topology) -> Writer | None:
    if isinstance(topology.writer, Known):
        return topology.writer.value
    remembered = [state.remembered for state in topology.regions.values()]
    known = [each.value for each in remembered if isinstance(each, Known) and each.value is not None]
    return max(known, key=lambda writer: writer.epoch, default=None)


def _read(site: Site, aws: Aws, role: Role, epoch: int) -> RecordedEpoch | None:
    """Read from the region's own replica, or else from the other one, which holds the same."""
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
