"""What a drill measured, computed from its event log and nothing else; what was not observed stays None. Pure."""

from collections import Counter
from collections.abc import Mapping, Sequence

from contract.roles import Role
from operations.drills.events import (
    AlarmSample,
    AnyEvent,
    Began,
    BehindSample,
    DnsSample,
    FaultChange,
    LogCheck,
    PaymentAttempt,
    StepChange,
    WriterSample,
)
from operations.drills.losses import (
    at_takeover,
    duplicates,
    first_acknowledgements,
    missing_after,
    though_refused,
)
from operations.drills.outages import Measured, Outage, Recovery, dns_moves, outages, recovery
from operations.drills.ownership import owner_moves, seen_writers, shut_seconds, stored_without_writer
from operations.drills.released import MeasuredRelease, measure_release
from operations.drills.restored import MeasuredRestore, measure_restore
from operations.drills.selecting import of_kind, phase_starts, split

NO_ANSWER = "no answer"


class Experience(Measured):
    """What one client saw."""

    client: str
    attempts: int
    acknowledged: int
    answers: Mapping[str, int]
    """How often it got which status, or no answer."""
    outages: tuple[Outage, ...]


class RaisedAlarm(Measured):
    """An alarm that went off, with the elapsed seconds when it was first seen to."""

    name: str
    role: Role
    at: float


class Move(Measured):
    """DNS began to answer with a region, or the writer to belong to it."""

    role: Role
    at: float


class Measurements(Measured):
    """The numbers of a drill; durations are emulated seconds."""

    time_scale: float
    """How many of them pass in a real one."""
    steady_acknowledged: int
    steady_failures: int
    clients: tuple[Experience, ...]
    payments: int
    """Distinct payments that were acknowledged."""
    server_errors: int
    """Answers of 5xx to attempts."""
    recovery: Recovery | None
    """Of the payer that was out longest, by the fault and not by the way back; zero seconds if none was out at all.

    None: not every payer recovered.
    """
    unrecovered: tuple[str, ...]
    missing_at_takeover: int | None
    """Acknowledged payments that are neither in the replica that has to serve nor in a queue."""
    queued_at_takeover: int | None
    """Besides, the ones that were answered 202: they wait in the retry queue of the region that took them."""
    rpo_seconds: float | None
    """The age of the oldest payment that was missing at the takeover, seen from the last sign of the lost region."""
    at_risk_seconds: float | None
    """The most that the standby's replica was behind what had been acknowledged.

    None: it could not be read while the scenario's steps ran, which the rest of the drill says nothing about.
    """
    missing_after: Mapping[Role, int | None]
    unlogged: int | None
    duplicates: int | None
    recorded_by_both: int | None
    """One record in each region's log for one id, after an attempt whose outcome its client could not know."""
    alarms: tuple[RaisedAlarm, ...]
    moves: tuple[Move, ...]
    """While the scenario's steps ran."""
    serving: Role | None
    """What DNS answered when they were done."""
    owner: Role | None
    """Who owned the writer when they were done."""
    owner_moves: tuple[Move, ...]
    """While the scenario's steps ran."""
    shut_seconds: float | None
    """The longest time for which no region was open to payments then, as far as it was looked at."""
    writer_lost: bool
    """Whether a region was seen to lose the writer."""
    stored_without_writer: int
    release: MeasuredRelease | None = None
    """None where nothing was published."""
    restore: MeasuredRestore | None = None
    """None where nothing was damaged."""
    unobserved: tuple[str, ...]
    """Kinds of samples of which a phase has none that could be read."""
    failed_steps: tuple[str, ...]
    not_put_back: tuple[str, ...]
    """What the roll back could not do."""


