"""The display of a running drill: what was observed last, and the last things that happened."""

import threading
from collections import Counter, deque
from collections.abc import Iterator

from rich.console import Console, ConsoleOptions, Group, RenderResult
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from contract.roles import Role
from operations.drills.conditions import LatestObservations
from operations.drills.events import (
    AliasSample,
    AnyEvent,
    Began,
    DamageFound,
    FaultChange,
    LogCheck,
    PaymentAttempt,
    Phase,
    ReleaseEnded,
    ReplicaCheck,
    RestoreChecked,
    StepChange,
    VersionPublished,
    WriterSample,
)

_LINES = 9
_CLIENTS = 4
"""So many are shown one by one."""
_STYLES = {"failed": "red", "done": "green", "begun": "dim"}


class DrillDisplay:
    """Listens to a drill's log; rich asks it for its present state again and again."""

    def __init__(self, title: str) -> None:
        self._title = title
        self._watch = LatestObservations(())
        self._lock = threading.Lock()
        self._counts: dict[str, Counter[str]] = {}
        self._lines: deque[Text] = deque(maxlen=_LINES)
        self._phase, self._elapsed = "preparation", 0.0
        self._names: dict[Role, str] = {}
        self._aliases: dict[Role, AliasSample] = {}

    def note(self, event: AnyEvent) -> None:
        """Take an event in."""
        self._watch.note(event)
        with self._lock:
            self._elapsed = event.elapsed
            match event:
                case Began():
                    self._names = dict(event.regions)
                case Phase():
                    self._phase = event.name
                case PaymentAttempt():
                    counts = self._counts.setdefault(event.client, Counter())
                    counts["acknowledged" if event.acknowledged else "failed"] += 1
                case AliasSample():
                    self._aliases[event.role] = event
                case _:
                    self._story(event)

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        with self._lock:
            head = f"{self._title} · {self._phase} · {self._elapsed:.0f} s"
            yield Panel(Group(self._state(), *self._lines), title=head, title_align="left", height=_LINES + 11)

    def _story(self, event: AnyEvent) -> None:
        """Tell what happened; the watch shows what was merely looked at."""
        match event:
            case StepChange():
                text = f"{event.says}: {event.detail}" if event.detail else event.says
                self._tell(event, f"{event.state:6} {text}", _STYLES[event.state])
            case FaultChange():
                self._tell(event, f"fault  {event.says}", "bold red" if event.active else "bold green")
            case ReplicaCheck() | LogCheck():
                missing = event.missing if isinstance(event, ReplicaCheck) else event.unlogged
                where = f"{event.replica}'s replica" if isinstance(event, ReplicaCheck) else "transaction logs"
                found = event.error if missing is None else f"{len(missing)} of {event.payments} missing"
                self._tell(event, f"check  {where}: {found}", "cyan")
            case VersionPublished():
                where = self._names[event.role]
                self._tell(event, f"publish version {event.version} beside {event.before} in {where}", "cyan")
            case ReleaseEnded():
                self._tell(event, f"release {event.outcome}: {event.reason}", "cyan")
            case DamageFound():
                said = f"{event.repairs} repairs, {len(event.missed)} missed, {len(event.unexpected)} unexpected"
                self._tell(event, f"found  {said}", "cyan")
            case RestoreChecked():
                self._tell(event, f"check  {len(event.wrong)} wrong, {len(event.changed)} changed", "cyan")
            case _:
                pass

    def _tell(self, event: AnyEvent, text: str, style: str) -> None:
        self._lines.append(Text(f"{event.elapsed:7.1f} s  {text}", style=style, no_wrap=True, overflow="ellipsis"))

    def _state(self) -> Table:
        watch = self._watch
        table = Table.grid(padding=(0, 2))
        dns = watch.dns.role if watch.dns and watch.dns.role else None
        table.add_row("DNS answers", self._names.get(dns, str(dns)) if dns else Text("unknown", style="yellow"))
        for role, name in self._names.items():
            table.add_row(name, self._region(role))
        for name, text in self._clients():
            table.add_row(name, text)
        for role, alias in self._aliases.items():
            shares = "".join(f", {share:.0%} to {version}" for version, share in alias.weights.items())
            table.add_row(f"{self._names[role]} runs", Text(f"version {alias.version or alias.error}{shares}"))
        firing = sorted({name for sample in watch.alarms.values() for name in sample.firing or ()})
        table.add_row("alarms", Text(", ".join(firing) or "none", style="magenta", no_wrap=True, overflow="ellipsis"))
        return table

    def _clients(self) -> Iterator[tuple[str, Text]]:
        """Return a line a client; many share one, which shows the last failure."""
        attempts = self._watch.attempts
        if len(self._counts) > _CLIENTS:
            counts = sum(self._counts.values(), Counter())
            last = min(attempts.values(), key=lambda each: (each.acknowledged, -each.elapsed))
            yield f"{len(self._counts)} clients", _paid(counts, last)
            return
        for client, each in sorted(self._counts.items()):
            yield client, _paid(each, attempts[client])

    def _region(self, role: Role) -> Text:
        watch = self._watch
        probe = watch.probes.get((role, "/health"))
        writer = watch.writer()
        behind = watch.behind.get(role)
        health = "unknown" if probe is None else "healthy" if probe.ok else probe.error or "unhealthy"
        late = "lag unknown" if behind is None or behind.seconds is None else f"{behind.seconds:.1f} s behind"
        return Text(f"{role}: {health}, {_right(writer, role)}, {late}", style="" if probe and probe.ok else "red")


def _paid(counts: Counter[str], last: PaymentAttempt) -> Text:
    said = f"{last.status or last.error} from {last.role or 'nowhere'}"
    text = f"{counts['acknowledged']} acknowledged, {counts['failed']} failed, last: {said}"
    return Text(text, style="" if last.acknowledged else "red", no_wrap=True, overflow="ellipsis")


def _right(writer: WriterSample | None, role: Role) -> str:
    if writer is None:
        return "writer unknown"
    if writer.owner is not role:
        return "may not store"
    return f"WRITER, epoch {writer.epoch}" if writer.allows(role) else f"closing ({writer.closing})"
