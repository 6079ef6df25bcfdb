"""Shows a verdict: the first line says who takes payments, then come the risks, then the next command."""

from collections.abc import Iterator

from rich.console import Group
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from operations.topology.cells import Tone
from operations.verdict.model import TrafficAlert, TrafficVerdict

TONES = {
    TrafficAlert.WELL: Tone.PEACE,
    TrafficAlert.ATTENTION: Tone.NOTE,
    TrafficAlert.OUTAGE: Tone.ALARM,
    TrafficAlert.UNKNOWN: Tone.UNKNOWN,
}


def show_verdict(verdict: TrafficVerdict) -> Group:
    """Return the whole verdict, wrapped to the display's width."""
    return Group(first_line(verdict), *_lines(verdict))


def first_line(verdict: TrafficVerdict) -> Text:
    """Return who takes payments."""
    return Text(verdict.says, style=f"bold {TONES[verdict.alert]}")


def one_line(verdict: TrafficVerdict) -> Text:
    """Return severity, who takes payments, the worst risk and the next command in one line."""
    step = verdict.next.command or verdict.next.says
    risk = f" Risk: {verdict.risks[0]}." if verdict.risks else ""
    return Text(f"{verdict.alert}: {verdict.says}.{risk} Next: {step}", style=TONES[verdict.alert], overflow="ignore")


def next_text(verdict: TrafficVerdict) -> str:
    """Return the next command and when to run it."""
    step = verdict.next
    return f"`{step.command}`: {step.says}" if step.command else step.says


def _lines(verdict: TrafficVerdict) -> Iterator[Padding]:
    tone = TONES[verdict.alert]
    for risk in verdict.risks or ("none known",):
        yield _labelled("Risk:", risk, tone if verdict.risks else Tone.PEACE)
    yield _labelled("Next:", next_text(verdict), Tone.PLAIN)


def _labelled(label: str, text: str, tone: Tone) -> Padding:
    grid = Table.grid(padding=(0, 1))
    grid.add_column(no_wrap=True)
    grid.add_column(overflow="fold")
    grid.add_row(Text(label, style="bold"), Text(text, style=tone))
    return Padding(grid, 0, expand=False)
