"""The files that hold the screens: one a width, in colour and without."""

import re
from functools import cache
from pathlib import Path

from tests.unit.operations.screens.drawing import WIDTHS, drawn

_HERE = Path(__file__).parent
_COLOUR = "ansi"
_CODE = re.compile(r"\x1b\[[0-9;]*m")

_drawn = cache(drawn)

FILES = {f"{width}.{kind}": _HERE / f"{width}.{kind}" for width in WIDTHS for kind in ("txt", _COLOUR)}


def text_of(name: str) -> str:
    """Return what a file should hold."""
    width, _, kind = name.partition(".")
    coloured = _drawn(int(width))
    return coloured if kind == _COLOUR else _plain(coloured)


def _plain(coloured: str) -> str:
    return "".join(f"{line.rstrip()}\n" for line in _CODE.sub("", coloured).splitlines())
