"""A fact in words, with its tone."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar

from operations.topology.readings import Reading, Unknown

T = TypeVar("T")


class Tone(StrEnum):
    """The meaning of a fact, as a rich style."""

    PEACE = "green"  # known, and as in steady state
    NOTE = "yellow"
    ALARM = "bold red"
    UNKNOWN = "bold magenta"
    PLAIN = ""


@dataclass(frozen=True)
class Cell:
    """One fact in words."""

    text: str
    tone: Tone


NOTHING = Cell("", Tone.PLAIN)


def cell(reading: Reading[T], words: Callable[[T], Cell], what: str = "") -> Cell:
    """Return a fact in words, or why it is unknown."""
    if isinstance(reading, Unknown):
        return Cell(f"{what} unknown: {reading.reason}".strip(), Tone.UNKNOWN)
    return words(reading.value)
