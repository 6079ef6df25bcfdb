"""The model of a timeline: lanes of spans, and curves."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

Tone = Literal["good", "bad", "primary", "standby", "fault", "alarm", "closing", "quiet", "unknown"]


@dataclass(frozen=True)
class Span:
    """A state over a period, in elapsed seconds."""

    start: float
    end: float
    tone: Tone
    says: str


@dataclass(frozen=True)
class Lane:
    """One row of the timeline."""

    label: str
    spans: tuple[Span, ...]


@dataclass(frozen=True)
class Curve:
    """A value over time; elapsed seconds and the value."""

    label: str
    points: tuple[tuple[float, float], ...]


@dataclass(frozen=True)
class Timeline:
    """Everything that the picture shows."""

    title: str
    end: float
    phases: tuple[Span, ...]
    lanes: tuple[Lane, ...]
    curves: tuple[Curve, ...]
    measure: str
    """What the curves show, with `{top}` for their highest value."""


def sampled(label: str, samples: Iterable[tuple[float, Tone, str]], end: float) -> Lane:
    """Turn samples into spans: each lasts until the next sample, and equal neighbours are merged."""
    spans: list[Span] = []
    for at, tone, says in samples:
        if spans:
            last = spans.pop()
            if (last.tone, last.says) == (tone, says):
                spans.append(Span(last.start, max(at, last.end), tone, says))
                continue
            spans.append(Span(last.start, at, last.tone, last.says))
        spans.append(Span(at, at, tone, says))
    if spans:
        last = spans.pop()
        spans.append(Span(last.start, max(end, last.start), last.tone, last.says))
    return Lane(label, tuple(spans))
