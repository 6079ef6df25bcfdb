"""Shows the topology on one screen. Green means known and in steady state."""

from collections.abc import Callable, Iterator
from functools import partial

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from contract.outputs import CheckName, QueueKind
from contract.roles import Role
from handlers.releases.item import Release, ReleaseState
from handlers.writer.item import Writer
from operations.timestamps import for_people
from operations.topology.cells import NOTHING, Cell, Tone, cell
from operations.topology.edge import host_of
from operations.topology.model import (
    LATE_HEARTBEAT_SECONDS,
    SILENT_TICKER_SECONDS,
    Alarm,
    AlarmState,
    BucketBacklog,
    DnsAnswer,
    HeartbeatReading,
    QueueDepth,
    RegionState,
    TickerState,
    Topology,
)
from operations.topology.quorum import quorum_of
from operations.topology.readings import Known, Unknown
from operations.topology.release_words import describe_release
from operations.topology.words import author_of, moment, state_of

Row = tuple[str, Callable[[Role], Cell]]


def show(topology: Topology, *, surroundings: str) -> RenderableType:
    """Return the screen; `surroundings` names the target, such as an emulator and its time scale."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("")
    for role in Role:
        table.add_column(f"{role} {topology.regions[role].site.name}", overflow="fold")
    for title, of in rows(topology):
        table.add_row(title, *(_text(of(role)) for role in Role))
    heading = Text(f"{topology.site.suffix} · {surroundings} · {for_people(topology.read_at)}", style="bold")
    return Group(heading, *map(_text, above(topology)), table, *_footnotes(topology))


def above(topology: Topology) -> Iterator[Cell]:
    """Return the facts that concern both regions."""
    yield cell(topology.writer, _writer, "writer")
    if topology.release != Known(None):
        yield cell(topology.release, _release, "release")
    url = topology.site.failover_endpoint_url
    if url is None or topology.dns is None:
        yield Cell("no domain: clients choose the region themselves", Tone.PLAIN)
        return
    yield _dns(host_of(url), topology)
    if CheckName.SERVING in topology.health_checks:
        yield cell(
            topology.health_checks[CheckName.SERVING],
            lambda primary: _follows(topology, "Route 53 should answer", Role.PRIMARY if primary else Role.STANDBY),
            "Route 53 should answer",
        )


def rows(topology: Topology) -> Iterator[Row]:
    """Return each line's title, and its cell for a role."""
    regions = topology.regions
    yield "control table", lambda role: _quorum(topology, role)
    yield "/writer", lambda role: cell(regions[role].owns, lambda owns: _owns(topology, role, owns=owns))
    yield "/health", lambda role: cell(regions[role].health, _healthy)
    yield "ticker", lambda role: cell(regions[role].ticker, _ticker)
    yield "heartbeat, own replica", lambda role: cell(regions[role].heartbeats[role], _heartbeat)
    yield "heartbeat, peer's replica", lambda role: cell(regions[role.peer].heartbeats[role], _heartbeat)
    if topology.health_checks:
        yield "check of /writer", lambda role: cell(topology.health_checks[_WRITER_CHECKS[role]], _check)
        yield (
            "check of /health",
            lambda role: (
                cell(topology.health_checks[CheckName.STANDBY_HEALTH], _healthy) if role is Role.STANDBY else NOTHING
            ),
        )
    yield "lag to the peer", lambda role: cell(topology.lag[role, role.peer], partial(_lag, topology))
    yield "S3 backlog from the peer", lambda role: cell(regions[role].bucket_backlog, _backlog)
    for kind in QueueKind:
        yield f"{kind.replace('_', ' ')} queue", _queue_cell(topology, kind)
    yield "alarms", lambda role: _alarms(regions[role])


_WRITER_CHECKS = {Role.PRIMARY: CheckName.PRIMARY_WRITER, Role.STANDBY: CheckName.STANDBY_WRITER}


def _writer(writer: Writer | None) -> Cell:
    if writer is None:
        return Cell("writer: nobody has created it", Tone.ALARM)
    reason = f": {writer.reason}" if writer.reason else ""
    words = f"writer: {state_of(writer)}, epoch {writer.epoch}, {moment(writer)} by {author_of(writer)}{reason}"
    return Cell(words, Tone.PLAIN if writer.is_open else Tone.ALARM)


def _release(release: Release | None) -> Cell:
    if release is None:
        return Cell("release: there was none yet", Tone.PLAIN)
    tone = {ReleaseState.DONE: Tone.PEACE, ReleaseState.RUNNING: Tone.NOTE}.get(release.state, Tone.ALARM)
    return Cell(f"release: {describe_release(release)}", tone)


def _follows(topology: Topology, what: str, role: Role) -> Cell:
    """Judge the DNS answer by the region that serves; if none serves, any answer is fine."""
    fine = topology.serving in {None, role}
    return Cell(f"{what} {role} {topology.site.regions[role].name}", Tone.PEACE if fine else Tone.ALARM)


