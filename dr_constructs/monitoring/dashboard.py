"""The dashboard: what a person woken at 3 a.m. needs, in the order in which they need it."""

import json
from collections.abc import Callable, Mapping, Sequence

from cdktf_cdktf_provider_aws.cloudwatch_dashboard import CloudwatchDashboard
from constructs import Construct

from contract.environment import Function, Metric
from contract.names import global_name
from contract.objectives import BACKUP_AGE_SECONDS, HEARTBEAT_AGE_SECONDS
from dr_constructs.monitoring.alarms.api import (
    CLIENT_ERROR_RATE_THRESHOLD,
    ERROR_RATE_THRESHOLD,
    LATENCY_THRESHOLD_MILLISECONDS,
)
from dr_constructs.monitoring.alarms.queues import RETRY_AGE_THRESHOLD_SECONDS
from dr_constructs.monitoring.alarms.replication import OBJECT_LAG_THRESHOLD_SECONDS
from dr_constructs.monitoring.alarms.writer import CLOSED_THRESHOLD_SECONDS
from dr_constructs.monitoring.dashboard_guide import first_steps
from dr_constructs.monitoring.quiet_widgets import quiet_row
from dr_constructs.monitoring.watched import MonitoredChecks, MonitoredRegion, WatchedMetric, health_check_metric
from dr_constructs.monitoring.widgets import GraphLine, Statistic, Threshold, Widget, alarm_status, graph, lay_out, text
from dr_constructs.region import Region


