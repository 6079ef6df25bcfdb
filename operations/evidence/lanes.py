"""Turns a drill's events into the lanes of a timeline. Pure."""

from collections.abc import Mapping, Sequence
from itertools import product

from contract.roles import Role
from operations.drills.events import (
    AlarmSample,
    AliasSample,
    AnyEvent,
    Began,
    BehindSample,
    DnsSample,
    FaultChange,
    PaymentAttempt,
    Phase,
    ProbeSample,
    VersionPublished,
    WriterSample,
)
from operations.drills.ownership import seen_writers
from operations.drills.selecting import of_kind, phase_starts
from operations.evidence.timeline import Curve, Lane, Span, Timeline, Tone, sampled


def timeline(events: Sequence[AnyEvent]) -> Timeline:
    """Return the lanes of a drill's log."""
    end = max((each.elapsed for each in events), default=0.0)
    seen = phase_starts(events).get("checks", end)  # nothing is observed after that
    began = of_kind(events, Began)[0]
    names = began.regions
    clients = [_client(events, client, seen) for client in (*began.payers, *began.ignorant)]
    health = [
        sampled(
            f"{names[role]} {path}",
            (
                (each.elapsed, *_probe(each))
                for each in of_kind(events, ProbeSample)
                if (each.role, each.path) == (role, path)
            ),
            seen,
        )
        for role, path in product(Role, ("/health", "/writer"))
    ]
    writer = sampled("writer", ((each.elapsed, *_writer(each)) for each in _writers(events)), seen)
    dns = sampled("DNS answers", ((each.elapsed, *_dns(each)) for each in of_kind(events, DnsSample)), seen)
    curves = [
        Curve(
            f"{names[role]} is behind",
            tuple(
                (each.elapsed, each.seconds)
                for each in of_kind(events, BehindSample)
                if each.replica is role and each.seconds is not None
            ),
        )
        for role in (Role.STANDBY, Role.PRIMARY)
    ]
    lanes = (
        _faults(events, end),
        *_versions(events, names, seen),
        writer,
        *clients,
        dns,
        *health,
        *_alarms(events, seen),
    )
    shown = tuple(lane for lane in lanes if lane.spans)
    measure = "behind, at most {top:.1f} s"
    return Timeline("Timeline of the drill", end, _phases(events, end), shown, tuple(curves), measure)


def _versions(events: Sequence[AnyEvent], names: Mapping[Role, str], end: float) -> list[Lane]:
    """Return which version of the payment function each region runs, where one was published."""
    bad = {each.role: each.version for each in of_kind(events, VersionPublished)}
    samples = of_kind(events, AliasSample)
    return [
        sampled(
            f"{names[role]} runs",
            ((each.elapsed, *_version(each, bad.get(role))) for each in samples if each.role is role),
            end,
        )
        for role in Role
    ]


def _version(sample: AliasSample, bad: str | None) -> tuple[Tone, str]:
    if sample.version is None:
        return "unknown", sample.error
    shares = "".join(f", {share:.0%} to {version}" for version, share in sample.weights.items())
    tone: Tone = "bad" if sample.version == bad else "closing" if sample.weights else "quiet"
    return tone, f"version {sample.version}{shares}"


def _client(events: Sequence[AnyEvent], client: str, end: float) -> Lane:
    attempts = [each for each in of_kind(events, PaymentAttempt) if each.client == client]
    return sampled(
        client, ((each.began, *_attempt(each)) for each in attempts), attempts[-1].elapsed if attempts else end
    )


def _attempt(attempt: PaymentAttempt) -> tuple[Tone, str]:
    label = f"{attempt.status or 'no answer'} from {attempt.role or 'nowhere'}"
    return ("good" if attempt.acknowledged else "bad"), label


def _probe(sample: ProbeSample) -> tuple[Tone, str]:
    if sample.path == "/writer":
        if sample.ok is None:
            return "unknown", sample.error
        return (sample.role.value, "200") if sample.ok else ("quiet", "404")
    return ("good", "healthy") if sample.ok else ("bad", sample.error or "unhealthy")


def _writer(sample: WriterSample) -> tuple[Tone, str]:
    if sample.epoch is None or sample.owner is None:
        return "unknown", sample.error
    label = f"in {sample.owner}, epoch {sample.epoch}"
    return (sample.owner.value, f"open {label}") if sample.closing is None else ("closing", f"{sample.closing} {label}")


def _dns(sample: DnsSample) -> tuple[Tone, str]:
    if sample.role is None:
        return "unknown", sample.error
    return sample.role.value, sample.role.value


def _writers(events: Sequence[AnyEvent]) -> list[WriterSample]:
    """Return the known states of the writer; it is unknown from the last answer until a replica answers again."""
    known = {id(each) for each in seen_writers(events)}
    found: list[WriterSample] = []
    silent: set[Role] = set()
    for sample in of_kind(events, WriterSample):
        if id(sample) in known:
            silent.clear()
            found.append(sample)
        elif sample.epoch is None:
            silent.add(sample.replica)
            if silent == set(Role):
                found.append(sample)
    return found


def _faults(events: Sequence[AnyEvent], end: float) -> Lane:
    changes = of_kind(events, FaultChange)
    spans = []
    for change in changes:
        if change.active:
            healed = next(
                (
                    each.elapsed
                    for each in changes
                    if not each.active and each.id == change.id and each.elapsed >= change.elapsed
                ),
                end,
            )
            spans.append(Span(change.elapsed, healed, "fault", change.says))
    return Lane("faults", tuple(spans))


def _alarms(events: Sequence[AnyEvent], end: float) -> list[Lane]:
    samples = of_kind(events, AlarmSample)
    names = sorted({name for each in samples for name in each.firing or ()})
    lanes = []
    for name in names:
        own = [each for each in samples if each.role is _home(name, samples)]
        lanes.append(sampled(name, ((each.elapsed, *_ringing(name, each)) for each in own), end))
    return lanes


def _ringing(name: str, sample: AlarmSample) -> tuple[Tone, str]:
    if sample.firing is None:
        return "unknown", sample.error
    return ("alarm", "ALARM") if name in sample.firing else ("quiet", "")


def _home(name: str, samples: Sequence[AlarmSample]) -> Role:
    """Return the region of an alarm."""
    return next(each.role for each in samples if name in (each.firing or ()))


def _phases(events: Sequence[AnyEvent], end: float) -> tuple[Span, ...]:
    phases = of_kind(events, Phase)
    ends = [*(each.elapsed for each in phases[1:]), end]
    return tuple(
        Span(each.elapsed, until, "quiet", each.name)
        for each, until in zip(phases, ends, strict=False)
        if each.name != "ended"
    )
