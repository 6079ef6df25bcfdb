"""The steps that scenarios consist of, as data."""

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Discriminator, Field

from contract.deadlines import SETTLE_SECONDS
from contract.roles import Role
from operations.drills.bad_data import DamageKind
from operations.drills.conditions import Condition
from operations.drills.planted_versions import PLANTED_FAULTS

Names = Mapping[str, str]
"""The site's names by what scenarios call them."""

_COUNTED_FOR = 100_000
"""Payments that counts of damage are for."""

_NAMES = (*Role, "witness", "payment_function")


class ScenarioData(BaseModel):
    """A part of a scenario."""

    model_config = ConfigDict(frozen=True, extra="forbid")


def _known_names(text: str) -> str:
    try:
        text.format_map(dict.fromkeys(_NAMES, ""))
    except (ValueError, LookupError, AttributeError):
        may = ", ".join(f"{{{name}}}" for name in _NAMES)
        raise ValueError(f"a text may name {may}, got {text!r}") from None
    return text


Text = Annotated[str, AfterValidator(_known_names)]
"""A text that may name `{primary}`, `{standby}` and `{witness}`, regions, and `{payment_function}`, the primary's."""

Arguments = Annotated[tuple[Text, ...], Field(min_length=1)]
"""What follows `dr` on a command line."""


class Inject(ScenarioData):
    """Let something go wrong: a fault of the emulator, or an experiment of AWS FIS in its place."""

    do: Literal["inject"]
    id: str
    fault: str
    values: Mapping[str, Text | float] = {}

    def filled(self, names: Names) -> dict[str, str | float]:
        """Return the values with the site's names."""
        return {key: value.format_map(names) if isinstance(value, str) else value for key, value in self.values.items()}

    def filled_text(self, names: Names) -> str:
        """Return the fault as people read it."""
        return " ".join((self.fault, *(f"{key}={value}" for key, value in self.filled(names).items())))

    def says(self, names: Names) -> str:
        """Return the step in one line."""
        return f"inject {self.filled_text(names)}"


class Heal(ScenarioData):
    """Heal what was injected under an id."""

    do: Literal["heal"]
    id: str

    def says(self, _: Names) -> str:
        """Return the step in one line."""
        return f"heal {self.id}"


class DrillTakeOver(ScenarioData):
    """Make a region the owner of the writer by one write, whatever the present owner does; its ticker opens it."""

    do: Literal["take-over"]
    region: Role

    def says(self, names: Names) -> str:
        """Return the step in one line."""
        return f"make {names[self.region]} the owner of the writer"


class Wait(ScenarioData):
    """Let time pass."""

    do: Literal["wait"]
    seconds: float = Field(gt=0, le=3600)

    def says(self, _: Names) -> str:
        """Return the step in one line."""
        return f"wait {self.seconds:g} s"


class DrillSettle(ScenarioData):
    """Wait as long as a region that no longer owns the writer may still store payments."""

    do: Literal["settle"]

    def says(self, _: Names) -> str:
        """Return the step in one line."""
        return f"let the writer settle ({SETTLE_SECONDS} real seconds)"


class Until(ScenarioData):
    """Wait for something to become true; the drill fails if it does not."""

    do: Literal["until"]
    condition: Condition
    within: float = Field(gt=0, le=3600)

    def says(self, _: Names) -> str:
        """Return the step in one line."""
        return f"wait until {self.condition}"


class Command(ScenarioData):
    """Run a command of `dr` as an operator would."""

    do: Literal["dr"]
    arguments: Arguments
    within: float = Field(default=600, gt=0, le=3600)
    """How long it is repeated while it refuses; a failure is not repeated."""
    kill_when: Condition | None = None
    """Kill it, without any warning, as soon as this is true."""

    def filled(self, names: Names) -> tuple[str, ...]:
        """Return the arguments with the site's names."""
        return _filled(self.arguments, names)

    def says(self, names: Names) -> str:
        """Return the step in one line."""
        return f"dr {' '.join(self.filled(names))}" + (f", killed when {self.kill_when}" if self.kill_when else "")


class AtOnce(ScenarioData):
    """Run commands of `dr` that several operators start at the same moment, each with journals of their own.

    One must come to its end; every other one must fail or refuse, and say why.
    """

    do: Literal["at-once"]
    commands: tuple[Arguments, ...] = Field(min_length=2)

    def filled(self, names: Names) -> tuple[tuple[str, ...], ...]:
        """Return the commands with the site's names."""
        return tuple(_filled(each, names) for each in self.commands)

    def says(self, names: Names) -> str:
        """Return the step in one line."""
        return " and ".join(f"dr {' '.join(each)}" for each in self.filled(names)) + ", at once"


