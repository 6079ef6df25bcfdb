"""The files that hold the screens: one a width, in colour and without."""

from pathlib import Path

from tests.unit.operations.screens.drawing import WIDTHS, drawn

_HERE = Path(__file__).parent
_COLOUR = "ansi"

FILES = {f"{width}.{kind}": _HERE / f"{width}.{kind}" for width in WIDTHS for kind in ("txt", _COLOUR)}


def text_of(name: str) -> str:
    """Return what a file should hold."""
    width, _, kind = name.partition(".")
    return drawn(int(width), colour=kind == _COLOUR)
