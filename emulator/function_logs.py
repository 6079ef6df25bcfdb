# ruff: noqa: SLF001 — MiniStack offers no public seams
"""What functions print: it reaches CloudWatch Logs as far as the function's role allows, and metrics come out of it.

MiniStack creates a log group whenever a function has run. On AWS the function's role must allow it, so a group that
was destroyed stays away (FACTS 4.5).
"""

import time
from collections import defaultdict
from collections.abc import Callable

from ministack.core import lambda_runtime
from ministack.core.responses import get_account_id, get_region, request_scope
from ministack.services import cloudwatch, cloudwatch_logs, lambda_svc

from emulator.embedded_metrics import Datum, metric_data
from emulator.execution_role import ExecutionRole
from emulator.faults import ActiveFaults
from emulator.patching import Theirs, wrap

Configuration = dict[str, Theirs]


class FunctionLogs:
    """Takes over what MiniStack does with a function's output.

    Args:
        faults: Says which services are reached.
    """

    def __init__(self, faults: ActiveFaults) -> None:
        self._faults = faults

    def install(self) -> None:
        """Store only what the function's role allows, and publish its metrics."""
        wrap(lambda_svc, "_emit_lambda_logs", self._storing_as_allowed)

    def store(self, configuration: Configuration, request_id: str, text: str) -> None:
        """Store what an invocation has printed so far, in a log stream of its own."""
        with request_scope(*lambda_runtime._account_region_from_function_config(configuration)):
            if self._takes(configuration):
                _append(_group_of(configuration), f"running/{request_id}", text)
                self._publish(text)

    def _storing_as_allowed(self, original: Callable[..., None]) -> Callable[..., None]:
        def store(function: dict[str, Theirs], request_id: str, text: str, *result: Theirs, **more: Theirs) -> None:
            if self._takes(function.get("config") or function):
                original(function, request_id, text, *result, **more)
                self._publish(text)

        return store

    def _takes(self, configuration: Configuration) -> bool:
        return self._faults.reachable(get_region(), "logs") and _may_log(configuration)

    def _publish(self, text: str) -> None:
        """Put the metrics embedded in a function's output into CloudWatch, in the region of the running function."""
        if not self._faults.reachable(get_region(), "monitoring"):
            return
        by_namespace: defaultdict[str, list[Datum]] = defaultdict(list)
        for line in text.splitlines():
            for namespace, datum in metric_data(line):
                by_namespace[namespace].append(datum)
        for namespace, data in by_namespace.items():
            request = {"Namespace": namespace, "MetricData": data}
            cloudwatch._put_metric_data({}, request, is_cbor=False, is_json=True)


def _append(group: str, stream: str, text: str) -> None:
    names = {"logGroupName": group, "logStreamName": stream}
    if group not in cloudwatch_logs._log_groups:
        cloudwatch_logs._create_log_group(names)
    if stream not in cloudwatch_logs._log_groups[group]["streams"]:
        cloudwatch_logs._create_log_stream(names)
    now = int(1000 * time.time())
    events = [{"timestamp": now, "message": line} for line in text.splitlines()]
    cloudwatch_logs._put_log_events({**names, "logEvents": events})


def _group_of(configuration: Configuration) -> str:
    group = (configuration.get("LoggingConfig") or {}).get("LogGroup")
    return str(group or f"/aws/lambda/{configuration['FunctionName']}")


def _may_log(configuration: Configuration) -> bool:
    group = _group_of(configuration)
    needed = ["logs:CreateLogStream", "logs:PutLogEvents"]
    if group not in cloudwatch_logs._log_groups:
        needed.append("logs:CreateLogGroup")
    region = get_region()
    role = ExecutionRole(configuration, region)
    # AWS checks the group's creation, too, on an ARN that ends in a log stream: policies name "<group ARN>:*".
    stream = f"arn:aws:logs:{region}:{get_account_id()}:log-group:{group}:log-stream:any"
    return all(role.allows(action, stream) for action in needed)
