"""What happened in one run to versions: the release item, aliases and stages, and what new versions did to payers."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class ShippedVersion:
    """A version that was published in a run."""

    number: str
    name: str
    """What is wrong with it; `good` if nothing is."""
    is_shown: bool
    """Whether canary payments show it, so that no payer may ever meet it."""

    @property
    def is_good(self) -> bool:
        """Whether it does what it should."""
        return self.name == GOOD


GOOD = "good"


@dataclass(frozen=True, slots=True)
class ReleasePeriod:
    """The release item from one moment on."""

    at: float
    id: str
    state: str
    driver: str
    epoch: int
    before: str
    """As the item holds it, as `after` is."""
    after: str
    by: str
    """Who began it."""
    process: str
    """Who changed the item."""

    @property
    def is_under_way(self) -> bool:
        """Whether it is neither done nor undone."""
        return self.state in {"running", "undoing"}

    def __str__(self) -> str:
        return f"release {self.id[:8]} is {self.state} [{self.process}]"


@dataclass(frozen=True, slots=True)
class TrafficMove:
    """A function's alias, or the API's stage (`api`), from one moment on; `share` of the invocations run `other`."""

    at: float
    region: str
    target: str
    version: str
    other: str
    share: float
    process: str

    def __str__(self) -> str:
        weight = f" with {self.share:.0%} to {self.other}" if self.other else ""
        return f"{self.target} of {self.region} -> {self.version}{weight} [{self.process}]"

    def share_of(self, version: str) -> float:
        """Return which share of the invocations run a version."""
        if version == self.version:
            return 1.0 - self.share if self.other else 1.0
        return self.share if version == self.other else 0.0


@dataclass(frozen=True, slots=True)
class PayerRequest:
    """A payer's request that a version other than the first has ended."""

    at: float
    region: str
    version: str
    is_payment: bool
    failed: bool


@dataclass(frozen=True, slots=True)
class DriveEnd:
    """How a `dr release start` or `abort` ended: `outcome` is `dr`'s own word."""

    process: str
    began: float
    ended: float
    outcome: str
    reason: str
    release: str
    """The release's id; empty if it began none and found none."""
    listed: frozenset[str]
    """The payments that it says the new versions stored."""
    lists_unknown: bool
    """Whether it says that there may be more."""


@dataclass
class ReleaseHistory:
    """One run's."""

    shipped: dict[str, ShippedVersion] = field(default_factory=dict)
    """By number; empty in a run without releases."""
    shares: tuple[float, ...] = ()
    """Of the serving region, before all of it."""
    bake_seconds: float = 0.0
    periods: list[ReleasePeriod] = field(default_factory=list)
    moves: list[TrafficMove] = field(default_factory=list)
    beats: dict[str, list[float]] = field(default_factory=dict)
    """When the beat of a release was raised, by id."""
    ticker_beats: dict[tuple[str, str], list[float]] = field(default_factory=dict)
    """When tickers have beaten, by region and version; not those of the first version."""
    served: list[PayerRequest] = field(default_factory=list)
    drives: list[DriveEnd] = field(default_factory=list)

    @property
    def last(self) -> ReleasePeriod | None:
        """The release item at the end."""
        return self.periods[-1] if self.periods else None

    def is_bad(self, version: str) -> bool:
        """Return whether something is wrong with a version."""
        shipped = self.shipped.get(version)
        return shipped is not None and not shipped.is_good
