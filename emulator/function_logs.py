# ruff: noqa: SLF001 — MiniStack offers no public seams
"""What functions print: it reaches CloudWatch Logs as far as the function's role allows, and metrics come out of it.

MiniStack creates a log group whenever a function has run. On AWS the function's role must allow it, so a group that
was destroyed stays away (FACTS 4.5).
"""

from collections import defaultdict
from collections.abc import Callable

from ministack.core.responses import get_account_id, get_region
from ministack.services import cloudwatch, cloudwatch_logs, lambda_svc

from emulator.clock import Timeline
from emulator.embedded_metrics import Datum, in_emulated_time, metric_data
from emulator.execution_role import ExecutionRole
from emulator.faults import Faults
from emulator.patching import Theirs, wrap


def install(timeline: Timeline, faults: Faults) -> None:
    """Take over what MiniStack does with a function's output; the timeline turns durations into emulated ones."""

    def store_as_allowed(original: Callable[..., None]) -> Callable[..., None]:
        def store(function: dict[str, Theirs], request_id: str, text: str, *result: Theirs, **more: Theirs) -> None:
            configuration = function.get("config") or function
            if faults.reachable(get_region(), "logs") and _may_log(configuration):
                original(function, request_id, text, *result, **more)
                if faults.reachable(get_region(), "monitoring"):
                    _publish_metrics(text, timeline)

        return store

    wrap(lambda_svc, "_emit_lambda_logs", store_as_allowed)


def _publish_metrics(text: str, timeline: Timeline) -> None:
    """Put the metrics embedded in a function's output into CloudWatch, in the region of the running function."""
    by_namespace: defaultdict[str, list[Datum]] = defaultdict(list)
    for line in text.splitlines():
        for namespace, datum in metric_data(line):
            by_namespace[namespace].append(in_emulated_time(datum, timeline))
    for namespace, data in by_namespace.items():
        request = {"Namespace": namespace, "MetricData": data}
        cloudwatch._put_metric_data({}, request, is_cbor=False, is_json=True)


def _may_log(configuration: dict[str, Theirs]) -> bool:
    group = (configuration.get("LoggingConfig") or {}).get("LogGroup")
    group = group or f"/aws/lambda/{configuration['FunctionName']}"
    needed = ["logs:CreateLogStream", "logs:PutLogEvents"]
    if group not in cloudwatch_logs._log_groups:
        needed.append("logs:CreateLogGroup")
    region = get_region()
    role = ExecutionRole(configuration, region)
    # AWS checks the group's creation, too, on an ARN that ends in a log stream: policies name "<group ARN>:*".
    stream = f"arn:aws:logs:{region}:{get_account_id()}:log-group:{group}:log-stream:any"
    return all(role.allows(action, stream) for action in needed)
