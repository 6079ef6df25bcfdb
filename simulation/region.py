"""One simulated region: its replica, queues, bucket, parameters, functions and API, wired as the stack wires them."""

import json
from collections.abc import Callable, Mapping
from importlib import import_module

from contract import deadlines
from contract.environment import HANDLERS, Function, Variable
from contract.releases import DATA_FORMATS
from simulation.history import History
from simulation.kernel.loop import Kernel
from simulation.kernel.process import Process
from simulation.primitives.buckets import Bucket
from simulation.primitives.functions import (
    FIRST_VERSION,
    FunctionConfiguration,
    FunctionPool,
    Handler,
    ProcessClocks,
)
from simulation.primitives.gateway import ApiGateway, Https
from simulation.primitives.metrics import MetricReads
from simulation.primitives.network import Network
from simulation.primitives.parameters import ParameterStore
from simulation.primitives.queue_source import QueueSource
from simulation.primitives.queues import Queue, RegionalQueues
from simulation.primitives.schedules import Schedule
from simulation.primitives.service import Request, Service
from simulation.primitives.stream_reads import StreamReads
from simulation.primitives.streams import StreamSource
from simulation.primitives.strong_table import StrongReplica
from simulation.primitives.tables import Replica
from simulation.release_plane import SUFFIX, ReleasePlane, canary_table_name, release_targets
from simulation.shipped.hosts import Host, Routes

TABLE = f"payments-{SUFFIX}"
CONTROL_TABLE = f"payments-control-{SUFFIX}"

_FUNCTION_SECONDS = 20.0

PROFILES = {
    Function.PAYMENT_API: FunctionConfiguration(Function.PAYMENT_API, _FUNCTION_SECONDS, concurrency=100),
    Function.PROBES: FunctionConfiguration(Function.PROBES, _FUNCTION_SECONDS, concurrency=20),
    Function.RETRY_WORKER: FunctionConfiguration(Function.RETRY_WORKER, _FUNCTION_SECONDS, concurrency=10),
    Function.TRANSACTION_LOG: FunctionConfiguration(Function.TRANSACTION_LOG, _FUNCTION_SECONDS, concurrency=10),
    Function.PAYMENT_CANARY: FunctionConfiguration(Function.PAYMENT_CANARY, _FUNCTION_SECONDS, concurrency=10),
    Function.READINESS_CHECK: FunctionConfiguration(Function.READINESS_CHECK, _FUNCTION_SECONDS, concurrency=1),
    Function.TICKER: FunctionConfiguration(Function.TICKER, deadlines.TICKER_TIMEOUT_SECONDS, concurrency=4),
}


