"""A fact that was read, or why it could not be read; an unknown fact never counts as healthy (FACTS 8.3)."""

from dataclasses import dataclass
from typing import Generic, TypeAlias, TypeVar

T_co = TypeVar("T_co", covariant=True)


@dataclass(frozen=True)
class Known(Generic[T_co]):
    """A fact that was read."""

    value: T_co


@dataclass(frozen=True)
class Unknown:
    """A fact that could not be read, and why."""

    reason: str


Reading: TypeAlias = Known[T_co] | Unknown
