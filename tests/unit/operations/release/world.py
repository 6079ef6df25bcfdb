"""What a release moves, in memory: control table, aliases, stages, canaries and logs of both regions."""

import io
import json
import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import ClientError, EndpointConnectionError

from contract.environment import Function
from contract.releases import DATA_FORMATS
from contract.roles import Role
from handlers.releases.item import Release
from handlers.tickers.memory import TickerMemory
from operations.release.reading import ReleaseReader
from operations.release.release_controls import ReleaseControls
from operations.site import Site
from operations.topology.asking import Asker, UnknownError
from operations.topology.readings import Known
from tests.unit.fake_clock import FakeClock
from tests.unit.operations.plans.topologies import NAMES, SITE, open_in

RELEASABLE: Site = SITE.model_copy(
    update={
        "regions": {
            role: region.model_copy(update={"rest_api_id": f"api-{role}", "canary_table_name": f"canary-{role}"})
            for role, region in SITE.regions.items()
        },
        "kept_versions": 2,
    }
)
OLD, NEW = "1", "2"
NOW = 1_769_864_400.0
AT_ONCE = Asker(in_background=lambda work: work())
"""Asks one after the other: threads would take more time than the work."""
Answering = Callable[[dict[str, Any]], dict[str, Any]]


class KilledError(BaseException):
    """The driver's process is killed: nothing catches it."""


def refusal(code: str, operation: str, **more: Any) -> ClientError:
    """Return an error as AWS gives it."""
    response: Any = {"Error": {"Code": code, "Message": "no"}, **more}
    return ClientError(response, operation)


