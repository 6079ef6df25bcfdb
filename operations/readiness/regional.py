"""Reads one region's deployment: each method makes one call, and returns a fact or raises."""

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from botocore.exceptions import ClientError

from contract.environment import Function
from contract.outputs import QueueKind
from contract.releases import LIVE_ALIAS
from handlers.faults import error_code
from operations.aws import Aws
from operations.readiness.model import SCHEDULED, FunctionState, Stage, Table, Throttle, Trigger
from operations.site import RegionSite, Site
from operations.topology.asking import UnknownError

_SAME_EVERYWHERE = ("Runtime", "Handler", "Architectures", "EphemeralStorage", "TracingConfig", "PackageType")
_ALL_METHODS = "*/*"
_FEEDING = (
    "BatchSize",
    "BisectBatchOnFunctionError",
    "DestinationConfig",
    "FilterCriteria",
    "FunctionResponseTypes",
    "MaximumBatchingWindowInSeconds",
    "MaximumRecordAgeInSeconds",
    "MaximumRetryAttempts",
    "ParallelizationFactor",
    "ScalingConfig",
    "StartingPosition",
)
_QUEUE_ATTRIBUTES = ("MessageRetentionPeriod", "RedrivePolicy", "SqsManagedSseEnabled", "VisibilityTimeout")
_NO_TRIGGER = Trigger("absent", {})


class DeploymentReader:
    """Reads one region of a site."""

    def __init__(self, site: Site, region: RegionSite, aws: Aws) -> None:
        self._site = site
        self._region = region
        self._aws = aws

    def prepare(self) -> None:
        """Create the clients in advance, which takes CPU time but no network call."""
        for service in ("lambda", "events", "sqs", "apigateway", "dynamodb"):
            self._client(service)

    def function(self, function: Function) -> FunctionState:
        """Read the code and configuration of the version that receives traffic."""
        name = self._region.function_names[function]
        described = self._client("lambda").get_function_configuration(FunctionName=name, Qualifier=LIVE_ALIAS)
        variables = described.get("Environment", {}).get("Variables", {})
        return FunctionState(
            code_sha256=described["CodeSha256"],
            memory_mb=described["MemorySize"],
            timeout_seconds=described["Timeout"],
            active=described["State"] == "Active" and described["LastUpdateStatus"] == "Successful",
            configuration={
                **{key: described.get(key) for key in _SAME_EVERYWHERE},
                "Layers": sorted(layer["Arn"] for layer in described.get("Layers", [])),
                **{f"variable {key}": self._neutral(value) for key, value in variables.items()},
            },
        )

    def reserved_concurrency(self, function: Function) -> int | None:
        """Read a function's reserved concurrency."""
        described = self._client("lambda").get_function_concurrency(FunctionName=self._region.function_names[function])
        reserved: int | None = described.get("ReservedConcurrentExecutions")
        return reserved

    def trigger(self, function: Function) -> Trigger:
        """Read what invokes a function that has no caller."""
        return self._schedule(function) if function in SCHEDULED else self._feed(function)

    def _schedule(self, function: Function) -> Trigger:
        events = self._client("events")
        try:
            name = self._region.function_names[function]  # a schedule rule has its function's name
            described = events.describe_rule(Name=name)
        except ClientError as error:
            if error_code(error) == "ResourceNotFoundException":
                return _NO_TRIGGER
            raise
        return Trigger(described["State"], {"schedule": described.get("ScheduleExpression")})

    def _feed(self, function: Function) -> Trigger:
        name = self._region.function_names[function]
        alias = f"{name}:{LIVE_ALIAS}"
        found = self._client("lambda").list_event_source_mappings(FunctionName=alias)["EventSourceMappings"]
        if len(found) != 1:
            return Trigger(f"{len(found)} sources instead of one", {}) if found else _NO_TRIGGER
        described = found[0]
        settings = {key: self._neutral(json.dumps(described.get(key), sort_keys=True)) for key in _FEEDING}
        return Trigger(described["State"], settings)

    def queue(self, kind: QueueKind) -> Mapping[str, str]:
        """Read a queue's retention, visibility timeout and redrive policy."""
        described = self._client("sqs").get_queue_attributes(
            QueueUrl=self._region.queue_urls[kind], AttributeNames=list(_QUEUE_ATTRIBUTES)
        )["Attributes"]
        return {name: self._neutral(described.get(name, "")) for name in _QUEUE_ATTRIBUTES}

    def account_concurrency(self) -> int:
        """Read the account's quota of concurrent executions."""
        return int(self._client("lambda").get_account_settings()["AccountLimit"]["ConcurrentExecutions"])

    def account_throttle(self) -> Throttle:
        """Read the account's limit of API requests."""
        described = self._client("apigateway").get_account()["throttleSettings"]
        return Throttle(rate=described["rateLimit"], burst=described["burstLimit"])

    def stage(self) -> Stage:
        """Read the API's stage; the API's URL names both."""
        url = urlsplit(self._region.execute_api_url)
        described = self._client("apigateway").get_stage(
            restApiId=str(url.hostname).partition(".")[0], stageName=url.path.strip("/")
        )
        settings: Mapping[str, Any] = described["methodSettings"]
        if _ALL_METHODS not in settings:
            raise UnknownError("the stage has no settings for all methods")
        everywhere = settings[_ALL_METHODS]
        return Stage(
            throttle=Throttle(rate=everywhere["throttlingRateLimit"], burst=everywhere["throttlingBurstLimit"]),
            configuration={"method settings": settings},
        )

    def table(self) -> Table:
        """Read the region's replica."""
        table = self._client("dynamodb").describe_table(TableName=self._site.table_name)["Table"]
        replicas = {each["RegionName"]: each["ReplicaStatus"] for each in table.get("Replicas", [])}
        return Table(
            active=table["TableStatus"] == "ACTIVE",
            replicas={name: status for name, status in replicas.items() if name != self._region.name},
            configuration={
                "keys": table["KeySchema"],
                "billing": table.get("BillingModeSummary", {}).get("BillingMode"),
                "stream": table.get("StreamSpecification"),
                "encryption": table.get("SSEDescription", {}).get("SSEType"),
                "deletion protection": table.get("DeletionProtectionEnabled", False),
            },
        )

    def _neutral(self, value: str) -> str:
        """Replace regional resource names in a value, so that both regions' values can be compared."""
        names = [each.name for each in self._site.regions.values()]
        if value in names or all(name in value for name in names):
            return value  # a region's name, or a value about both regions: must be the same in both
        peer = self._site.regions[self._region.role.peer].name
        own = value.replace(self._region.bucket_name, "<bucket>").replace(self._region.name, "<region>")
        return own.replace(peer, "<peer>")

    def _client(self, service: str) -> Any:  # noqa: ANN401 — boto3 makes its classes at run time
        return self._aws.client(service, self._region.name)
