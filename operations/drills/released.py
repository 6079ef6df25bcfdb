"""What a release did to payers, and how soon it was put back, from an event log alone. Pure."""

from collections.abc import Sequence

from contract.releases import FAILING_REQUESTS
from contract.roles import Role
from operations.drills.events import AliasSample, AnyEvent, PaymentAttempt, ReleaseEnded, VersionPublished
from operations.drills.outages import Measured
from operations.drills.selecting import of_kind

_CREATED, _REPLAYED, _BAD_GATEWAY = 201, 200, 502


class MeasuredRelease(Measured):
    """What became of a release of a bad version; what was not observed stays None."""

    outcome: str | None
    reason: str
    judged: bool
    """Whether figures ended it, and no accident."""
    answered: int
    """Answers of the bad version to payers, as it marks them."""
    requests: int | None
    """Of all clients, from the first weight until both regions ran what they had run before."""
    failing: int | None
    """How many of these were not acknowledged."""
    put_back: float | None
    """Real seconds from the tenth failing request, or the last of fewer, until then."""
    stored: int
    """Payments that the bad version is known to have stored, by what clients were answered."""
    unlisted: int | None
    """How many of these the release does not list."""
    listed: int | None
    unknown: tuple[str, ...]
    """Why the release does not know whether it lists all."""
    both_as_before: bool | None
    """Whether, in the end, both regions ran the version before and no other."""


def measure_release(events: Sequence[AnyEvent]) -> MeasuredRelease | None:
    """Compute it; None if nothing was published."""
    published = {each.role: each for each in of_kind(events, VersionPublished)}
    if not published:
        return None
    samples = of_kind(events, AliasSample)
    ended = next(iter(of_kind(events, ReleaseEnded)), None)
    attempts = of_kind(events, PaymentAttempt)
    stored = _stored(attempts)
    listed = None if ended is None else ended.listed
    first, back = _window(samples, published)
    within = [] if first is None or back is None else _between(attempts, first, back)
    failing = [each for each in within if not each.acknowledged]
    counted = failing[:FAILING_REQUESTS]
    return MeasuredRelease(
        outcome=None if ended is None else ended.outcome,
        reason="" if ended is None else ended.reason,
        judged=ended is not None and ended.judged,
        answered=sum(bool(each.planted) for each in attempts),
        requests=None if back is None else len(within),
        failing=None if back is None else len(failing),
        put_back=back.at - counted[-1].at if back is not None and counted else None,
        stored=len(stored),
        unlisted=None if listed is None else len(stored.difference(listed)),
        listed=None if listed is None else len(listed),
        unknown=() if ended is None else ended.unknown,
        both_as_before=_in_the_end(samples, published),
    )


def _window(
    samples: Sequence[AliasSample], published: dict[Role, VersionPublished]
) -> tuple[AliasSample | None, AliasSample | None]:
    """Return the last look before the serving region's alias moved, and the look that saw both regions put back."""
    latest: dict[Role, AliasSample] = {}
    first: AliasSample | None = None
    back: AliasSample | None = None
    for sample in samples:
        if sample.version is None:
            continue
        is_before = _is_before(sample, published)
        if sample.role is Role.PRIMARY and not is_before and first is None:
            first = latest.get(Role.PRIMARY, sample)
        latest[sample.role] = sample
        if first is not None:
            both = len(latest) == len(Role) and all(_is_before(each, published) for each in latest.values())
            back = (back or sample) if both else None
    return first, back


def _is_before(sample: AliasSample, published: dict[Role, VersionPublished]) -> bool:
    own = published.get(sample.role)
    return not sample.weights and (own is None or sample.version == own.before)


def _between(attempts: Sequence[PaymentAttempt], first: AliasSample, back: AliasSample) -> list[PaymentAttempt]:
    return [each for each in attempts if each.elapsed >= first.elapsed and each.began <= back.elapsed]


def _stored(attempts: Sequence[PaymentAttempt]) -> set[str]:
    """Return the payments that the bad version stored: it says so, or it died and the next try was a replay.

    A payment that nobody says to have stored (201) was stored by the attempt that had no good answer; a process that
    ends before it has answered is a bad gateway (502).
    """
    said = {each.payment for each in attempts if each.status == _CREATED and each.planted}
    created = {each.payment for each in attempts if each.status == _CREATED}
    died = {each.payment for each in attempts if each.status == _BAD_GATEWAY}
    replayed = {each.payment for each in attempts if each.status == _REPLAYED}
    return said | ((replayed & died) - created)


def _in_the_end(samples: Sequence[AliasSample], published: dict[Role, VersionPublished]) -> bool | None:
    last = {each.role: each for each in samples if each.version is not None}
    return None if len(last) < len(Role) else all(_is_before(each, published) for each in last.values())
