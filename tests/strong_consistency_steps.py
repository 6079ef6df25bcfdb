"""The steps of the cases of multi-Region strong consistency, and what a model of it must be able to do to take them."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol


class StrongOutcome(StrEnum):
    """How a write ends, or why a read brings no value."""

    STORED = "stored"
    CONDITION_FAILED = "condition failed"
    CONFLICT = "conflict"
    UNAVAILABLE = "unavailable"


class StrongModel(Protocol):
    """A table with two replicas and a witness; a new one for each case."""

    def write(self, region: str, key: str, value: str | None, *, only_if_absent: bool) -> StrongOutcome:
        """Put an item, or delete it with None."""

    def write_at_once(self, key: str, values: Sequence[tuple[str, str]]) -> list[StrongOutcome]:
        """Put an item in several regions at the same time."""

    def read(self, region: str, key: str, *, strongly: bool) -> str | StrongOutcome | None:
        """Return the value, None for no item, or why there is no answer."""

    def cut(self, source: str, destination: str, *, one_way: bool) -> None:
        """Let nothing pass between two regions, or from the first to the second alone."""

    def heal(self, source: str, destination: str) -> None:
        """End the cut between two regions, whichever way it was."""

    def lose(self, region: str) -> None:
        """Lose a region."""

    def restore(self, region: str) -> None:
        """Let a region return."""

    def catch_up(self) -> None:
        """Wait until the replicas that are in touch have caught up."""


class StrongStep(Protocol):
    """One step of a case."""

    def take(self, model: StrongModel) -> None:
        """Do it.

        Raises:
            AssertionError: It does not bring about what it is expected to.
        """


def check(model: StrongModel, steps: Sequence[StrongStep]) -> None:
    """Take a model through a case.

    Raises:
        AssertionError: A step does not bring about what it is expected to; the message names it.
    """
    for number, step in enumerate(steps, start=1):
        try:
            step.take(model)
        except AssertionError as error:
            raise AssertionError(f"step {number}, {step}: got {error}") from error


def _expect(expected: object, found: object) -> None:
    if found != expected:
        raise AssertionError(repr(found))


@dataclass(frozen=True)
class Write:
    """Put a value, or delete the item with None; `only_if_absent` is a condition on the item."""

    region: str
    key: str
    value: str | None
    only_if_absent: bool = False
    expected: StrongOutcome = StrongOutcome.STORED

    def take(self, model: StrongModel) -> None:
        _expect(self.expected, model.write(self.region, self.key, self.value, only_if_absent=self.only_if_absent))


@dataclass(frozen=True)
class WriteAtOnce:
    """Put two values of one item, each with its region, at the same time: one is stored, the other is in conflict."""

    key: str
    values: tuple[tuple[str, str], tuple[str, str]]

    def take(self, model: StrongModel) -> None:
        found = sorted(model.write_at_once(self.key, self.values))
        _expect([StrongOutcome.CONFLICT, StrongOutcome.STORED], found)


@dataclass(frozen=True)
class Read:
    """Read an item, None being none."""

    region: str
    key: str
    expected: str | StrongOutcome | None
    strongly: bool = True

    def take(self, model: StrongModel) -> None:
        _expect(self.expected, model.read(self.region, self.key, strongly=self.strongly))


@dataclass(frozen=True)
class Cut:
    """Let no request pass between two regions, or from the first to the second alone."""

    source: str
    destination: str
    one_way: bool = False

    def take(self, model: StrongModel) -> None:
        model.cut(self.source, self.destination, one_way=self.one_way)


@dataclass(frozen=True)
class Heal:
    """End the cut between two regions."""

    source: str
    destination: str

    def take(self, model: StrongModel) -> None:
        model.heal(self.source, self.destination)


@dataclass(frozen=True)
class Down:
    """Lose a region."""

    region: str

    def take(self, model: StrongModel) -> None:
        model.lose(self.region)


@dataclass(frozen=True)
class Up:
    """Let a region return."""

    region: str

    def take(self, model: StrongModel) -> None:
        model.restore(self.region)


@dataclass(frozen=True)
class CatchUp:
    """Wait until every replica that is in touch has caught up."""

    def take(self, model: StrongModel) -> None:
        model.catch_up()
