# ruff: noqa: SLF001 — MiniStack offers no public seams
"""The Route 53 API as far as MiniStack lacks it: what checkers observe, and what cannot be deployed."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime
from xml.etree.ElementTree import Element, SubElement

from ministack.core.responses import get_account_id
from ministack.services import cloudwatch, route53

from emulator.patching import Answer, Theirs, wrap
from emulator.route53.checks import ENDPOINT_TYPES
from emulator.route53.statuses import Checker, Observation, Statuses
from emulator.route53.validation import check_problems, record_problems

Handler = Callable[..., Answer]

_OBSERVATIONS_PATH = re.compile(r"^/2013-04-01/healthcheck/(?P<id>[^/]+)/(?P<what>status|lastfailurereason)$")
_OPERATIONS = {"status": "GetHealthCheckStatus", "lastfailurereason": "GetHealthCheckLastFailureReason"}


def install(statuses: Statuses) -> None:
    """Add the missing operations and refusals to MiniStack's Route 53."""
    wrap(route53, "handle_request", _with_observations(statuses))
    wrap(route53, "_create_health_check", _refusing_new_checks)
    wrap(route53, "_update_health_check", _refusing_changed_checks)
    wrap(route53, "_change_resource_record_sets", _refusing_records)


def _with_observations(statuses: Statuses) -> Callable[[Callable[..., Theirs]], Callable[..., Theirs]]:
    def around(original: Callable[..., Theirs]) -> Callable[..., Theirs]:
        async def handle(method: str, path: str, *request: Theirs) -> Answer:
            match = _OBSERVATIONS_PATH.match(path) if method == "GET" else None
            if match:
                return _observations(statuses, match["id"], match["what"])
            answer: Answer = await original(method, path, *request)
            return answer

        return handle

    return around


def _observations(statuses: Statuses, check_id: str, what: str) -> Answer:
    """Answer with what each checker has seen last; those that have not seen anything yet are left out."""
    stored = route53._health_checks.get(check_id)
    if stored is None:
        return _error("NoSuchHealthCheck", f"No health check exists with the specified ID {check_id}.", 404)
    if stored["config"].get("Type") not in ENDPOINT_TYPES:
        return _error("InvalidInput", f"{_OPERATIONS[what]} is for checks of endpoints; see CloudWatch for this one.")
    views = statuses.views(check_id)
    seen = ((checker, view.latest if what == "status" else view.latest_failure) for checker, view in views.items())
    answer: Answer = route53._xml_response(f"{_OPERATIONS[what]}Response", lambda root: _build(root, seen))
    return answer


def _build(root: Element, seen: Iterable[tuple[Checker, Observation | None]]) -> None:
    parent = SubElement(root, "HealthCheckObservations")
    for checker, observation in seen:
        if observation is not None:
            element = SubElement(parent, "HealthCheckObservation")
            SubElement(element, "Region").text = checker.region
            SubElement(element, "IPAddress").text = checker.address
            report = SubElement(element, "StatusReport")
            SubElement(report, "Status").text = observation.outcome.report
            checked = datetime.fromtimestamp(observation.time, UTC)
            SubElement(report, "CheckedTime").text = checked.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _refusing_new_checks(original: Handler) -> Handler:
    def create(body: bytes) -> Answer:
        root = route53._parse_body(body)
        element = route53._find(root, "HealthCheckConfig") if root is not None else None
        if element is not None:
            refused = _refusal(_check_problems(lambda: route53._parse_health_check_config(element)))
            if refused:
                return refused
        return original(body)

    return create


def _refusing_changed_checks(original: Handler) -> Handler:
    def update(check_id: str, body: bytes) -> Answer:
        root = route53._parse_body(body)
        stored = route53._health_checks.get(check_id)
        if root is not None and stored is not None:
            refused = _refusal(
                _check_problems(lambda: {**stored["config"], **route53._parse_health_check_config(root)})
            )
            if refused:
                return refused
        return original(check_id, body)

    return update


def _refusing_records(original: Handler) -> Handler:
    def change(zone_id: str, body: bytes) -> Answer:
        root = route53._parse_body(body)
        batch = route53._find(root, "ChangeBatch") if root is not None else None
        changes = route53._find(batch, "Changes") if batch is not None else None
        for each in route53._findall(changes, "Change") if changes is not None else ():
            element = route53._find(each, "ResourceRecordSet")
            if element is not None and route53._text(each, "Action") != "DELETE":
                refused = _refusal(_record_problems(element), "InvalidChangeBatch")
                if refused:
                    return refused
        return original(zone_id, body)

    return change


def _check_problems(parsed: Callable[[], Mapping[str, Theirs]]) -> Iterator[str]:
    """Yield what is wrong with a configuration that is still to be parsed."""
    try:
        configuration = parsed()
    except ValueError as error:
        yield f"A number is malformed: {error}."
        return
    yield from check_problems(configuration, _stored_configuration, _stored_alarm)


def _record_problems(element: Element) -> Iterator[str]:
    try:
        stored = route53._parse_record_set(element)
    except ValueError as error:
        yield f"A number is malformed: {error}."
        return
    if stored.get("Name") and stored.get("Type"):  # MiniStack refuses their absence
        yield from record_problems(stored)


def _stored_configuration(check_id: str) -> Mapping[str, Theirs] | None:
    stored = route53._health_checks.get(check_id)
    return stored["config"] if stored else None


def _stored_alarm(region: str, name: str) -> Mapping[str, Theirs] | None:
    alarm: Mapping[str, Theirs] | None = cloudwatch._alarms.get_scoped(get_account_id(), region, name)
    return alarm


def _refusal(problems: Iterator[str], code: str = "InvalidInput") -> Answer | None:
    problem = next(problems, None)
    return _error(code, problem) if problem else None


def _error(code: str, message: str, status: int = 400) -> Answer:
    answer: Answer = route53._error_response(code, message, status)
    return answer
