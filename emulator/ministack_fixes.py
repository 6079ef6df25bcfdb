# ruff: noqa: SLF001 — MiniStack offers no public seams
"""The small defects of MiniStack 1.5.33, most of which break Terraform's read-back (FACTS 11.2), each repaired here."""

import json
import re
from collections.abc import Callable, Mapping
from functools import cache
from http import HTTPStatus
from xml.etree.ElementTree import Element, SubElement

from botocore.exceptions import BotoCoreError
from botocore.loaders import Loader
from botocore.model import ServiceModel
from ministack.core import responses, router
from ministack.services import apigateway_v1, cloudwatch, route53

from emulator import query_protocol
from emulator.apigateway import validation_errors
from emulator.patching import Answer, Theirs, wrap

_DNSSEC_PATH = re.compile(r"/hostedzone/[^/]+/dnssec$")


def install() -> None:
    """Mend MiniStack's services."""
    wrap(responses, "_service_model", _from_one_loader)
    wrap(router, "_is_aws_service_name", _known_by_name)
    wrap(apigateway_v1, "_create_base_path_mapping", _root_mapping_is_none)
    wrap(apigateway_v1, "_v1_response", _without_empty_mutual_tls)
    wrap(route53, "handle_request", _with_dnssec_status)
    wrap(route53, "_parse_health_check_config", _with_children_and_regions)
    wrap(route53, "_build_health_check_el", _with_lower_case_booleans)
    wrap(cloudwatch, "_put_metric_alarm", _keeps_what_was_put)
    wrap(cloudwatch, "_put_composite_alarm", _keeps_suppressor)
    wrap(cloudwatch, "_describe_alarms", _describes_in_full)
    validation_errors.install()


# --- Which services there are ---


def _known_by_name(_original: Callable[[str], bool]) -> Callable[[str], bool]:
    """Whether AWS has a service, by its name: MiniStack reads the models of all 400, and nobody is served meanwhile."""
    return lambda name: name in _services()


@cache
def _services() -> frozenset[str]:
    return frozenset(_loader().list_available_services("service-2"))


@cache
def _loader() -> Loader:
    return Loader()


def _from_one_loader(_original: Callable[[str], ServiceModel | None]) -> Callable[[str], ServiceModel | None]:
    """The model of a service: MiniStack makes a session of botocore for each, which costs as much as the model."""

    @cache
    def model(service: str) -> ServiceModel | None:
        name = responses._BOTOCORE_NAME.get(service, service)
        try:
            return ServiceModel(_loader().load_service_model(name, "service-2"), name)
        except BotoCoreError:  # AWS has none of that name
            return None

    return model


# --- API Gateway ---


def _root_mapping_is_none(original: Callable[..., Answer]) -> Callable[..., Answer]:
    """A mapping without a base path is stored as "(none)", the name under which AWS and the provider read it."""

    def create(domain: str, request: Mapping[str, Theirs]) -> Answer:
        return original(domain, {**request, "basePath": request.get("basePath") or "(none)"})

    return create


def _without_empty_mutual_tls(original: Callable[..., Answer]) -> Callable[..., Answer]:
    """A domain name without mutual TLS has no such block, where MiniStack shows an empty one."""

    def respond(shown: Theirs, *status: Theirs, **more: Theirs) -> Answer:
        if isinstance(shown, dict) and shown.get("mutualTlsAuthentication") == {}:
            shown = {name: value for name, value in shown.items() if name != "mutualTlsAuthentication"}
        return original(shown, *status, **more)

    return respond


# --- Route 53 ---


def _with_dnssec_status(original: Callable[..., Theirs]) -> Callable[..., Theirs]:
    """`GetDNSSEC`, which destroying a zone with `force_destroy` calls: no zone is signed here."""

    async def handle(method: str, path: str, *request: Theirs) -> Answer:
        if method == "GET" and _DNSSEC_PATH.search(path):
            return dnssec_status()
        answer: Answer = await original(method, path, *request)
        return answer

    return handle