def measure(events: Sequence[AnyEvent]) -> Measurements:
    """Compute the numbers from an event log.

    Raises:
        ValueError: The log lacks what it must be read by.
    """
    if not (begun := of_kind(events[:1], Began)):
        raise ValueError("the event log must begin with `began`")
    began = begun[0]
    starts = phase_starts(events)
    disturbed = starts.get("scenario", float("inf"))
    steady = [each for each in of_kind(events, PaymentAttempt) if each.elapsed < disturbed]
    clients = tuple(_experience(events, client, disturbed) for client in (*began.payers, *began.ignorant))
    payers = [each for each in clients if each.client in began.payers]
    longest, unrecovered = _recovery(events, payers, until=starts.get("rollback", float("inf")))
    acknowledgements = first_acknowledgements(events)
    missing, queued, rpo = at_takeover(events, acknowledgements)
    logs = of_kind(events, LogCheck)
    twice, both = duplicates(events, logs[-1]) if logs else (None, None)
    forth, back = split(events, "rollback")
    _, scenario = split(forth, "scenario")
    writer_lost, late = stored_without_writer(events, began.time_scale)
    samples, writers = of_kind(forth, DnsSample), seen_writers(scenario)
    return Measurements(
        time_scale=began.time_scale,
        steady_acknowledged=sum(each.acknowledged for each in steady),
        steady_failures=sum(not each.acknowledged for each in steady),
        clients=clients,
        payments=len(acknowledgements),
        server_errors=sum(each.status is not None and each.status >= 500 for each in of_kind(events, PaymentAttempt)),  # noqa: PLR2004
        recovery=longest,
        unrecovered=unrecovered,
        missing_at_takeover=missing,
        queued_at_takeover=queued,
        rpo_seconds=rpo,
        at_risk_seconds=max(_behind(events)) if _behind(scenario) else None,
        missing_after={role: missing_after(events, role) for role in Role},
        unlogged=len(logs[-1].unlogged) if logs and logs[-1].unlogged is not None else None,
        duplicates=twice,
        recorded_by_both=both,
        alarms=_alarms(events, disturbed),
        moves=tuple(
            Move(role=each.role, at=each.elapsed)
            for each in dns_moves(samples)
            if each.role is not None and each.elapsed >= disturbed
        ),
        serving=next((each.role for each in reversed(samples) if each.role is not None), None),
        owner=writers[-1].owner if writers else None,
        owner_moves=tuple(
            Move(role=each.owner, at=each.elapsed) for each in owner_moves(writers) if each.owner is not None
        ),
        shut_seconds=shut_seconds(writers),
        writer_lost=writer_lost,
        stored_without_writer=late + (though_refused(events, logs[-1]) if logs else 0),
        release=measure_release(events),
        restore=measure_restore(events),
        unobserved=_unobserved(steady, scenario),
        failed_steps=failed(forth),
        not_put_back=failed(back),
    )


def _experience(events: Sequence[AnyEvent], client: str, disturbed: float) -> Experience:
    attempts = [each for each in of_kind(events, PaymentAttempt) if each.client == client]
    answers = Counter(str(each.status or NO_ANSWER) for each in attempts)
    found = outages(attempts, of_kind(events, FaultChange))
    return Experience(
        client=client,
        attempts=len(attempts),
        acknowledged=sum(each.acknowledged for each in attempts),
        answers=dict(sorted(answers.items())),
        outages=tuple(each for each in found if each.ended is None or each.ended >= disturbed),
    )


def _recovery(
    events: Sequence[AnyEvent], payers: Sequence[Experience], *, until: float
) -> tuple[Recovery | None, tuple[str, ...]]:
    """Split the longest outage that began before the roll back; a failback there has a plan and a moment of its own."""
    unrecovered = tuple(
        each.client for each in payers if not each.attempts or any(one.ended is None for one in each.outages)
    )
    if unrecovered or not payers:
        return None, unrecovered
    found = [outage for each in payers for outage in each.outages if outage.began < until]
    if not found:
        return Recovery(client=payers[0].client, began=0, seconds=0), ()
    longest = max(found, key=lambda each: each.seconds or 0)
    attempts = [each for each in of_kind(events, PaymentAttempt) if each.client == longest.client]
    return recovery(longest, attempts, of_kind(events, DnsSample)), ()


def _behind(events: Sequence[AnyEvent]) -> list[float]:
    """Return how far the standby's replica was behind, whenever it could be read."""
    behind = [each.seconds for each in of_kind(events, BehindSample) if each.replica is Role.STANDBY]
    return [each for each in behind if each is not None]


def _alarms(events: Sequence[AnyEvent], disturbed: float) -> tuple[RaisedAlarm, ...]:
    """Return what went off since the steady state ended; what already rang then counts only when it rings anew."""
    ringing: dict[Role, set[str]] = {role: set() for role in Role}
    found = []
    for sample in of_kind(events, AlarmSample):
        if sample.firing is not None:
            new = sorted(set(sample.firing) - ringing[sample.role]) if sample.elapsed >= disturbed else []
            found += [RaisedAlarm(name=name, role=sample.role, at=sample.elapsed) for name in new]
            ringing[sample.role] = set(sample.firing)
    return tuple(found)


def failed(events: Sequence[AnyEvent]) -> tuple[str, ...]:
    """Return the steps that failed, each with the reason."""
    return tuple(f"{each.says}: {each.detail}" for each in of_kind(events, StepChange) if each.state == "failed")


def _unobserved(steady: Sequence[PaymentAttempt], scenario: Sequence[AnyEvent]) -> tuple[str, ...]:
    seen = {
        "attempts in the steady state": bool(steady),
        "attempts": bool(of_kind(scenario, PaymentAttempt)),
        "DNS answers": any(each.role is not None for each in of_kind(scenario, DnsSample)),
        "the writer": any(each.epoch is not None for each in of_kind(scenario, WriterSample)),
        "replicas": any(each.payments is not None for each in of_kind(scenario, BehindSample)),
        "alarms": any(each.firing is not None for each in of_kind(scenario, AlarmSample)),
    }
    return tuple(name for name, observed in seen.items() if not observed)
