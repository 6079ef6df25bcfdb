# ruff: noqa: SLF001 — MiniStack offers no public seams
"""What functions print: it reaches CloudWatch Logs as far as the function's role allows, and metrics come out of it.

Each execution environment has a log stream of its own, in which every invocation stands between its START and its
REPORT line. MiniStack makes a stream for each invocation, and a log group whenever a function has run; on AWS the
function's role must allow that, so a group that was destroyed stays away (FACTS 4.5).
"""

import time
from collections import defaultdict
from collections.abc import Callable, Iterable
from itertools import count

from ministack.core import lambda_runtime
from ministack.core.responses import get_account_id, get_region, request_scope
from ministack.services import cloudwatch, cloudwatch_logs, lambda_svc

from emulator.cloudwatch.embedded_metrics import Datum, metric_data
from emulator.faults import ActiveFaults
from emulator.functions import worker_runs
from emulator.functions.execution_role import ExecutionRole
from emulator.logs import platform_lines
from emulator.logs.platform_lines import EXIT_ERROR, InvocationReport
from emulator.patching import Theirs, wrap

Configuration = dict[str, Theirs]


class FunctionLogs:
    """Takes over what MiniStack does with a function's output.

    Args:
        faults: Says which services are reached.
    """

    def __init__(self, faults: ActiveFaults) -> None:
        self._faults = faults
        self._begun: set[str] = set()
        """The requests of which something is stored while they run."""

    def install(self) -> None:
        """Store only what the function's role allows, and publish its metrics."""
        wrap(lambda_svc, "_emit_lambda_logs", self._storing_as_allowed)

    def store(self, worker: Theirs, request_id: str, text: str) -> None:
        """Store what an invocation has printed so far."""
        configuration = worker.config
        with request_scope(*lambda_runtime._account_region_from_function_config(configuration)):
            if self._takes(configuration):
                append_events(
                    _group_of(configuration),
                    worker_runs.stream_of(worker),
                    [*self._start(configuration, request_id), *text.splitlines()],
                )
                self._begun.add(request_id)
                self._publish(text)

    def _start(self, configuration: Configuration, request_id: str) -> list[str]:
        known = request_id in self._begun
        return [] if known else [platform_lines.start_line(request_id, configuration.get("Version", "$LATEST"))]

    def _storing_as_allowed(self, _original: Callable[..., None]) -> Callable[..., None]:
        def store(
            function: dict[str, Theirs], request_id: str, text: str, _failed: Theirs, milliseconds: int, **_: Theirs
        ) -> None:
            configuration = function.get("config") or function
            if self._takes(configuration):
                run = worker_runs.run_of(request_id)
                stream = worker_runs.stream_of(run.worker if run else _NoWorker(configuration))
                report = run.report() if run else _report(configuration, request_id, milliseconds)
                printed, failure = (run.output, run.failure) if run else (text, "")
                if platform_lines.is_exit(text) and not failure:  # an injected crash, after what the function did
                    report, printed, failure = report.exited(), run.output if run else "", f"{text}\n{EXIT_ERROR}"
                messages = [
                    *self._start(configuration, request_id),
                    *printed.splitlines(),
                    *([failure] if failure else []),
                    platform_lines.end_line(request_id),
                    report.line(),
                ]
                append_events(_group_of(configuration), stream, messages)
                self._publish(printed)
            self._begun.discard(request_id)

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


class _NoWorker:
    """Stands for the execution environment of an invocation that got none, or of an executor without workers."""

    def __init__(self, configuration: Configuration) -> None:
        self.config = configuration


def _report(configuration: Configuration, request_id: str, milliseconds: float) -> InvocationReport:
    return InvocationReport(request_id, milliseconds, int(configuration.get("MemorySize", 128)), 0)


_numbers = count(1)


def append_events(group: str, stream: str, messages: Iterable[str]) -> None:
    """Append lines to a stream of a log group in the present region; make both where they are not there."""
    names = {"logGroupName": group, "logStreamName": stream}
    if group not in cloudwatch_logs._log_groups:
        cloudwatch_logs._create_log_group(names)
    if stream not in cloudwatch_logs._log_groups[group]["streams"]:
        cloudwatch_logs._create_log_stream(names)
    now = int(1000 * time.time())
    events = [
        {"timestamp": now, "message": line, "ingestionTime": now, "eventId": f"{next(_numbers):056d}"}
        for line in messages
    ]
    cloudwatch_logs._append_log_events(cloudwatch_logs._log_groups[group]["streams"][stream], events)
    cloudwatch_logs._fanout_to_subscription_filters(group, stream, events)


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
