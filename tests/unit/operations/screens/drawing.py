"""Draws the screens, as coloured text of a width."""

import io
from collections.abc import Iterator

from rich.console import Console, RenderableType
from rich.text import Text

from operations.topology.show import show
from operations.verdict.judge import judge
from operations.verdict.show import one_line, show_verdict
from tests.unit.operations.screens.looking import looks
from tests.unit.operations.screens.moves import moves
from tests.unit.operations.screens.releases import releases
from tests.unit.operations.screens.situations import SITUATIONS

WIDTHS = (60, 80, 120)
WHOLE = ("steady state", "the primary is lost", "two regions are gone", "nothing is deployed")
"""The situations whose whole status is drawn; of the others, what `dr` says."""

Part = RenderableType | Text


def drawn(width: int) -> str:
    """Return all screens of a width, in colour."""
    file = io.StringIO()
    console = _console(file, width, is_terminal=True)
    for title, parts in screens():
        console.print(Text(f"== {title} ".ljust(width, "=")))
        for part in parts:
            console.print(part, soft_wrap=isinstance(part, Text))
        console.print()
    for title, draw in {**moves(), **releases()}.items():
        console.print(Text(f"== {title} ".ljust(width, "=")))
        draw(console)
        console.print()
    plain = _console(file, width, is_terminal=False)  # on a terminal, waiting draws over what it has drawn
    for title, look in looks().items():
        plain.print(Text(f"== {title} ".ljust(width, "=")))
        look.draw(plain)
        plain.print()
    return "".join(f"{line.rstrip()}\n" for line in file.getvalue().splitlines())


def _console(file: io.StringIO, width: int, *, is_terminal: bool) -> Console:
    return Console(
        file=file,
        width=width,
        force_terminal=is_terminal,
        color_system="standard",
        highlight=False,
        legacy_windows=False,
        _environ={},
    )


def screens() -> Iterator[tuple[str, list[Part]]]:
    """Return each screen's title and parts."""
    for name, topology in SITUATIONS.items():
        yield f"dr: {name}", [show_verdict(judge(topology))]
    for name in WHOLE:
        topology = SITUATIONS[name]
        yield f"dr status: {name}", [show_verdict(judge(topology)), "", show(topology, surroundings="AWS")]
    for name in WHOLE:
        topology = SITUATIONS[name]
        yield f"dr status --brief: {name}", [one_line(judge(topology))]