def _known_fault(name: str) -> str:
    if name not in PLANTED_FAULTS:
        raise ValueError(f"the planted fault must be one of {', '.join(PLANTED_FAULTS)}")
    return name


class Publish(ScenarioData):
    """Publish a bad version of the payment function in both regions; no traffic goes to it yet."""

    do: Literal["publish"]
    id: str
    fault: Annotated[str, AfterValidator(_known_fault)]

    @property
    def faulty(self) -> str:
        """What the version does, in words."""
        return f"a version that {PLANTED_FAULTS[self.fault].says}"

    def says(self, _: Names) -> str:
        """Return the step in one line."""
        return f"publish {self.faulty} in both regions"


class ReleaseVersion(ScenarioData):
    """Release what was published, as an operator would, and record how that ended: done, or put back."""

    do: Literal["release"]
    bake: str
    """How long each share is watched, as `dr release start --bake` takes it."""
    shares: str
    """The serving region's shares in percent, as `dr release start --shares` takes them."""
    within: float = Field(default=600, gt=0, le=3600)
    """How long it is repeated while it refuses."""

    @property
    def arguments(self) -> tuple[str, ...]:
        """What follows `dr` on its command line."""
        return ("release", "start", "--yes", "--bake", self.bake, "--shares", self.shares)

    def says(self, _: Names) -> str:
        """Return the step in one line."""
        return f"dr {' '.join(self.arguments)}"


class StorePast(ScenarioData):
    """Store payments past the API, as if they had been paid before the drill."""

    do: Literal["store"]
    payments: int = Field(ge=1)
    faster: int = Field(ge=1)
    """How many where time passes faster than in reality: storing takes real time."""

    def count(self, scale: float) -> int:
        """Return how many at a time scale."""
        return self.payments if scale == 1 else min(self.faster, self.payments)

    def says(self, _: Names) -> str:
        """Return the step in one line."""
        return f"store {self.payments:,} payments past the API ({self.faster:,} on a faster clock)"


class DamageData(ScenarioData):
    """Let a bad script alter, delete, double and make up payments; a seed that is drawn decides which and how.

    The counts are for each 100,000 payments that were stored, and at least one of each.
    """

    do: Literal["damage"]
    id: str
    altered: int = Field(ge=1)
    deleted: int = Field(ge=1)
    doubled: int = Field(ge=1)
    added: int = Field(ge=1)

    def counts(self, stored: int) -> dict[DamageKind, int]:
        """Return how many of each kind, for so many stored payments."""
        of = {kind: int(getattr(self, kind)) for kind in DamageKind}
        return {kind: max(1, round(count * stored / _COUNTED_FOR)) for kind, count in of.items()}

    def says(self, _: Names) -> str:
        """Return the step in one line."""
        kinds = ", ".join(f"{getattr(self, kind)} {kind}" for kind in DamageKind)
        return f"damage payments by a script: {kinds}, of {_COUNTED_FOR:,}"


class RestoreData(ScenarioData):
    """Find and repair the damage by `dr restore`, as two operators would who know the moment and nothing else."""

    do: Literal["restore"]
    settle: float = Field(default=120, ge=0, le=3600)
    """As `dr restore plan --settle` takes it."""
    within: float = Field(default=600, gt=0, le=3600)
    """How long a command is repeated while it refuses."""

    def says(self, _: Names) -> str:
        """Return the step in one line."""
        return "restore to the moment before the damage: plan, agree, repair, finish"


class Check(ScenarioData):
    """Look for every payment acknowledged so far in the replica that has to serve now."""

    do: Literal["check"]
    replica: Role

    def says(self, names: Names) -> str:
        """Return the step in one line."""
        return f"look for every payment in {names[self.replica]}'s replica"


Step = Annotated[
    Inject
    | Heal
    | DrillTakeOver
    | Wait
    | DrillSettle
    | Until
    | Command
    | AtOnce
    | Publish
    | ReleaseVersion
    | StorePast
    | DamageData
    | RestoreData
    | Check,
    Discriminator("do"),
]


def _filled(arguments: tuple[str, ...], names: Names) -> tuple[str, ...]:
    return tuple(each.format_map(names) for each in arguments)
