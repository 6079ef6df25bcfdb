"""Who owned the writer, for how long nobody could store, and what was stored without it, in an event log. Pure."""

from collections.abc import Sequence
from itertools import pairwise

from contract.deadlines import SETTLE_SECONDS
from contract.roles import Role
from handlers.writer.item import WriterState
from operations.drills.events import AnyEvent, PaymentAttempt, WriterSample
from operations.drills.selecting import of_kind

_CREATED = 201


def seen_writers(events: Sequence[AnyEvent]) -> list[WriterSample]:
    """Return the samples that show the writer, without what a slower answer repeats of an epoch that has passed."""
    newest, seen = 0, []
    for sample in of_kind(events, WriterSample):
        if sample.epoch is not None and sample.epoch >= newest:
            newest = sample.epoch
            seen.append(sample)
    return seen


def owner_moves(samples: Sequence[WriterSample]) -> list[WriterSample]:
    """Return the samples with another owner than the one before."""
    return [after for before, after in pairwise(samples) if after.owner != before.owner]


def shut_seconds(samples: Sequence[WriterSample]) -> float | None:
    """Return for how long, at most, no region was open; None if the writer was not seen.

    From the last sample that shows an open writer to the next one: where it was not looked at, it may have been shut.
    """
    if not samples:
        return None
    longest, last_open = 0.0, samples[0]
    for sample in samples[1:]:
        if sample.epoch != last_open.epoch:
            longest = max(longest, sample.elapsed - last_open.elapsed)
        if sample.state is WriterState.OPEN:
            last_open = sample
    return longest


def stored_without_writer(events: Sequence[AnyEvent], scale: float) -> tuple[bool, int]:
    """Return whether a region was seen to lose the writer, and how many payments were stored without it.

    What a region stores counts when it has been without the writer for the settling time, and still is when the writer
    is seen next; an epoch further, since two changes may have opened the region in between.
    """
    without: dict[Role, WriterSample] = {}
    last: WriterSample | None = None
    pending: dict[Role, int] = dict.fromkeys(Role, 0)
    lost, late = False, 0
    samples = {id(each) for each in seen_writers(events)}
    for event in events:
        if isinstance(event, WriterSample) and id(event) in samples:
            for role in Role:
                lost = lost or (last is not None and last.allows(role) and not event.allows(role))
                if event.allows(role):
                    without.pop(role, None)
                elif last is not None and (event.epoch or 0) - (last.epoch or 0) <= 1:
                    late += pending[role]
                    without.setdefault(role, event)
                else:
                    without[role] = event
                pending[role] = 0
            last = event
        elif isinstance(event, PaymentAttempt) and event.role in without:
            # A replay (200) stores nothing, and what is queued (202) is forwarded. Settling takes real seconds.
            settled = without[event.role].elapsed + SETTLE_SECONDS * scale
            pending[event.role] += event.status == _CREATED and event.began > settled
    return lost, late
