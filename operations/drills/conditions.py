"""What a step can wait for, as text such as `dns=standby`, judged by what was observed since the step began."""

import threading
from dataclasses import dataclass, field
from typing import Annotated, Final

from pydantic import BeforeValidator

from contract.roles import Role
from handlers.writer.item import WriterState
from operations.drills.events import (
    AlarmSample,
    AnyEvent,
    BehindSample,
    DnsSample,
    PaymentAttempt,
    ProbeSample,
    WriterSample,
)

_PLAIN: Final = ("paying", "caught-up")
_OF_AN_ALARM: Final = ("alarm", "quiet")
_OF_A_REGION: Final = ("dns", "paying", "owner", "open", "closing", "healthy", "unhealthy")


def _valid(text: object) -> object:
    name, _, value = str(text).partition("=")
    if text in _PLAIN or (name in _OF_AN_ALARM and value) or (name in _OF_A_REGION and value in list(Role)):
        return text
    raise ValueError(
        f"it must be {', '.join(f'{each}=<role>' for each in _OF_A_REGION)}, "
        f"{', '.join(f'{each}=<name>' for each in _OF_AN_ALARM)}, {' or '.join(_PLAIN)}"
    )


Condition = Annotated[str, BeforeValidator(_valid)]
"""`dns=R`: DNS answers with region R. `paying=R`: the last attempt of every payer was acknowledged there, with `paying`
anywhere. `owner=R`, `open=R`, `closing=R`: the writer item says that R owns it, in any state, open or closing.
`healthy=R`, `unhealthy=R`: its `/health`. `alarm=N`: an alarm whose name begins so is in ALARM; `quiet=N`: none is, in
neither region. `caught-up`: each replica holds all that had been acknowledged when the step began; what came later is
always on its way."""


@dataclass
class LatestObservations:
    """The latest of everything that was observed; conditions are judged by it, from any thread."""

    payers: tuple[str, ...]
    dns: DnsSample | None = None
    attempts: dict[str, PaymentAttempt] = field(default_factory=dict)
    writers: dict[Role, WriterSample] = field(default_factory=dict)
    """By the replica that was asked."""
    probes: dict[tuple[Role, str], ProbeSample] = field(default_factory=dict)
    behind: dict[Role, BehindSample] = field(default_factory=dict)
    alarms: dict[Role, AlarmSample] = field(default_factory=dict)
    changed: threading.Condition = field(default_factory=threading.Condition)

    def note(self, event: AnyEvent) -> None:
        """Take an event in."""
        with self.changed:
            match event:
                case DnsSample():
                    self.dns = event
                case PaymentAttempt():
                    self.attempts[event.client] = event
                case WriterSample():
                    self.writers[event.replica] = event
                case ProbeSample():
                    self.probes[event.role, event.path] = event
                case BehindSample():
                    self.behind[event.replica] = event
                case AlarmSample():
                    self.alarms[event.role] = event
                case _:
                    return
            self.changed.notify_all()

    def writer(self, since: float = 0) -> WriterSample | None:
        """Return what the replicas answered last, by the highest epoch, after a moment (elapsed seconds)."""
        known = [each for each in self.writers.values() if each.epoch is not None and each.elapsed >= since]
        return max(known, key=lambda each: each.epoch or 0, default=None)

    def is_true(self, condition: str, since: float) -> bool:  # noqa: PLR0911 — one for each condition
        """Return whether a condition holds by what was observed after a moment (elapsed seconds)."""
        name, _, value = condition.partition("=")
        match name:
            case "dns":
                return self.dns is not None and self.dns.elapsed >= since and self.dns.role == value
            case "paying":
                return all(self._pays(client, value, since) for client in self.payers)
            case "owner" | "open" | "closing":
                return self._writer_is(name, value, since)
            case "healthy" | "unhealthy":
                probe = self.probes.get((Role(value), "/health"))
                healthy = probe is not None and probe.ok is True
                return probe is not None and probe.elapsed >= since and healthy == (name == "healthy")
            case "alarm":
                samples = [each for each in self.alarms.values() if each.elapsed >= since]
                return any(alarm.startswith(value) for each in samples for alarm in each.firing or ())
            case "quiet":
                return all(self._is_quiet(role, value, since) for role in Role)
            case _:
                return all(self._has_caught_up(role, since) for role in Role)

    def _writer_is(self, name: str, role: str, since: float) -> bool:
        writer = self.writer(since)
        if writer is None or writer.owner != role:
            return False
        return name == "owner" or writer.state is WriterState(name)

    def _is_quiet(self, role: Role, alarm: str, since: float) -> bool:
        sample = self.alarms.get(role)
        if sample is None or sample.elapsed < since or sample.firing is None:
            return False
        return not any(each.startswith(alarm) for each in sample.firing)

    def _has_caught_up(self, replica: Role, since: float) -> bool:
        sample = self.behind.get(replica)
        if sample is None or sample.elapsed < since or sample.payments is None:
            return False
        return sample.payments == 0 or sample.elapsed - (sample.seconds or 0) > since

    def _pays(self, client: str, role: str, since: float) -> bool:
        last = self.attempts.get(client)
        return last is not None and last.began >= since and last.acknowledged and role in ("", last.role)