class Dashboard(Construct):
    """Shows both regions side by side; CloudWatch serves it in every region, whichever one it was made from."""

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        region: Region,
        suffix: str,
        primary: MonitoredRegion,
        standby: MonitoredRegion,
        alarm_arns: Mapping[str, Sequence[str]],
        lag_threshold_seconds: int,
        health_checks: MonitoredChecks | None = None,
    ) -> None:
        """`alarm_arns` gives one status widget for each {title: ARNs}; `health_checks` are absent without a domain."""
        super().__init__(scope, id_)
        self._regions = (primary, standby)
        rows = [
            [text(first_steps(suffix, primary, standby, has_dns=health_checks is not None), height=9)],
            [alarm_status(title, arns, height=7) for title, arns in alarm_arns.items()],
            self._writer(),
            [*self._health(health_checks), *self._payments()],
            self._replication(lag_threshold_seconds),
            self._api(),
            quiet_row(self._regions),
            self._functions(),
            self._queues(),
            self._objects(),
        ]
        self.dashboard = CloudwatchDashboard(
            self,
            "dashboard",
            provider=region.provider,
            dashboard_name=global_name("payments-dr", suffix),
            dashboard_body=json.dumps({"start": "-PT3H", "widgets": lay_out(rows)}),
        )

    def _writer(self) -> list[Widget]:
        states = {
            "unknown": Metric.WRITER_UNKNOWN,
            "held": Metric.WRITER_HELD,
            "unattended takeover off": Metric.AUTOMATIC_OFF,
            "takeover withheld": Metric.TAKEOVER_WITHHELD,
            "owns it, open": Metric.OWNS_WRITER,
            "region unfit": Metric.REGION_UNFIT,
            "no region fit": Metric.NO_REGION_FIT,
            "glass broken": Metric.GLASS_BROKEN,
        }
        return [
            graph(
                "Nobody may store payments",
                "s",
                self._each(
                    lambda one: one.business_metric(Function.TICKER, Metric.WRITER_CLOSED), "Maximum", "seen from {}"
                ),
                threshold=Threshold(f"{CLOSED_THRESHOLD_SECONDS} s", CLOSED_THRESHOLD_SECONDS),
            ),
            *(
                graph(
                    f"The writer as {one.region.name} sees it (1 yes, 0 no)",
                    "state",
                    [
                        GraphLine(one.business_metric(Function.TICKER, metric), label, "Maximum")
                        for label, metric in states.items()
                    ],
                )
                for one in self._regions
            ),
        ]

    def _health(self, checks: MonitoredChecks | None) -> list[Widget]:
        if checks is None:
            return []
        named = {
            "primary says it is the writer": checks.primary_writer,
            "standby's /health": checks.standby_health,
            "serving (1: DNS says primary)": checks.serving,
        }
        return [
            graph(
                "Health checks (1 healthy, 0 not)",
                "status",
                [GraphLine(health_check_metric(check), label, "Minimum") for label, check in named.items()],
            )
        ]

    def _payments(self) -> list[Widget]:
        watched = {
            "stored": (Function.PAYMENT_API, Metric.PAYMENT_STORED),
            "queued": (Function.PAYMENT_API, Metric.PAYMENT_QUEUED),
            "refused": (Function.PAYMENT_API, Metric.PAYMENT_REFUSED),
            "retried": (Function.RETRY_WORKER, Metric.PAYMENT_RETRIED),
            "forwarded": (Function.RETRY_WORKER, Metric.PAYMENT_FORWARDED),
            "parked": (Function.RETRY_WORKER, Metric.PAYMENT_PARKED),
            "changed or deleted": (Function.TRANSACTION_LOG, Metric.PAYMENTS_CHANGED),
        }
        return [
            graph(
                f"Payments in {one.region.name} ({one.region.role})",
                "per minute",
                [GraphLine(one.business_metric(*source), label, "Sum") for label, source in watched.items()],
            )
            for one in self._regions
        ]

    def _replication(self, lag_threshold_seconds: int) -> list[Widget]:
        return [
            graph(
                "Table replication lag",
                "ms",
                self._both_directions(lambda here, peer: here.replication_lag_to(peer)),
                threshold=Threshold(f"{lag_threshold_seconds} s", lag_threshold_seconds * 1000),
            ),
            graph(
                "Age of the peer's heartbeat",
                "s",
                self._each(
                    lambda one: one.business_metric(Function.TICKER, Metric.HEARTBEAT_AGE), "Maximum", "seen from {}"
                ),
                threshold=Threshold(f"{HEARTBEAT_AGE_SECONDS} s", HEARTBEAT_AGE_SECONDS),
            ),
        ]

    def _api(self) -> list[Widget]:
        return [
            graph("API requests", "per minute", self._each(lambda one: one.api_metric("Count"), "Sum")),
            graph(
                "API 5xx rate",
                "share",
                self._each(lambda one: one.api_metric("5XXError"), "Average"),
                threshold=Threshold(f"{ERROR_RATE_THRESHOLD:.0%}", ERROR_RATE_THRESHOLD),
            ),
            graph(
                "API 4xx rate",
                "share",
                self._each(lambda one: one.api_metric("4XXError"), "Average"),
                threshold=Threshold(f"{CLIENT_ERROR_RATE_THRESHOLD:.0%}", CLIENT_ERROR_RATE_THRESHOLD),
            ),
            graph(
                "API latency (p99)",
                "ms",
                self._each(lambda one: one.api_metric("Latency"), "p99"),
                threshold=Threshold(f"{LATENCY_THRESHOLD_MILLISECONDS} ms", LATENCY_THRESHOLD_MILLISECONDS),
            ),
        ]

    def _functions(self) -> list[Widget]:
        return [
            graph(
                f"Function {name.lower()} in {one.region.name}",
                "per minute",
                [GraphLine(one.function_metric(function, name), function, "Sum") for function in one.functions],
            )
            for one in self._regions
            for name in ("Errors", "Throttles")
        ]

    def _queues(self) -> list[Widget]:
        depths = [
            graph(
                f"Messages waiting in {one.region.name}",
                "messages",
                [
                    GraphLine(one.queue_metric(queue, "ApproximateNumberOfMessagesVisible"), label, "Maximum")
                    for label, queue in {
                        "retry": one.retry_queue,
                        "dead letters": one.dead_letter_queue,
                        "stream failures": one.stream_failures_queue,
                    }.items()
                ]
                + [
                    GraphLine(
                        one.queue_metric(one.retry_queue, "ApproximateNumberOfMessagesNotVisible"),
                        "retry, received and not stored",
                        "Maximum",
                    )
                ],
            )
            for one in self._regions
        ]
        age = graph(
            "Age of the oldest payment to retry",
            "s",
            self._each(lambda one: one.queue_metric(one.retry_queue, "ApproximateAgeOfOldestMessage"), "Maximum"),
            threshold=Threshold(f"{RETRY_AGE_THRESHOLD_SECONDS} s", RETRY_AGE_THRESHOLD_SECONDS),
        )
        return [*depths, age]

    def _objects(self) -> list[Widget]:
        return [
            graph(
                "Object replication lag",
                "s",
                self._both_directions(
                    lambda here, peer: peer.objects_received_metric("ReplicationLatency", sender=here)
                ),
                threshold=Threshold(f"{OBJECT_LAG_THRESHOLD_SECONDS} s", OBJECT_LAG_THRESHOLD_SECONDS),
            ),
            graph(
                "Object bytes pending",
                "bytes",
                self._both_directions(
                    lambda here, peer: peer.objects_received_metric("BytesPendingReplication", sender=here)
                ),
            ),
            graph(
                "Transaction log behind the stream",
                "ms",
                self._each(lambda one: one.function_metric(Function.TRANSACTION_LOG, "IteratorAge"), "Maximum"),
            ),
            graph(
                "Age of the newest backups",
                "s",
                self._each(
                    lambda one: one.business_metric(Function.TRANSACTION_LOG, Metric.BACKUP_AGE), "Maximum", "in {}"
                ),
                threshold=Threshold(f"{BACKUP_AGE_SECONDS // 3600} h", BACKUP_AGE_SECONDS),
            ),
        ]

    def _each(
        self, metric: Callable[[MonitoredRegion], WatchedMetric], statistic: Statistic, label: str = "{}"
    ) -> list[GraphLine]:
        return [GraphLine(metric(one), label.format(one.region.name), statistic) for one in self._regions]

    def _both_directions(self, metric: Callable[[MonitoredRegion, MonitoredRegion], WatchedMetric]) -> list[GraphLine]:
        primary, standby = self._regions
        return [
            GraphLine(metric(here, peer), f"{here.region.name} → {peer.region.name}", "Maximum")
            for here, peer in ((primary, standby), (standby, primary))
        ]
