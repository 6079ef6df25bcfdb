"""Who takes payments, since when, and, if nobody does, the one command that ends it."""

from collections.abc import Iterator

from handlers.writer.item import ClosingKind, Writer
from operations.topology.cells import Cell, Tone
from operations.topology.model import Topology
from operations.topology.quorum import what_glass_means, without_quorum
from operations.topology.readings import Known, Unknown
from operations.topology.words import author_of, moment, who_did_what


def writer_lines(topology: Topology) -> Iterator[Cell]:
    """Return what is known of the writer, the most important first."""
    reading = topology.writer
    if isinstance(reading, Unknown):
        yield Cell(f"NO QUORUM, nobody is known to take payments: {without_quorum(topology)}", Tone.ALARM)
        yield Cell(what_glass_means(topology), Tone.NOTE)
    elif reading.value is None:
        creates = f"{topology.site.primary.name}'s ticker creates it"
        yield Cell(f"NOBODY takes payments: there is no writer item yet; {creates}", Tone.ALARM)
    else:
        yield from _known(topology, reading.value)
    for state in topology.regions.values():
        if isinstance(state.glass, Known) and state.glass.value is not None:
            glass = state.glass.value
            said = f"at epoch {glass.epoch}, {glass.at} by {glass.by}: {glass.reason}"
            yield Cell(f"GLASS BROKEN in {state.site.name} {said}", Tone.ALARM)


def _known(topology: Topology, writer: Writer) -> Iterator[Cell]:
    if writer.is_open:
        yield _open(topology, writer)
    else:
        yield Cell(f"NOBODY takes payments: {who_did_what(writer)}; {_end_of(writer)}", Tone.ALARM)
    if not writer.automatic:
        yield Cell("automatic takeover is OFF: `dr automatic on`", Tone.NOTE)


def _open(topology: Topology, writer: Writer) -> Cell:
    role = topology.site.role_of(writer.region)
    automatic = ", automatic takeover on" if writer.automatic else ""
    why = f": {writer.reason}" if writer.reason else ""
    text = f"{writer.region} takes payments since {moment(writer)} (epoch {writer.epoch}, {author_of(writer)}{why})"
    if role is not None and topology.regions[role].health == Known(value=False):
        peer = topology.site.regions[role.peer].name
        return Cell(f"{text}, but is UNHEALTHY: `dr failover --to {peer}`", Tone.ALARM)
    return Cell(f"{text}{automatic}", Tone.PEACE)


def _end_of(writer: Writer) -> str:
    """Return what ends a closing."""
    match writer.kind:
        case ClosingKind.PLANNED:
            return f"{writer.region}'s ticker undoes it after {writer.seconds or 30} s, else `dr start`"
        case ClosingKind.TAKEOVER:
            return f"{writer.region}'s ticker opens it within seconds, else `dr start`"
        case _:
            return "`dr start` ends it"
