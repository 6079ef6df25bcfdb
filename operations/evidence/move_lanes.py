"""Turns the evidence of a move into the lanes of a timeline. Pure."""

from collections.abc import Callable, Iterator

from operations.evidence.move_evidence import MoveEvidence
from operations.evidence.payment_minutes import PaymentMinute
from operations.evidence.timeline import Curve, Lane, Span, Timeline, Tone, sampled

_NOTHING_KNOWN = "nothing is known of this minute"


def move_timeline(evidence: MoveEvidence) -> Timeline:
    """Return the timeline, with seconds since the first minute."""
    start, end = evidence.minutes_from, evidence.minutes_until - evidence.minutes_from
    move = evidence.move
    began, ended = (min(max(0.0, each - start), end) for each in (move.began, move.ended))
    phases = [Span(0, began, "quiet", "before"), Span(began, ended, "quiet", str(move.purpose))]
    phases.append(Span(ended, end, "quiet", "afterwards"))
    lanes = [_writer(evidence, end)]
    for region in evidence.regions:
        lanes.append(_minutes(evidence, region, "takes payments", "good", lambda minute: minute.answered))
        lanes.append(_minutes(evidence, region, "queues them", "alarm", lambda minute: minute.queued))
        lanes.append(_minutes(evidence, region, "refuses them", "bad", lambda minute: minute.refused))
    curves = tuple(_curve(evidence, region) for region in reversed(evidence.regions))
    title = f"Timeline of the {move.purpose} of {move.environment}"
    return Timeline(title, end, tuple(phases), tuple(lanes), curves, "taken a minute, at most {top:.0f}")


def _writer(evidence: MoveEvidence, end: float) -> Lane:
    """Return the writer's states in the journal, which has only those that the move found and made."""
    move, start = evidence.move, evidence.minutes_from

    def tone(region: str) -> Tone:
        return "primary" if region == evidence.regions[0] else "standby"

    def sample(at: float, region: str, *, is_open: bool) -> tuple[float, Tone, str]:
        shown = min(max(0.0, at - start), end)
        if is_open:
            return shown, tone(region), f"open in {region}"
        return shown, "closing", f"closing in {region}"

    samples = [sample(each.at, each.region, is_open=each.state == "open") for each in move.changes]
    if move.source is not None:
        samples.insert(0, sample(move.began, move.source, is_open=move.found_open))
    return sampled("writer, by the journal", samples, min(end, max(0.0, move.ended - start)))


def _minutes(evidence: MoveEvidence, region: str, what: str, tone: Tone, count: Callable[[PaymentMinute], int]) -> Lane:
    def samples() -> Iterator[tuple[float, Tone, str]]:
        for index, minute in enumerate(evidence.payments[region].minutes):
            at = index * evidence.resolution_seconds
            if minute is None:
                yield at, "unknown", evidence.payments[region].unknown or _NOTHING_KNOWN
            elif count(minute):
                yield at, tone, f"{count(minute)} in the minute"
            else:
                yield at, "quiet", "none"

    return sampled(f"{region} {what}", samples(), evidence.minutes_until - evidence.minutes_from)


def _curve(evidence: MoveEvidence, region: str) -> Curve:
    period = evidence.resolution_seconds
    points = [
        ((index + 0.5) * period, float(minute.taken))
        for index, minute in enumerate(evidence.payments[region].minutes)
        if minute is not None
    ]
    return Curve(f"{region} took", tuple(points))