@dataclass
class ReleaseWorld:
    """Both regions; `before_call` is asked before each call and may raise."""

    clock: FakeClock = field(default_factory=lambda: FakeClock(NOW))
    items: dict[str, dict[str, Any]] = field(default_factory=lambda: {"writer": open_in().item()})
    canary: dict[str, dict[str, Any]] = field(default_factory=dict)
    aliases: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)
    versions: dict[tuple[str, str], list[str]] = field(default_factory=dict)
    stages: dict[str, str] = field(default_factory=lambda: dict.fromkeys(NAMES.values(), "d0"))
    deployments: dict[str, dict[str, str]] = field(
        default_factory=lambda: {name: {"d0": ""} for name in NAMES.values()}
    )
    formats: dict[str, str] = field(default_factory=lambda: {OLD: DATA_FORMATS.text(), NEW: DATA_FORMATS.text()})
    codes: dict[tuple[str, str], str] = field(default_factory=dict)
    answers: dict[str, Answering] = field(default_factory=dict)
    """How a version of the canary answers, if not as it should."""
    lines: dict[str, list[str]] = field(default_factory=dict)
    """What each version's log holds, in each region."""
    down: set[str] = field(default_factory=set)
    calls: Counter[str] = field(default_factory=Counter)
    before_call: Callable[[str, str], None] = lambda *_: None
    unhealthy: set[Role] = field(default_factory=set)
    invoked_directly: bool = False
    """Whether the APIs may invoke the functions themselves, as in a stack from before releases."""
    idle_tickers: set[str] = field(default_factory=set)
    """The versions whose tickers claim their regions, and do nothing more."""

    def __post_init__(self) -> None:
        for region in RELEASABLE.regions.values():
            for name in region.function_names.values():
                self.aliases[region.name, name] = {"version": OLD, "weights": {}, "revision": 1}
                self.versions[region.name, name] = [OLD, NEW]
        for version in (OLD, NEW):
            self.lines[version] = [line for n in range(12) for line in request_lines(f"{version}-{n}", 20.0 + n % 7)]

    def client(self, service: str, region: str) -> Any:
        return _Client(self, service, region)

    def hurried(self, **_: Any) -> "ReleaseWorld":
        return self

    # --- What tests ask. ---

    @property
    def release(self) -> Release | None:
        return Release.from_item(self.items["release"]) if "release" in self.items else None

    @property
    def live(self) -> set[tuple[str, str]]:
        """The versions and shares that aliases point at, and the stages' deployments."""
        return {(alias["version"], json.dumps(alias["weights"])) for alias in self.aliases.values()}

    @property
    def is_at_before(self) -> bool:
        return self.live == {(OLD, "{}")} and set(self.stages.values()) == {"d0"}

    @property
    def is_at_after(self) -> bool:
        return self.live == {(NEW, "{}")} and "d0" not in self.stages.values()

    def controls(self) -> ReleaseControls:
        aws: Any = self
        controls = ReleaseControls(RELEASABLE, aws)
        patched: Any = controls
        patched.pause = self.clock.sleep
        patched.monotonic = self.clock.monotonic
        return controls

    def reader(self) -> ReleaseReader:
        aws: Any = self
        surroundings: Any = None
        edge: Any = self
        return ReleaseReader(RELEASABLE, aws, self.clock, surroundings, edge=edge, asker=AT_ONCE)

    # --- The edge. ---

    def health(self, role: Role, *, reads: int = 1) -> bool:
        del reads
        if NAMES[role] in self.down:
            raise UnknownError("no connection")
        return role not in self.unhealthy

    def owns(self, role: Role) -> bool:
        return str(self.items["writer"]["region"]["S"]) == NAMES[role]

    def ringing(self) -> Known[tuple[str, ...]]:
        return Known(())

    # --- AWS. ---

    def get_item(self, region: str, *, TableName: str, Key: Any, **_: Any) -> Any:  # noqa: N803
        del region
        table = self.canary if TableName.startswith("canary-") else self.items
        key = str(Key["pk"]["S"])
        of = key.removeprefix("ticker#")
        item = table.get(key) if of == key else self._ticker(of)
        return {"Item": item} if item else {}

    def _ticker(self, region: str) -> dict[str, Any]:
        """Return what the ticker of a region remembers: it beats on the version that its alias points at."""
        (names,) = (each.function_names for each in RELEASABLE.regions.values() if each.name == region)
        version = str(self.aliases[region, names[Function.TICKER]]["version"])
        beats = 0 if version in self.idle_tickers else int(self.clock.now)
        item: dict[str, Any] = TickerMemory(run=f"run of {version}", version=version, beats=beats).item(region)
        return item

    def delete_item(self, region: str, *, Key: Any, **_: Any) -> Any:  # noqa: N803
        del region
        self.canary.pop(Key["pk"]["S"], None)
        return {}

    def put_item(self, region: str, *, Item: Any, **more: Any) -> Any:  # noqa: N803
        del region
        now, last = self.items.get("release"), more.get("ExpressionAttributeValues", {}).get(":last")
        is_last = now is None if last is None else now is not None and now["id"] == last
        if not is_last or (now is not None and now["state"]["S"] not in {"done", "undone"}):
            raise refusal("ConditionalCheckFailedException", "PutItem", Item=now)
        self.items["release"] = Item
        return {}

    def update_item(
        self,
        region: str,
        *,
        UpdateExpression: str,  # noqa: N803
        ConditionExpression: str,  # noqa: N803
        ExpressionAttributeValues: dict[str, Any],  # noqa: N803
        **_: Any,
    ) -> Any:
        del region
        item = self.items["release"]
        for name, value in re.findall(r"#(\w+) = (:\w+)", ConditionExpression):
            if item[name] != ExpressionAttributeValues[value]:
                raise refusal("ConditionalCheckFailedException", "UpdateItem", Item=item)
        changes = re.findall(r"#(\w+) = (:\w+)", UpdateExpression)
        self.items["release"] = {**item, **{name: ExpressionAttributeValues[value] for name, value in changes}}
        return {}

    def get_alias(self, region: str, *, FunctionName: str, **_: Any) -> Any:  # noqa: N803
        alias = self.aliases[region, FunctionName]
        weights = {"AdditionalVersionWeights": dict(alias["weights"])}
        return {
            "FunctionVersion": alias["version"],
            "RoutingConfig": weights,
            "RevisionId": str(alias["revision"]),
        }

    def update_alias(
        self,
        region: str,
        *,
        FunctionName: str,  # noqa: N803
        FunctionVersion: str,  # noqa: N803
        RoutingConfig: Any,  # noqa: N803
        RevisionId: str,  # noqa: N803
        **_: Any,
    ) -> Any:
        alias = self.aliases[region, FunctionName]
        if RevisionId != str(alias["revision"]):
            raise refusal("PreconditionFailedException", "UpdateAlias")
        weights = dict(RoutingConfig["AdditionalVersionWeights"])
        alias.update(version=FunctionVersion, weights=weights, revision=alias["revision"] + 1)
        return {}

    def list_versions_by_function(self, region: str, *, FunctionName: str) -> Any:  # noqa: N803
        return [
            {
                "Versions": [
                    {
                        "Version": version,
                        "CodeSha256": self.codes.get((region, version), f"code-{version}"),
                        "Environment": {"Variables": {"DATA_FORMATS": self.formats[version]}},
                    }
                    for version in self.versions[region, FunctionName]
                ]
            }
        ]

    def get_policy(self, region: str, *, FunctionName: str) -> Any:  # noqa: N803
        if self.invoked_directly and FunctionName.startswith(Function.PAYMENT_API):
            statement = {"Sid": "api-create", "Principal": {"Service": "apigateway.amazonaws.com"}}
            return {"Policy": json.dumps({"Statement": [statement]})}
        raise refusal("ResourceNotFoundException", f"GetPolicy {region}")

    def get_deployment(self, region: str, *, deploymentId: str, **_: Any) -> Any:  # noqa: N803
        return {"id": deploymentId, "description": self.deployments[region][deploymentId]}

    def delete_function(self, region: str, *, FunctionName: str, Qualifier: str) -> Any:  # noqa: N803
        self.versions[region, FunctionName].remove(Qualifier)

    def get_stage(self, region: str, **_: Any) -> Any:
        return {"deploymentId": self.stages[region]}

    def update_stage(self, region: str, *, patchOperations: Any, **_: Any) -> Any:  # noqa: N803
        self.stages[region] = patchOperations[0]["value"]

    def create_deployment(self, region: str, *, description: str, **_: Any) -> Any:
        id_ = f"d{len(self.deployments[region])}"
        self.deployments[region][id_] = description
        return {"id": id_}

    def delete_deployment(self, region: str, *, deploymentId: str, **_: Any) -> Any:  # noqa: N803
        del self.deployments[region][deploymentId]

    def get_deployments(self, region: str, **_: Any) -> Any:
        return [{"items": [{"id": id_, "description": text} for id_, text in self.deployments[region].items()]}]

    def describe_alarms(self, region: str, **_: Any) -> Any:
        del region
        return {"MetricAlarms": []}

    def filter_log_events(self, region: str, *, logStreamNamePrefix: str, startTime: int, **_: Any) -> Any:  # noqa: N803
        del region, startTime
        day, version = logStreamNamePrefix.removesuffix("]").split("[")
        if day != "2026/01/31/":
            return {"events": []}
        stream, at = f"{logStreamNamePrefix}abc", int(self.clock.now * 1000)
        batch = self.calls["update_alias"]  # the same requests come again after each move
        lines = [line.replace("RequestId: ", f"RequestId: {batch}/") for line in self.lines.get(version, [])]
        numbered = enumerate(lines, start=batch * 1000)
        return {"events": [log_event(n, line, stream=stream, at=at) for n, line in numbered]}

    def invoke(self, region: str, *, Qualifier: str, Payload: bytes, **_: Any) -> Any:  # noqa: N803
        del region
        event = json.loads(Payload)
        answer = self.answers.get(Qualifier, self.answered)(event)
        failed = {"FunctionError": "Unhandled"} if "errorType" in answer else {}
        return {"Payload": io.BytesIO(json.dumps(answer).encode()), **failed}

    def answered(
        self, event: dict[str, Any], *, stored: Callable[[str], str] = lambda amount: amount
    ) -> dict[str, Any]:
        """Answer as the payment function does, roughly."""
        if event["httpMethod"] == "GET" and event["pathParameters"]:
            item = self.canary.get(f"payment#{event['pathParameters']['transactionId']}")
            return proxied(200, item) if item else proxied(404, {"message": "there is no such payment"})
        try:
            payment = json.loads(event["body"] or "")
            id_, amount = str(payment["transactionId"]), str(float(payment["amount"]))
        except (ValueError, LookupError, TypeError):
            id_ = "#"
        if "#" in id_:
            return proxied(400, {"message": "the payment is invalid"})
        known = self.canary.get(f"payment#{id_}")
        if known is None:
            self.canary[f"payment#{id_}"] = {"transactionId": {"S": id_}, "amount": {"N": stored(amount)}}
            return proxied(201, {"transactionId": id_, "amount": amount, "storedAt": str(self.clock.now)})
        same = known["amount"]["N"] == amount
        return proxied(200 if same else 409, {"transactionId": id_})