def dnssec_status() -> Answer:
    """Return the answer of `GetDNSSEC` for an unsigned zone."""

    def build(root: Element) -> None:
        SubElement(SubElement(root, "Status"), "ServeSignature").text = "NOT_SIGNING"
        SubElement(root, "KeySigningKeys")

    answer: Answer = route53._xml_response("GetDNSSECResponse", build)
    return answer


def _with_children_and_regions(
    original: Callable[[Element], dict[str, Theirs]],
) -> Callable[[Element], dict[str, Theirs]]:
    """A health check's children and regions keep their values; MiniStack looks for them one level too deep."""

    def parse(element: Element) -> dict[str, Theirs]:
        configuration = original(element)
        for plural, singular in (("ChildHealthChecks", "ChildHealthCheck"), ("Regions", "Region")):
            group = route53._find(element, plural)
            if group is not None:
                configuration[plural] = [each.text or "" for each in route53._findall(group, singular)]
        return configuration

    return parse


def _with_lower_case_booleans(original: Callable[..., None]) -> Callable[..., None]:
    """`true`, not `True`: boto3 reads everything but `true` as false, so that no check would be inverted."""

    def build(parent: Element, health_check: dict[str, Theirs]) -> None:
        settings = {
            name: str(value).lower() if isinstance(value, bool) else value
            for name, value in health_check.get("config", {}).items()
        }
        original(parent, {**health_check, "config": settings})

    return build


# --- CloudWatch, which Terraform's provider speaks to in the query protocol ---


def alarm_settings(request: Mapping[str, Theirs]) -> dict[str, Theirs]:
    """Return what MiniStack does not take over from a request for a metric alarm, None for what it invents."""
    settings = {
        name: request[name]
        for name in ("Metrics", "ThresholdMetricId", "EvaluateLowSampleCountPercentile", "InsufficientDataActions")
        if name in request
    }
    if "Metrics" in request:
        return {**settings, **dict.fromkeys(("Period", "Statistic", "MetricName", "Namespace"))}
    if "ExtendedStatistic" in request:
        return {**settings, "Statistic": None}
    return settings


def _keeps_what_was_put(original: Callable[..., Answer]) -> Callable[..., Answer]:
    """A metric alarm keeps its metric math, and gets no statistic that it was not given."""

    def put(params: Mapping[str, Theirs], data: Mapping[str, Theirs], *protocol: bool) -> Answer:
        answer = original(params, data, *protocol)
        request = query_protocol.request(params, data, *protocol)
        alarm = cloudwatch._alarms.get(request.get("AlarmName"))
        if answer[0] == HTTPStatus.OK and alarm is not None:
            for name, value in alarm_settings(request).items():
                alarm.pop(name, None)
                if value is not None:
                    alarm[name] = value
        return answer

    return put


def _keeps_suppressor(original: Callable[..., Answer]) -> Callable[..., Answer]:
    """A composite alarm keeps its actions suppressor."""

    def put(params: Mapping[str, Theirs], data: Mapping[str, Theirs], *protocol: bool) -> Answer:
        answer = original(params, data, *protocol)
        request = query_protocol.request(params, data, *protocol)
        alarm = cloudwatch._composite_alarms.get(request.get("AlarmName"))
        if answer[0] == HTTPStatus.OK and alarm is not None:
            alarm.update({name: value for name, value in request.items() if name.startswith("ActionsSuppressor")})
        return answer

    return put


def _describes_in_full(original: Callable[..., Answer]) -> Callable[..., Answer]:
    """`DescribeAlarms` over the query protocol shows all that the JSON protocol shows."""

    def describe(params: Mapping[str, Theirs], data: Mapping[str, Theirs], *protocol: bool) -> Answer:
        if any(protocol):
            return original(params, data, *protocol)
        status, _, body = original({}, query_protocol.structure(params), is_cbor=False, is_json=True)
        if status != HTTPStatus.OK:
            return original(params, data, *protocol)  # the same error in the protocol's own words
        inner = query_protocol.render({"DescribeAlarmsResult": json.loads(body)})
        answer: Answer = cloudwatch._xml(200, "DescribeAlarmsResponse", inner)
        return answer

    return describe
