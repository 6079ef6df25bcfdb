"""Scenarios as data: what is done, in steps, and what must be true of it afterwards."""

import re
import tomllib
from collections.abc import Mapping
from importlib import resources
from pathlib import Path
from typing import Literal, Self

from pydantic import Field, ValidationError, field_validator, model_validator

from contract.roles import Role
from operations.clock import at_least
from operations.drills.scenario_steps import (
    Check,
    DamageData,
    Heal,
    Inject,
    Publish,
    ReleaseVersion,
    RestoreData,
    ScenarioData,
    Step,
    StorePast,
)
from operations.errors import UsageError

_SHIPPED = resources.files("operations.drills") / "scenarios"
_NAME = re.compile(r"^[a-z0-9-]{1,40}$")


class ReleaseExpectation(ScenarioData):
    """What the verdict demands of a bad release."""

    put_back: float
    """Real seconds, from the tenth failing request, until both regions run what they ran before."""
    errors: float = Field(ge=0, le=1)
    """The most that may fail, of all requests between the first weight and then."""


class RestoreExpectation(ScenarioData):
    """What the verdict demands of a restore."""

    found: float
    """Emulated seconds from the damage until an alarm of changed payments rings."""
    repaired: float
    """Emulated seconds from the damage until the last repair."""
    repaired_real: float = 0
    """Real seconds that are granted at least, at any time scale: a restore reads everything."""

    def repaired_budget(self, scale: float) -> float:
        """Return the budget until the last repair, at a time scale."""
        return at_least(self.repaired, real=self.repaired_real, scale=scale)


class UnusualPayments(ScenarioData):
    """Payments of a kind that no canary payment is of."""

    every: int = Field(ge=1)
    """Each so many of a payer's are."""
    metadata: Mapping[str, str] = Field(min_length=1)


class Expectation(ScenarioData):
    """What the verdict demands beyond the objectives."""

    serving: Role
    """What DNS answers when the scenario's steps are done."""
    rto: Mapping[str, float]
    """The budget of the client-observed RTO by what uses it up; emulated seconds."""
    rto_real: float = 0
    """Real seconds that are granted at least, at any time scale: neither tickers nor settling run faster."""
    rpo: float
    """The budget of the RPO, or of what was at risk where nothing failed over; emulated seconds."""
    rpo_real: float = 0
    """Real seconds that are granted at least, at any time scale."""
    shut: float | None = None
    """The longest time for which no region may have been open to payments; real seconds at any time scale."""
    dns_moves: int | None = None
    """How often DNS has another answer during the scenario's steps."""
    owner_moves: int | None = None
    """How often the writer has another owner during the scenario's steps."""
    alarms: tuple[str, ...] = ()
    """How the names of alarms begin that must fire."""
    writer_holds: bool = False
    """A region stores nothing once it has lost the writer and that has settled, although clients go on asking it."""
    missing_at_takeover: Literal["any", "none", "some"] = "any"
    """Whether acknowledged payments may, must not or must be missing when the other region takes over."""
    release: ReleaseExpectation | None = None
    """None where nothing is released."""
    restore: RestoreExpectation | None = None
    """None where no data are damaged."""

    @model_validator(mode="after")
    def _real_seconds_are_part_of_the_budget(self) -> Self:
        if self.rto_real > sum(self.rto.values()) or self.rpo_real > self.rpo:
            raise ValueError("what is granted in real seconds must be part of the budget")
        return self

    def rto_budget(self, scale: float) -> float:
        """Return the budget of the RTO in emulated seconds, at a time scale."""
        return at_least(sum(self.rto.values()), real=self.rto_real, scale=scale)

    def rpo_budget(self, scale: float) -> float:
        """Return the budget of the RPO in emulated seconds, at a time scale."""
        return at_least(self.rpo, real=self.rpo_real, scale=scale)


class Scenario(ScenarioData):
    """One game day."""

    name: str
    what: str
    payers: int = Field(default=3, ge=1, le=50)
    """Clients that follow DNS and try again; one that does neither pays beside them."""
    unusual: UnusualPayments | None = None
    """None where all payments are alike."""
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
                    raise ValueError(f"what is injected must have an id of its own until it is healed, got {step.id!r}")
                active.add(step.id)
            elif isinstance(step, Heal):
                if step.id not in active:
                    raise ValueError(f"what is healed must have been injected before, got {step.id!r}")
                active.remove(step.id)
        return steps

    @model_validator(mode="after")
    def _what_is_released_was_published(self) -> Self:
        kinds = [type(step) for step in self.steps if isinstance(step, Publish | ReleaseVersion)]
        if kinds not in ([], [Publish, ReleaseVersion]):
            raise ValueError("one version must be published, then released, got another order of these steps")
        if bool(kinds) != (self.expect.release is not None):
            raise ValueError("`expect.release` must say what is demanded of a release, and of nothing else")
        return self

    @model_validator(mode="after")
    def _what_is_restored_was_damaged(self) -> Self:
        kinds = [type(step) for step in self.steps if isinstance(step, StorePast | DamageData | RestoreData)]
        if kinds not in ([], [StorePast, DamageData, RestoreData]):
            raise ValueError("payments must be stored, then damaged, then restored, got another order of these steps")
        if bool(kinds) != (self.expect.restore is not None):
            raise ValueError("`expect.restore` must say what is demanded of a restore, and of nothing else")
        return self

    @property
    def damages(self) -> bool:
        """Whether payments are damaged, which takes an administrator's rights."""
        return any(isinstance(step, DamageData) for step in self.steps)

    @property
    def publishes(self) -> bool:
        """Whether a bad version is published, which takes a deployer's rights."""
        return any(isinstance(step, Publish) for step in self.steps)

    @property
    def faults(self) -> tuple[str, ...]:
        """The ids of what it injects: on AWS, each needs an experiment."""
        return tuple(step.id for step in self.steps if isinstance(step, Inject))

    @property
    def checks_takeover(self) -> bool:
        """Whether a region is to be seen taking over: then what it lacked at that moment is the RPO."""
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
    """Return a shipped scenario by its name, or any by the path of its TOML file.

    Raises:
        UsageError: There is none.
    """
    if name.endswith(".toml") or "/" in name:
        try:
            return Scenario.from_toml(Path(name).read_text(encoding="utf-8"), name=Path(name).stem)
        except (OSError, UnicodeDecodeError) as error:
            raise UsageError(f"scenario {name} cannot be read: {error}") from None
    known = shipped()
    if name not in known:
        raise UsageError(f"there is no scenario {name!r}; there are {', '.join(known)}")
    return known[name]