class SimulatedRegion:
    """Everything of the stack that runs in one of the two regions.

    Args:
        kernel: Time.
        network: What connects it to the others.
        name: The region.
        primary: The primary region, which may be this one.
        standby: The other one.
        replica: Its replica of the payments table.
        control: Its replica of the control table.
        clocks: How far its functions' clocks may be off.
        history: Where what happens goes.
        routes: AWS's endpoints in all regions; this one adds its own.
        https: What functions reach public endpoints by; this one adds its own.
    """

    def __init__(
        self,
        *,
        kernel: Kernel,
        network: Network,
        name: str,
        primary: str,
        standby: str,
        replica: Replica,
        control: StrongReplica,
        clocks: ProcessClocks,
        history: History,
        routes: dict[tuple[str, str], Callable[[Request], Service]],
        https: Https,
    ) -> None:
        self.name = name
        self.peer = standby if name == primary else primary
        self.replica = replica
        self.control = control
        self._kernel, self._network, self._history, self._routes, self._https = kernel, network, history, routes, https
        self._primary, self._standby = primary, standby
        self._random = kernel.random("region", name)
        self.queues = self._build_queues()
        self.bucket = Bucket(kernel, network, name, kernel.random("bucket", name))
        self.parameters = ParameterStore(name, self._parameter_values(), kernel.random("parameters", name))
        self.pools = {
            function: FunctionPool(kernel, name, profile, self._build(function), clocks)
            for function, profile in PROFILES.items()
        }
        self.releases = ReleasePlane(kernel, name, self.pools, clocks.epoch)
        self._add_routes(routes, clocks.epoch)
        self.gateway = ApiGateway(kernel, name, self.pools, kernel.random("gateway", name))
        https.gateways[name] = self.gateway
        self.stream = StreamSource(kernel, network, replica, self.pools[Function.TRANSACTION_LOG])
        QueueSource(kernel, network, self.queues.retry, self.pools[Function.RETRY_WORKER])
        Schedule(kernel, network, name, self.pools[Function.TICKER])

    @property
    def services(self) -> Mapping[str, Service]:
        """The services that faults can be put on, by what a person calls them."""
        return {
            "payments table": self.replica,
            "control table": self.control,
            "queue": self.queues.retry,
            "bucket": self.bucket,
            "parameters": self.parameters,
            "API": self.gateway,
            "Lambda's control plane": self.releases.aliases,
            "API Gateway's control plane": self.releases.deployments,
            "logs": self.releases.logs,
        }

    def _build_queues(self) -> RegionalQueues:
        def queue(kind: str) -> Queue:
            url = queue_url(kind, self.name)
            return Queue(self._kernel, self.name, url, self._kernel.random("queue", kind, self.name))

        queues = RegionalQueues(queue("retry"), queue("dead-letter"))
        queues.retry.visibility_seconds = 6 * _FUNCTION_SECONDS
        return queues

    def _parameter_values(self) -> dict[str, str]:
        prefix = f"/payments-{self.name}-{SUFFIX}"
        return {
            f"{prefix}/connection": f"dynamodb://{self.name}/{TABLE}",
            f"{prefix}/endpoints/own": f"https://{self.name}.api.example.com",
            f"{prefix}/endpoints/peer": f"https://{self.peer}.api.example.com",
            f"{prefix}/configuration": json.dumps({"recoveryPointSeconds": 300}),
        }

    def _add_routes(self, routes: dict[tuple[str, str], Callable[[Request], Service]], epoch: float) -> None:
        releases = self.releases
        tables: dict[str, Service] = {
            TABLE: self.replica,
            CONTROL_TABLE: self.control,
            canary_table_name(self.name): releases.canary_table,
        }

        def table(request: Request) -> Service:
            return tables[request["TableName"] if "TableName" in request else next(iter(request["RequestItems"]))]

        url = queue_url("stream-failure", self.name)
        failures = Queue(self._kernel, self.name, url, self._kernel.random("queue", url))
        url = queue_url("canary", self.name)
        canaries = Queue(self._kernel, self.name, url, self._kernel.random("queue", url))
        queues = {**self.queues.by_url, failures.url: failures, canaries.url: canaries}
        routes["dynamodb", self.name] = table
        routes["sqs", self.name] = lambda request: queues[request["QueueUrl"]]
        routes["s3", self.name] = lambda _: self.bucket
        routes["ssm", self.name] = lambda _: self.parameters
        stream = StreamReads(self._kernel, self.replica, self._kernel.random("stream reads", self.name), epoch=epoch)
        metrics = MetricReads(self._kernel, self.replica, self._kernel.random("metrics", self.name))
        routes["dynamodbstreams", self.name] = lambda _: stream
        routes["cloudwatch", self.name] = lambda _: metrics
        routes["lambda", self.name] = lambda _: releases.aliases
        routes["apigateway", self.name] = lambda _: releases.deployments
        routes["logs", self.name] = lambda _: releases.logs

    def variables(self, function: Function, version: str = FIRST_VERSION) -> dict[str, str]:
        """Return the environment variables of a function's version."""
        prefix = f"/payments-{self.name}-{SUFFIX}"
        is_canary = function is Function.PAYMENT_CANARY
        return {
            Variable.REGION: self.name,
            Variable.TABLE_NAME: canary_table_name(self.name) if is_canary else TABLE,
            Variable.CONTROL_TABLE_NAME: canary_table_name(self.name) if is_canary else CONTROL_TABLE,
            Variable.PRIMARY_REGION: self._primary,
            Variable.STANDBY_REGION: self._standby,
            Variable.RETRY_QUEUE_URL: queue_url("canary" if is_canary else "retry", self.name),
            Variable.PEER_RETRY_QUEUE_URL: queue_url("retry", self.peer),
            Variable.DEAD_LETTER_QUEUE_URL: queue_url("dead-letter", self.name),
            Variable.BUCKET_NAME: f"payments-{self.name}-{SUFFIX}",
            Variable.ALLOW_CARD_NUMBERS: "false",
            Variable.PAYMENT_RECEIPTS: "true",
            Variable.CONNECTION_STRING_PARAMETER: f"{prefix}/connection",
            Variable.ENDPOINT_PARAMETER: f"{prefix}/endpoints/own",
            Variable.CONFIGURATION_PARAMETER: f"{prefix}/configuration",
            Variable.RELEASE: f"release-{version}",
            Variable.RELEASE_TARGETS: release_targets((self._primary, self._standby)),
            Variable.DATA_FORMATS: DATA_FORMATS.text(),
            Variable.SERVICE: function,
        }

    def _build(self, function: Function) -> Callable[[Process], Handler]:
        module_name, _, name = HANDLERS[function].rpartition(".")
        variables = {FIRST_VERSION: self.variables(function)}

        def build(process: Process) -> Handler:
            version = process.version
            if version not in variables:
                variables[version] = self.variables(function, version)
            process.host = self.host(process, variables[version])
            handler: Handler = getattr(import_module(module_name), name)
            return handler

        return build

    def host(self, process: Process, variables: Mapping[str, str]) -> Host:
        """Return the surroundings of a process in this region."""
        routes: Routes = self._routes
        host = Host(process, self._network, self._https, routes, self._history, self._random, variables)
        host.logs = self.releases.logs
        return host


def queue_url(kind: str, region: str) -> str:
    """Return the URL of a queue."""
    return f"https://sqs.{region}.amazonaws.com/123456789012/{kind}-{region}-{SUFFIX}"
