"""Draws a timeline as SVG, for a file of its own or for the page. Pure."""

from collections.abc import Iterator, Mapping
from html import escape
from string import Template
from typing import get_args

from operations.evidence.timeline import Curve, Lane, Timeline, Tone

WIDTH = 1000
_LEFT, _RIGHT = 190, 12
_LANE, _GAP, _TOP = 14, 6, 34
_CURVES = 90
_MOST_TICKS = 12
_STEPS = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600)


_LIGHT = {
    "ink": "#1b1f24",
    "soft": "#5b6570",
    "line": "#d5dae0",
    "page": "#fff",
    "shade": "#f5f7f9",
    "good": "#3a9a5b",
    "bad": "#d0443e",
    "primary": "#3b74c4",
    "standby": "#d98a1f",
    "fault": "#8c2f2b",
    "alarm": "#b04fa0",
    "closing": "#6b4fb0",
    "quiet": "#dfe4e9",
    "unknown": "#a9b2bc",
}
_DARK = _LIGHT | {
    "ink": "#e6e9ec",
    "soft": "#9aa4ae",
    "line": "#39424b",
    "page": "#14181c",
    "shade": "#1b2025",
    "quiet": "#2b333b",
    "unknown": "#5b6570",
    "fault": "#d9736d",
    "closing": "#9a83d8",
}
TONES: tuple[Tone, ...] = get_args(Tone)


def _variables(colours: Mapping[str, str]) -> str:
    return ":root { " + " ".join(f"--{name}:{colour};" for name, colour in colours.items()) + " }"


PALETTE = f"{_variables(_LIGHT)} @media (prefers-color-scheme: dark) {{ {_variables(_DARK)} }}"
"""The colours, for a screen in any light and for paper, as the page uses them."""


def _rules(colours: Mapping[str, str]) -> str:
    """Return the picture's style with literal colours, because not all SVG renderers support variables."""
    rules = {
        "svg text": "fill:$soft",
        "svg .label": "fill:$ink",
        "svg .tick": "stroke:$line",
        "svg .phase.even": "fill:$page",
        "svg .phase.odd": "fill:$shade",
        "svg .curve-0": "stroke:$standby",
        "svg .curve-1": "stroke:$primary",
        "svg .curve-name-0": "fill:$standby",
        "svg .curve-name-1": "fill:$primary",
        **{f"svg .{tone}": f"fill:${tone}" for tone in TONES},
    }
    return "\n".join(f"{name} {{ {Template(rule).substitute(colours)} }}" for name, rule in rules.items())


_STYLE = f"""
svg {{ font:11px system-ui,sans-serif }} svg .label {{ text-anchor:end }}
svg .phase-name, svg .tick-name {{ text-anchor:middle }} svg .tick {{ stroke-width:.6 }}
svg polyline {{ fill:none; stroke-width:1.6 }}
{_rules(_LIGHT)}
@media (prefers-color-scheme: dark) {{
{_rules(_DARK)}
}}
"""


def draw(timeline: Timeline) -> str:
    """Return the picture as an SVG element."""
    return "\n".join(_Canvas(timeline).lines())


class _Canvas:
    def __init__(self, timeline: Timeline) -> None:
        self._timeline = timeline
        self._end = max(timeline.end, 1.0)
        self._curves_top = _TOP + len(timeline.lanes) * (_LANE + _GAP) + 14
        self._bottom = self._curves_top + _CURVES

    def lines(self) -> Iterator[str]:
        height = self._bottom + 24
        space = 'xmlns="http://www.w3.org/2000/svg"'
        yield f'<svg {space} viewBox="0 0 {WIDTH} {height}" role="img" aria-label="{escape(self._timeline.title)}">'
        yield f"<style>{_STYLE}</style>"
        yield f'<rect class="phase even" width="{WIDTH}" height="{height}"/>'
        yield from self._phases()
        yield from self._axis()
        for index, lane in enumerate(self._timeline.lanes):
            yield from self._lane(lane, _TOP + index * (_LANE + _GAP))
        yield from self._curves()
        yield "</svg>"

    def _x(self, elapsed: float) -> float:
        return round(_LEFT + elapsed / self._end * (WIDTH - _LEFT - _RIGHT), 1)

    def _phases(self) -> Iterator[str]:
        for index, phase in enumerate(self._timeline.phases):
            start, end = self._x(phase.start), self._x(phase.end)
            shade = "odd" if index % 2 else "even"
            yield f'<rect class="phase {shade}" x="{start}" y="0" width="{end - start:.1f}" height="{self._bottom}"/>'
            if end - start > len(phase.says) * 6:
                yield f'<text class="phase-name" x="{(start + end) / 2:.1f}" y="12">{escape(phase.says)}</text>'

    def _axis(self) -> Iterator[str]:
        step = next((each for each in _STEPS if self._end / each <= _MOST_TICKS), _STEPS[-1])
        for tick in range(0, int(self._end) + 1, step):
            x = self._x(tick)
            yield f'<line class="tick" x1="{x}" x2="{x}" y1="18" y2="{self._bottom}"/>'
            yield f'<text class="tick-name" x="{x}" y="{self._bottom + 14}">{tick} s</text>'

    def _lane(self, lane: Lane, y: int) -> Iterator[str]:
        yield f'<text class="label" x="{_LEFT - 8}" y="{y + _LANE - 3}">{escape(_short(lane.label))}</text>'
        for span in lane.spans:
            start = self._x(span.start)
            width = max(1.0, self._x(span.end) - start)
            title = f"{lane.label}: {span.says}, {span.start:.1f} to {span.end:.1f} s"
            yield (
                f'<rect class="{span.tone}" x="{start}" y="{y}" width="{width:.1f}" height="{_LANE}">'
                f"<title>{escape(title)}</title></rect>"
            )

    def _curves(self) -> Iterator[str]:
        top = max((value for curve in self._timeline.curves for _, value in curve.points), default=0.0)
        scale = max(top, 1.0)
        measure = self._timeline.measure.format(top=top)
        yield f'<text class="label" x="{_LEFT - 8}" y="{self._curves_top + 10}">{escape(measure)}</text>'
        for index, curve in enumerate(self._timeline.curves):
            yield self._curve(curve, scale, index)
            y = self._curves_top + 28 + 16 * index
            yield f'<text class="label curve-name-{index}" x="{_LEFT - 8}" y="{y}">{escape(_short(curve.label))}</text>'

    def _curve(self, curve: Curve, scale: float, index: int) -> str:
        height = _CURVES - 4
        points = " ".join(f"{self._x(at)},{self._bottom - value / scale * height:.1f}" for at, value in curve.points)
        return f'<polyline class="curve-{index}" points="{points}"/>'


def _short(label: str) -> str:
    return label if len(label) <= 30 else f"{label[:29]}…"  # noqa: PLR2004 — what fits beside the picture
