"""Scenarios as data: what is done, in steps, and what must be true of it afterwards."""

import re
import tomllib
from collections.abc import Mapping
from importlib import resources
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Discriminator, Field, ValidationError, field_validator

from handlers.deadlines import FENCE_SETTLE_SECONDS
from operations.drills.conditions import Condition
from operations.errors import UsageError
from operations.site import Role

_SHIPPED = resources.files("operations.drills") / "scenarios"
Names = Mapping[str, str]
"""The site's names by what scenarios call them."""

_NAMES = (*Role, "payment_function")

_NAME = re.compile(r"^[a-z0-9-]{1,40}$")


class _Data(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Inject(_Data):
    """Let something go wrong: a fault of the emulator, or an experiment of AWS FIS in its place."""

    do: Literal["inject"]
    id: str
    fault: str
    values: Mapping[str, str | float] = {}
    """Texts may name `{primary}`, `{standby}` and `{payment_function}`, the primary's."""

    @field_validator("values")
    @classmethod
    def _names_are_known(cls, values: Mapping[str, str | float]) -> Mapping[str, str | float]:
        for text in values.values():
            try:
                str(text).format_map(dict.fromkeys(_NAMES, ""))
            except (ValueError, LookupError, AttributeError):
                may = ", ".join(f"{{{name}}}" for name in _NAMES)
                raise ValueError(f"a text may name {may}, got {text!r}") from None
        return values

    def filled(self, names: Names) -> dict[str, str | float]:
        """Return the values with the site's names."""
        return {key: value.format_map(names) if isinstance(value, str) else value for key, value in self.values.items()}

    def filled_text(self, names: Names) -> str:
        """Return the fault as people read it."""
        return " ".join((self.fault, *(f"{key}={value}" for key, value in self.filled(names).items())))

    def says(self, names: Names) -> str:
        """Return the step in one line."""
        return f"inject {self.filled_text(names)}"


class Heal(_Data):
    """Mend what was injected under an id."""

    do: Literal["heal"]
    id: str

    def says(self, _: Names) -> str:
        """Return the step in one line."""
        return f"mend {self.id}"


class Fence(_Data):
    """Forbid a region to store payments, by one write in the standby's replica."""

    do: Literal["fence"]
    of: Role

    def says(self, names: Names) -> str:
        """Return the step in one line."""
        return f"fence {names[self.of]}"


class Wait(_Data):
    """Let time pass."""

    do: Literal["wait"]
    seconds: float = Field(gt=0, le=3600)

    def says(self, _: Names) -> str:
        """Return the step in one line."""
        return f"wait {self.seconds:g} s"


class Settle(_Data):
    """Wait as long as a region whose fence has arrived may still store payments."""

    do: Literal["settle"]

    def says(self, _: Names) -> str:
        """Return the step in one line."""
        return f"let the fence settle ({FENCE_SETTLE_SECONDS} real seconds)"


class Until(_Data):
    """Wait for something to become true; the drill fails if it does not."""

    do: Literal["until"]
    condition: Condition
    within: float = Field(gt=0, le=3600)

    def says(self, _: Names) -> str:
        """Return the step in one line."""
        return f"wait until {self.condition}"


class Command(_Data):
    """Run a command of `dr` as an operator would."""

    do: Literal["dr"]
    arguments: tuple[str, ...] = Field(min_length=1)
    within: float = Field(default=600, gt=0, le=3600)
    """How long it is repeated while it refuses; a failure is not repeated."""
    kill_when: Condition | None = None
    """Kill it, without any warning, as soon as this is true."""

    def says(self, _: Names) -> str:
        """Return the step in one line."""
        return f"dr {' '.join(self.arguments)}" + (f", killed when {self.kill_when}" if self.kill_when else "")


class Check(_Data):
    """Look for every payment acknowledged so far in the replica that has to serve now."""

    do: Literal["check"]
    replica: Role

    def says(self, names: Names) -> str:
        """Return the step in one line."""
        return f"look for every payment in {names[self.replica]}'s replica"


Step = Annotated[Inject | Heal | Fence | Wait | Settle | Until | Command | Check, Discriminator("do")]


class Expectation(_Data):
    """What the verdict demands beyond the objectives."""

    serving: Role
    """What DNS answers when the scenario's steps are done."""
    rto: Mapping[str, float]
    """The budget of the client-observed RTO by what uses it up; emulated seconds."""
    rpo: float
    """The budget of the RPO, or of what was at risk where nothing failed over; emulated seconds."""
    dns_moves: int | None = None
    """How often DNS has another answer during the scenario's steps."""
    alarms: tuple[str, ...] = ()
    """How the names of alarms begin that must fire."""
    fence_holds: bool = False
    """A fenced region stores nothing once its fence has settled, although clients with stale DNS go on asking."""
    missing_at_takeover: Literal["any", "none", "some"] = "any"
    """Whether acknowledged payments may, must not or must be missing when the standby takes over."""


class Scenario(_Data):
    """One game day."""

    name: str
    what: str
    steady_seconds: float = Field(default=10, gt=0, le=3600)
    steps: tuple[Step, ...] = Field(min_length=1)
    expect: Expectation

    @field_validator("steps")
    @classmethod
    def _what_is_healed_was_injected(cls, steps: tuple[Step, ...]) -> tuple[Step, ...]:
        active: set[str] = set()
        for step in steps:
            if isinstance(step, Inject):
                if step.id in active:
                    raise ValueError(f"what is injected must have an id of its own until it is mended, got {step.id!r}")
                active.add(step.id)
            elif isinstance(step, Heal):
                if step.id not in active:
                    raise ValueError(f"what is mended must have been injected before, got {step.id!r}")
                active.remove(step.id)
        return steps

    @property
    def faults(self) -> tuple[str, ...]:
        """The ids of what it injects: on AWS, each needs an experiment."""
        return tuple(step.id for step in self.steps if isinstance(step, Inject))

    @property
    def checks_takeover(self) -> bool:
        """Whether the standby is to be seen taking over: then what it lacked at that moment is the RPO."""
        return any(isinstance(step, Check) for step in self.steps)

    @classmethod
    def from_toml(cls, text: str, *, name: str) -> Self:
        """Read a scenario.

        Raises:
            UsageError: It is none; the text names the first field that is wrong.
        """
        if not _NAME.match(name):
            raise UsageError(f"a scenario's name must consist of a-z, 0-9 and -, got {name!r}")
        try:
            return cls.model_validate({"name": name, **tomllib.loads(text)})
        except tomllib.TOMLDecodeError as error:
            raise UsageError(f"scenario {name} is no TOML: {error}") from None
        except ValidationError as error:
            detail = error.errors(include_url=False)[0]
            where, rule, given = ".".join(map(str, detail["loc"])), detail["msg"], detail["input"]
            got = "" if isinstance(given, list | dict) else f", got {given!r}"  # a list's own rule says which of it
            raise UsageError(f"scenario {name}: {where}: {rule.removeprefix('Value error, ')}{got}") from None


def shipped() -> dict[str, Scenario]:
    """Return the scenarios that come with the project, by name."""
    files = sorted((each for each in _SHIPPED.iterdir() if each.name.endswith(".toml")), key=lambda each: each.name)
    names = [each.name.removesuffix(".toml") for each in files]
    return {
        name: Scenario.from_toml(each.read_text(encoding="utf-8"), name=name)
        for name, each in zip(names, files, strict=True)
    }


def load(name: str) -> Scenario:
    """Return a shipped scenario by its name, or any by the path of its file.

    Raises:
        UsageError: There is none.
    """
    if name.endswith(".toml"):
        try:
            return Scenario.from_toml(Path(name).read_text(encoding="utf-8"), name=Path(name).stem)
        except (OSError, UnicodeDecodeError) as error:
            raise UsageError(f"scenario {name} cannot be read: {error}") from None
    known = shipped()
    if name not in known:
        raise UsageError(f"there is no scenario {name!r}; there are {', '.join(known)}")
    return known[name]
