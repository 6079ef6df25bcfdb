# ruff: noqa: SLF001 — MiniStack offers no public seams
"""Puts Route 53 together: its parts, what they share, and what they change in MiniStack."""

import sys
from collections.abc import Mapping
from typing import Any

from ministack.core import responses
from ministack.services import cloudwatch

from emulator.background_tasks import BackgroundTask
from emulator.clock import EmulatorClock
from emulator.faults import ActiveFaults
from emulator.regions import DEFAULT_REGION
from emulator.route53 import api, zones
from emulator.route53.checkers import Checkers
from emulator.route53.checks import AlarmData, AlarmDataOf
from emulator.route53.dns_server import DnsServer, DnsSockets
from emulator.route53.metrics import NAMESPACE, Datum, Metrics
from emulator.route53.probes import probe
from emulator.route53.shared_probes import SharedProbes
from emulator.route53.state import Route53State
from emulator.route53.statuses import Statuses


class Route53:
    """The parts to supervise, and the answers that other parts may want.

    Args:
        clock: Intervals, TTLs and the publishing rhythm are emulated seconds.
        faults: Who sees what, and whether CloudWatch is there to publish to.
        data_plane_port: Where the regions' addresses listen instead of 443.
        dns: The DNS server's sockets, bound before MiniStack was imported.
        alarm_data: What health checks of the type CLOUDWATCH_METRIC follow.
    """

    def __init__(
        self,
        *,
        clock: EmulatorClock,
        faults: ActiveFaults,
        data_plane_port: int,
        dns: DnsSockets,
        alarm_data: AlarmDataOf,
    ) -> None:
        self._state = Route53State()
        self._alarm_data = alarm_data
        self._reported: set[str] = set()
        self.statuses = Statuses(self._state.checks)
        published = Metrics(
            clock=clock, faults=faults, checks=self._state.checks, statuses=self.statuses, put=self._put_metrics
        )
        self.parts: tuple[BackgroundTask, ...] = (
            Checkers(
                clock=clock,
                faults=faults,
                checks=self._state.checks,
                statuses=self.statuses,
                resolve=self.answer,
                data_plane_port=data_plane_port,
                alarm_data=self._alarm_data_of_check,
                measured=published.measured,
                probe=SharedProbes(probe, clock=clock),
            ),
            DnsServer(sockets=dns, resolve=self.answer, report=self._report_once),
            published,
        )

    def install(self) -> None:
        """Change MiniStack; before it serves."""
        api.install(self.statuses)

    def answer(self, name: str, type_: str) -> zones.Answer:
        """Answer a DNS question as the DNS server does.

        Raises:
            UnansweredError: What is stored for the name is not emulated.
        """
        return zones.answer(self._state.zones(), name, type_, self.statuses.healthy, self._state.exists)

    def report(self) -> Mapping[str, Any]:
        """Return the status of every health check, for the emulator's own status."""
        return {check_id: self._shown(check_id) for check_id in self._state.checks()}

    def _shown(self, check_id: str) -> dict[str, Any]:
        check = self._state.checks()[check_id]
        shown: dict[str, Any] = {"type": check.type, "healthy": self.statuses.healthy(check_id)}
        if check.domain_name:
            shown["endpoint"] = f"{check.host_header}{check.path}"
        views = self.statuses.views(check_id).values()
        if views:
            shown["checkers"] = f"{sum(view.opinion.healthy for view in views)} of {len(views)} healthy"
        return shown

    def _alarm_data_of_check(self, check_id: str, region: str, name: str) -> AlarmData:
        account = self._state.accounts().get(check_id)
        return self._alarm_data(account, region, name) if account else "INSUFFICIENT_DATA"

    def _put_metrics(self, check_id: str, data: list[Datum]) -> None:
        account = self._state.accounts().get(check_id)
        if account is not None:
            with responses.request_scope(account, DEFAULT_REGION):
                request = {"Namespace": NAMESPACE, "MetricData": data}
                cloudwatch._put_metric_data({}, request, is_cbor=False, is_json=True)

    def _report_once(self, problem: str) -> None:
        """Say once why names are not answered: their queries may be many."""
        if problem not in self._reported:
            self._reported.add(problem)
            print(f"emulator: {problem}", file=sys.stderr, flush=True)