def _dns(host: str, topology: Topology) -> Cell:
    def words(answer: DnsAnswer) -> Cell:
        where = f"{host} → {', '.join(answer.addresses)} (TTL {answer.ttl:g} s)"
        match answer.role:
            case Unknown(reason):
                return Cell(f"{where}, unknown whose: {reason}", Tone.UNKNOWN)
            case Known(role):
                return _follows(topology, f"{where}:", role)

    return cell(topology.dns or Unknown("no domain"), words, host)


def _quorum(topology: Topology, role: Role) -> Cell:
    known = isinstance(topology.regions[role].control, Known)
    return Cell("has a quorum", Tone.PEACE) if known else Cell(quorum_of(topology, role), Tone.ALARM)


def _owns(topology: Topology, role: Role, *, owns: bool) -> Cell:
    agrees = topology.owner is None or (topology.owner is role) is owns
    return Cell("owner" if owns else "not the owner", Tone.PEACE if agrees else Tone.ALARM)


def _healthy(value: bool) -> Cell:  # noqa: FBT001 — the fact itself
    return Cell("healthy" if value else "UNHEALTHY", Tone.PEACE if value else Tone.ALARM)


def _ticker(ticker: TickerState) -> Cell:
    if ticker.age > SILENT_TICKER_SECONDS:
        return Cell(f"SILENT for {ticker.age:.0f} s", Tone.ALARM)
    if not ticker.is_fit:
        return Cell("alive, finds the region UNFIT", Tone.ALARM)
    changes = f", {ticker.counted_changes} automatic changes count" if ticker.counted_changes else ""
    ready = ticker.fit_seconds >= ticker.needed_seconds
    words = f"alive, fit for {ticker.fit_seconds:.0f} s{changes}"
    needed = "" if ready else f", takes over after {ticker.needed_seconds:.0f} s"
    return Cell(f"{words}{needed}", Tone.PEACE if ready and not ticker.counted_changes else Tone.NOTE)


def _heartbeat(heartbeat: HeartbeatReading) -> Cell:
    late = heartbeat.age > LATE_HEARTBEAT_SECONDS
    return Cell(f"{heartbeat.age:.0f} s ago", Tone.ALARM if late else Tone.PEACE)


def _check(reached: bool) -> Cell:  # noqa: FBT001 — the fact itself
    return Cell("sees the owner" if reached else "does not see the owner", Tone.PLAIN)


def _lag(topology: Topology, seconds: float) -> Cell:
    is_slow = seconds > topology.site.replication_lag_threshold_seconds
    return Cell(f"at most {seconds:.2f} s lately", Tone.NOTE if is_slow else Tone.PEACE)


def _backlog(backlog: BucketBacklog) -> Cell:
    words = f"{backlog.operations} objects, {backlog.bytes} bytes"
    return Cell(words, Tone.NOTE if backlog.operations else Tone.PEACE)


def _queue_cell(topology: Topology, kind: QueueKind) -> Callable[[Role], Cell]:
    worst = Tone.NOTE if kind is QueueKind.RETRY else Tone.ALARM

    def words(depth: QueueDepth) -> Cell:
        details = f" ({depth.in_flight} in flight, {depth.delayed} delayed)" if depth.total else ""
        return Cell(f"{depth.total}{details}", worst if depth.total else Tone.PEACE)

    return lambda role: cell(topology.regions[role].queues[kind], words)


def _alarms(state: RegionState) -> Cell:
    def words(alarms: tuple[Alarm, ...]) -> Cell:
        counts = {each: sum(alarm.state is each for alarm in alarms) for each in AlarmState}
        ringing, silent = counts[AlarmState.ALARM], counts[AlarmState.INSUFFICIENT_DATA]
        missing = len(set(state.site.alarm_names) - {alarm.name for alarm in alarms})
        parts = [f"{ringing} in ALARM", f"{silent} without data", f"{missing} missing"]
        counted = ", ".join(part for part in parts if not part.startswith("0 "))
        tone = Tone.ALARM if ringing or missing else Tone.UNKNOWN if silent else Tone.PEACE
        return Cell(counted or f"all {len(alarms)} OK", tone)

    return cell(state.alarms, words)


def _footnotes(topology: Topology) -> Iterator[Text]:
    """Return the alarms in ALARM."""
    for state in topology.regions.values():
        alarms = state.alarms.value if isinstance(state.alarms, Known) else ()
        for alarm in alarms:
            if alarm.state is AlarmState.ALARM:
                yield Text(f"ALARM {alarm.name}: {alarm.reason}", style=Tone.ALARM, no_wrap=True, overflow="ellipsis")


def _text(shown: Cell) -> Text:
    return Text(shown.text, style=shown.tone)
