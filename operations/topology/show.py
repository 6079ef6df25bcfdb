"""The topology on one screen. Green is only what is known and as it is in peace; what is unknown says why."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from handlers.payments.fence import Fence
from operations.moments import for_people
from operations.site import CheckName, QueueKind, Role
from operations.topology.edge import host_of
from operations.topology.model import (
    LATE_HEARTBEAT_SECONDS,
    SLOW_REPLICATION_SECONDS,
    Alarm,
    AlarmState,
    BucketBacklog,
    DnsAnswer,
    Heartbeat,
    QueueDepth,
    RegionState,
    Sentinel,
    Topology,
)
from operations.topology.readings import Known, Reading, Unknown

T = TypeVar("T")


class Tone(StrEnum):
    """What a fact means, as rich styles."""

    PEACE = "green"
    NOTE = "yellow"
    ALARM = "bold red"
    UNKNOWN = "bold magenta"
    PLAIN = ""


@dataclass(frozen=True)
class Cell:
    """One fact in words."""

    text: str
    tone: Tone


Row = tuple[str, Callable[[Role], Cell]]


def show(topology: Topology, *, surroundings: str) -> RenderableType:
    """Return the screen; `surroundings` says what was read, such as an emulator and its time scale."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("")
    for role in Role:
        table.add_column(f"{role} {topology.regions[role].site.name}", overflow="fold")
    for title, cell in rows(topology):
        table.add_row(title, *(_text(cell(role)) for role in Role))
    heading = Text(f"{topology.site.suffix} · {surroundings} · {for_people(topology.read_at)}", style="bold")
    return Group(heading, *(_text(cell) for cell in above(topology)), table, *_footnotes(topology))


def above(topology: Topology) -> Iterator[Cell]:
    """Give what belongs to both regions."""
    url = topology.site.failover_endpoint_url
    if url is None or topology.dns is None:
        yield Cell("no domain: clients choose the region themselves", Tone.PLAIN)
        return
    yield _dns(host_of(url), topology)
    serving = topology.health_checks.get(CheckName.SERVING, Unknown("there is no such check"))
    yield _cell(
        serving,
        lambda healthy: Cell(
            f"Route 53 should answer {Role.PRIMARY if healthy else Role.STANDBY}", Tone.PEACE if healthy else Tone.ALARM
        ),
        "Route 53 should answer",
    )


def rows(topology: Topology) -> Iterator[Row]:
    """Give each line's title, and its cell for a role."""
    regions = topology.regions
    yield "fence, own replica", lambda role: _cell(regions[role].fences[role], _fence)
    yield "fence, peer's replica", lambda role: _cell(regions[role.peer].fences[role], _fence)
    yield "heartbeat, own replica", lambda role: _cell(regions[role].heartbeats[role], _heartbeat)
    yield "heartbeat, peer's replica", lambda role: _cell(regions[role.peer].heartbeats[role], _heartbeat)
    yield "/health", lambda role: _cell(regions[role].health, _answers("healthy", "UNHEALTHY", good=True))
    yield "/takeover", lambda role: _cell(regions[role].takeover, _answers("TAKEN OVER", "no", good=False))
    if topology.health_checks:
        yield "health check", lambda role: _cell(topology.health_checks[CheckName(role)], _check)
    yield "lag to the peer", lambda role: _cell(topology.lag[role, role.peer], _lag)
    yield "S3 backlog from the peer", lambda role: _cell(regions[role].bucket_backlog, _backlog)
    for kind in QueueKind:
        yield f"{kind.replace('_', ' ')} queue", _queue_cell(topology, kind)
    yield "alarms", lambda role: _alarms(regions[role])
    yield "sentinel", lambda role: _cell(regions[role].sentinel, _sentinel) if role is Role.STANDBY else _NOTHING
    yield "automatic takeover", lambda role: _switch(regions[role]) if role is Role.STANDBY else _NOTHING


_NOTHING = Cell("", Tone.PLAIN)


def _dns(host: str, topology: Topology) -> Cell:
    def words(answer: DnsAnswer) -> Cell:
        where = f"{host} → {', '.join(answer.addresses)} (TTL {answer.ttl:g} s)"
        match answer.role:
            case Unknown(reason):
                return Cell(f"{where}, unknown whose: {reason}", Tone.UNKNOWN)
            case Known(role):
                name = topology.regions[role].site.name
                return Cell(f"{where}: {role} {name}", Tone.PEACE if role is Role.PRIMARY else Tone.ALARM)

    return _cell(topology.dns or Unknown("no domain"), words, host)


