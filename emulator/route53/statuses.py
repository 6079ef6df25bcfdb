"""The status of every health check, from what checkers and alarms have reported so far."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from emulator.regions import CHECKER_REGIONS
from emulator.route53.checks import (
    CALCULATED,
    CLOUDWATCH_METRIC,
    AlarmData,
    AlarmOpinion,
    HealthCheck,
    Opinion,
    calculated,
    enough,
    status,
)
from emulator.route53.probes import ProbeOutcome


@dataclass(frozen=True, order=True)
class Checker:
    """One health checker; a region has several, which do not talk to one another."""

    region: str
    number: int

    @property
    def address(self) -> str:
        """The address that it seems to probe from, of a range that is reserved for documentation."""
        return f"192.0.2.{16 * CHECKER_REGIONS.index(self.region) + self.number}"


@dataclass(frozen=True)
class Observation:
    """The outcome of one request, and when it came, in seconds since the epoch."""

    outcome: ProbeOutcome
    time: float


@dataclass
class View:
    """What one checker has seen of one endpoint."""

    opinion: Opinion = field(default_factory=Opinion)
    latest: Observation | None = None
    latest_failure: Observation | None = None


class Statuses:
    """What checks exist is asked for each time; what is known of those that are gone is forgotten by `keep`."""

    def __init__(self, checks: Callable[[], Mapping[str, HealthCheck]]) -> None:
        self._checks = checks
        self._views: dict[str, dict[Checker, View]] = {}
        self._alarms: dict[str, AlarmOpinion] = {}

    def keep(self, probing: Iterable[tuple[str, Checker]], following: Iterable[str]) -> None:
        """Begin with the checkers and alarm checks that are new, as new ones do, and forget the others."""
        views: dict[str, dict[Checker, View]] = {}
        for check_id, checker in sorted(probing):
            known = self._views.get(check_id, {}).get(checker)
            views.setdefault(check_id, {})[checker] = known or View()
        self._views = views
        self._alarms = {check_id: self._alarms.get(check_id) or AlarmOpinion() for check_id in following}

    def observe(self, check_id: str, checker: Checker, observation: Observation, threshold: int) -> None:
        """Take in what a checker has seen."""
        view = self._views.get(check_id, {}).get(checker)
        if view is None:  # the check went while it was being probed
            return
        view.opinion.observe(passed=observation.outcome.passed, threshold=threshold)
        view.latest = observation
        if not observation.outcome.passed:
            view.latest_failure = observation

    def observe_alarm(self, check_id: str, data: AlarmData, insufficient_data: str) -> None:
        """Take in what an alarm's data say."""
        if check_id in self._alarms:
            self._alarms[check_id].observe(data, insufficient_data)

    def healthy(self, check_id: str) -> bool:
        """Return whether a check is healthy.

        One that does not exist counts as healthy, as a record without a check does; AWS promises nothing for records
        and calculated checks that refer to a deleted one ("the future status can't be predicted"). A new one counts in
        calculated checks by what it says from its first moment on: healthy, or unhealthy if it is inverted. AWS
        documents that for the check itself, and calculated checks as counting what their children say; so the
        standby answers after a deployment until an inverted child has been probed often enough.
        """
        check = self._checks().get(check_id)
        if check is None:
            return True
        if check.type == CALCULATED:
            found = calculated(map(self.healthy, check.children), check.health_threshold)
        elif check.type == CLOUDWATCH_METRIC:
            found = self._alarms[check_id].healthy if check_id in self._alarms else True
        else:
            found = enough([view.opinion.healthy for view in self.views(check_id).values()])
        return status(check, found=found)

    def healthy_children(self, check: HealthCheck) -> int:
        """Return how many of a calculated check's children are healthy."""
        return sum(map(self.healthy, check.children))

    def healthy_percent(self, check_id: str) -> float | None:
        """Return the share of the checkers that call the endpoint healthy; None while none of them probes."""
        opinions = [view.opinion.healthy for view in self.views(check_id).values()]
        return 100 * sum(opinions) / len(opinions) if opinions else None

    def views(self, check_id: str) -> Mapping[Checker, View]:
        """Return what each checker of a check has seen."""
        return self._views.get(check_id, {})