def proxied(status: int, body: object) -> dict[str, Any]:
    """Return a proxy response."""
    return {"statusCode": status, "headers": {"X-Correlation-Id": "any"}, "body": json.dumps(body)}


def log_event(
    number: int, message: str, *, stream: str = "2026/01/31/[2]abc", at: int = int(NOW * 1000)
) -> dict[str, Any]:
    """Return an event as `FilterLogEvents` has it."""
    return {"eventId": f"{stream}-{number}", "logStreamName": stream, "timestamp": at, "message": message}


def request_lines(
    id_: str, duration: float = 20.0, *, outcome: str = "PaymentStored", status: str = ""
) -> Iterator[str]:
    """Return what one request leaves in a log."""
    yield f"START RequestId: {id_} Version: 2\n"
    yield json.dumps({"level": "INFO", "message": "payment stored", "transaction_id": f"rent-{id_}"})
    metrics = [{"Namespace": "PaymentsDR/dev", "Metrics": [{"Name": outcome, "Unit": "Count"}]}]
    yield json.dumps({"_aws": {"Timestamp": 1, "CloudWatchMetrics": metrics}, outcome: [1.0]})
    yield f"END RequestId: {id_}\n"
    yield (
        f"REPORT RequestId: {id_}\tDuration: {duration} ms\tBilled Duration: 21 ms\tMemory Size: 512 MB\t"
        f"Max Memory Used: 90 MB{status}\n"
    )


class _Paginator:
    def __init__(self, call: Callable[..., Any]) -> None:
        self.paginate = call


class _Client:
    def __init__(self, world: ReleaseWorld, service: str, region: str) -> None:
        self._world, self._service, self._region = world, service, region

    def get_paginator(self, operation: str) -> _Paginator:
        return _Paginator(getattr(self, operation))

    def __getattr__(self, operation: str) -> Callable[..., Any]:
        def call(**request: Any) -> Any:
            if self._region in self._world.down:
                raise EndpointConnectionError(endpoint_url=f"https://{self._service}.{self._region}")
            self._world.before_call(operation, self._region)
            self._world.calls[operation] += 1
            return getattr(self._world, operation)(self._region, **request)

        return call


def function_name(role: Role, function: Function = Function.PAYMENT_API) -> str:
    """Return a function's name."""
    return RELEASABLE.regions[role].function_names[function]
