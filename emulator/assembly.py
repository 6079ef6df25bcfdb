"""Puts the emulator together: what is changed in MiniStack, which parts run, and who knows whom.

Imported only once MiniStack's environment is ready, which it reads while it is imported.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from hypercorn.config import Config
from ministack import app
from ministack.core import iam_evaluator

from emulator import ministack_fixes
from emulator.apigateway import access_logs, api_integrations, data_plane, resource_policies
from emulator.apigateway.api_snapshots import ApiSnapshots
from emulator.background_tasks import BackgroundTask, Parts, Report
from emulator.certificates import Certificates
from emulator.clock import ScaledEmulatorClock
from emulator.cloudwatch import alarms
from emulator.cloudwatch.alarms import AlarmEvaluator
from emulator.cloudwatch.alarms.health_check_data import alarm_data
from emulator.cloudwatch.service_metrics import ServiceMetrics
from emulator.connections import Connections
from emulator.control.service import Control
from emulator.dynamodb.recovery.service import TableRecovery
from emulator.dynamodb.strong_consistency.service import StrongConsistency
from emulator.events import schedules
from emulator.faults import ActiveFaults, Mode
from emulator.functions import (
    alias_rules,
    aliases,
    event_sources,
    qualified_policies,
    retired_workers,
    reused_threads,
    versions,
    workers,
)
from emulator.functions.function_faults import FunctionFaults
from emulator.functions.worker_starts import WorkerStarts
from emulator.gateway import Gateway
from emulator.iam import iam_details, leading_keys, policy_cache
from emulator.iam.iam_denials import Refusals
from emulator.listeners import Listeners
from emulator.logs import log_reading
from emulator.logs.function_logs import FunctionLogs
from emulator.logs.live_logs import LiveLogs
from emulator.outage import DATA_PLANE, RequestFaults
from emulator.patching import wrap
from emulator.region_listeners import Doors
from emulator.regions import ADDRESSES
from emulator.replication.part import Replication
from emulator.route53.dns_server import DnsSockets
from emulator.route53.service import Route53
from emulator.s3 import object_lock
from emulator.s3.batch_replication import BatchReplication
from emulator.scheduler import service as event_scheduler
from emulator.scheduler.calls import RoleCalls
from emulator.settings import EmulatorSettings

_CHANGES = (
    *(data_plane, resource_policies, leading_keys, iam_details, ministack_fixes, policy_cache),
    *(retired_workers, schedules),
    *(aliases, alias_rules, versions, qualified_policies, log_reading, reused_threads),
    *(event_scheduler, object_lock),
)
"""What is changed in MiniStack whatever the settings are."""


def assemble(
    *,
    settings: EmulatorSettings,
    listeners: Listeners,
    dns: DnsSockets,
    certificates: Certificates,
    configuration: Config,
    directory: Path,
    ready: Callable[[], None],
    failed: Callable[[], None],
) -> Gateway:
    """Change MiniStack, and make what runs around it; return the application to serve.

    Args:
        settings: How this emulator behaves.
        listeners: The bound sockets.
        dns: The DNS server's, bound as well.
        certificates: Who the data plane is.
        configuration: Hypercorn's, for every listener.
        directory: Where files may be kept.
        ready: Called once everything serves.
        failed: Called when a part fails; it ends the emulator.
    """
    clock, faults = ScaledEmulatorClock(settings.time_scale), ActiveFaults(seed=settings.seed)
    connections, functions = Connections(), FunctionFaults(faults)
    outage = RequestFaults(faults=faults, clock=clock, connections=connections)
    service_metrics = ServiceMetrics(clock=clock, faults=faults)
    parts = Parts(failed=failed)
    gateway = Gateway(outage=outage, parts=parts, ready=ready)

    wrap(app, "pin_request_origin", _secure_origin)
    wrap(iam_evaluator, "pin_request_origin", _secure_origin)
    refusals = Refusals()
    for each in (*_CHANGES, ApiSnapshots(), refusals):
        each.install()
    function_logs = FunctionLogs(faults)
    function_logs.install()
    live_logs = LiveLogs(clock=clock, store=function_logs.store)
    live_logs.install()
    event_sources.install(service_metrics.functions.batch_sent)
    api_integrations.install(faults=faults)
    access_logs.install(faults=faults)
    starts = WorkerStarts(lambda region: faults.reachable(region, "lambda"))
    workers.install(directory, certificates.ca_file, listeners.data_plane_port, starts)
    for part_of_requests in (connections, functions, outage, service_metrics):
        part_of_requests.install()
    alarms.install(faults=faults)

    replication = Replication(clock=clock, faults=faults, lag=settings.replication_lag)
    replication.install()
    BatchReplication(replication.buckets).install()
    strong_consistency = StrongConsistency(
        clock=clock,
        faults=faults,
        latency_seconds=settings.strong_latency_seconds,
        catch_up_seconds=settings.catch_up_seconds,
    )
    strong_consistency.install()
    recovery = TableRecovery(clock=clock, faults=faults, delay_seconds=settings.recovery_delay_seconds)
    recovery.install()
    evaluator = AlarmEvaluator(clock=clock, faults=faults)
    route53 = Route53(
        clock=clock,
        faults=faults,
        data_plane_port=listeners.data_plane_port,
        dns=dns,
        alarm_data=alarm_data(clock=clock, faults=faults),
    )
    route53.install()

    def mode_of(region: str) -> Mode:
        return faults.behaviour(region, DATA_PLANE).mode

    doors = Doors(
        "data plane",
        dict(zip(ADDRESSES, listeners.data_plane, strict=True)),
        application=gateway,
        configuration=configuration,
        tls=certificates.server_context(),
        mode_of=mode_of,
    )

    async def apply() -> None:
        functions.apply()
        starts.wake()
        connections.apply({address: mode_of(region) for region, address in ADDRESSES.items()})
        await doors.apply()  # nobody comes back in before what is lost is cut
        outage.apply()

    def status() -> dict[str, Any]:
        shown = [fault.shown() for fault in faults.active]
        return {"time_scale": clock.scale, "faults": shown, **parts.status()}

    def set_time_scale(scale: float) -> None:
        clock.set_scale(scale)
        replication.wake()  # all others sleep by the clock

    control = Control(faults=faults, apply=apply, status=status, set_time_scale=set_time_scale)
    running: tuple[BackgroundTask, ...] = (
        doors,
        replication,
        service_metrics,
        evaluator,
        live_logs,
        recovery.jobs,
        schedules.Schedules(clock=clock, faults=faults, waits=starts.waits),
        event_scheduler.EventScheduler(clock=clock, faults=faults, make=RoleCalls(listeners.api_url).make),
        *route53.parts,
        Doors("control", {"control": listeners.control}, application=control, configuration=configuration),
    )
    for part in running:
        parts.add(part)
    reports: dict[str, Report] = {
        "refusals": refusals.report,
        "connections": connections.report,
        "replication": replication.report,
        "strong_consistency": strong_consistency.report,
        "table_recovery": recovery.report,
        "alarms": evaluator.report,
        "health_checks": route53.report,
    }
    for name, report in reports.items():
        parts.report(name, report)
    return gateway


def _secure_origin(original: Callable[..., None]) -> Callable[..., None]:
    def pin(source_ip: str, secure_transport: bool) -> None:  # noqa: ARG001, FBT001 — MiniStack's signature
        # The API's port is plain HTTP, but loopback only: nothing can listen in. Counted as insecure, it would meet
        # the "deny without TLS" policies that belong on every queue and bucket, and Terraform with it.
        original(source_ip, True)  # noqa: FBT003

    return pin