def _cell(reading: Reading[T], words: Callable[[T], Cell], what: str = "") -> Cell:
    if isinstance(reading, Unknown):
        return Cell(f"{what} unknown: {reading.reason}".strip(), Tone.UNKNOWN)
    return words(reading.value)


def _fence(fence: Fence) -> Cell:
    if not fence.fenced:
        return Cell(f"open, epoch {fence.epoch}", Tone.PEACE)
    return Cell(f"FENCED, epoch {fence.epoch}, {fence.at} by {fence.by}: {fence.reason}", Tone.ALARM)


def _heartbeat(heartbeat: Heartbeat) -> Cell:
    late = heartbeat.age > LATE_HEARTBEAT_SECONDS
    return Cell(f"{heartbeat.age:.0f} s ago", Tone.ALARM if late else Tone.PEACE)


def _answers(yes: str, no: str, *, good: bool) -> Callable[[bool], Cell]:
    return lambda value: Cell(yes if value else no, Tone.PEACE if value is good else Tone.ALARM)


def _check(healthy: bool) -> Cell:  # noqa: FBT001 — the fact itself
    return Cell("healthy" if healthy else "UNHEALTHY", Tone.PEACE if healthy else Tone.ALARM)


def _lag(seconds: float) -> Cell:
    return Cell(f"at most {seconds:.2f} s lately", Tone.NOTE if seconds > SLOW_REPLICATION_SECONDS else Tone.PEACE)


def _backlog(backlog: BucketBacklog) -> Cell:
    words = f"{backlog.operations} objects, {backlog.bytes} bytes"
    return Cell(words, Tone.NOTE if backlog.operations else Tone.PEACE)


def _queue_cell(topology: Topology, kind: QueueKind) -> Callable[[Role], Cell]:
    worst = Tone.NOTE if kind is QueueKind.RETRY else Tone.ALARM

    def words(depth: QueueDepth) -> Cell:
        details = f" ({depth.in_flight} in flight, {depth.delayed} delayed)" if depth.total else ""
        return Cell(f"{depth.total}{details}", worst if depth.total else Tone.PEACE)

    return lambda role: _cell(topology.regions[role].queues[kind], words)


def _alarms(state: RegionState) -> Cell:
    def words(alarms: tuple[Alarm, ...]) -> Cell:
        counts = {each: sum(alarm.state is each for alarm in alarms) for each in AlarmState}
        ringing, silent = counts[AlarmState.ALARM], counts[AlarmState.INSUFFICIENT_DATA]
        missing = len(set(state.site.alarm_names) - {alarm.name for alarm in alarms})
        parts = [f"{ringing} in ALARM", f"{silent} without data", f"{missing} missing"]
        told = ", ".join(part for part in parts if not part.startswith("0 "))
        tone = Tone.ALARM if ringing or missing else Tone.UNKNOWN if silent else Tone.PEACE
        return Cell(told or f"all {len(alarms)} OK", tone)

    return _cell(state.alarms, words)


def _sentinel(sentinel: Sentinel) -> Cell:
    if sentinel.armed:
        return Cell(f"armed since {sentinel.peer_seen_healthy_at}", Tone.PEACE)
    return Cell("NOT ARMED: it has not seen the peer healthy with its own release", Tone.ALARM)


def _switch(state: RegionState) -> Cell:
    return _cell(state.automatic_takeover, lambda on: Cell("on" if on else "OFF", Tone.PEACE if on else Tone.NOTE))


def _footnotes(topology: Topology) -> Iterator[Text]:
    """Name the alarms that ring."""
    for state in topology.regions.values():
        alarms = state.alarms.value if isinstance(state.alarms, Known) else ()
        for alarm in alarms:
            if alarm.state is AlarmState.ALARM:
                yield Text(f"ALARM {alarm.name}: {alarm.reason}", style=Tone.ALARM, no_wrap=True, overflow="ellipsis")


def _text(cell: Cell) -> Text:
    return Text(cell.text, style=cell.tone)
