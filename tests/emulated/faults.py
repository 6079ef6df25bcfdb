"""What can go wrong, brought about for as long as a block runs and undone after it."""

import contextlib
import json
import socket
from collections.abc import Iterator, Mapping
from typing import Any

from contract.environment import Function
from contract.releases import LIVE_ALIAS
from tests.emulated.site import Site
from tests.emulated.waiting import eventually

POLICY = "permissions"
"""The name of every role's one inline policy."""

ON_CONTROL = "on the control table"
"""Tells a right on the control table from the same right on the payments table."""


def closed_port() -> str:
    """Return a URL at which nothing answers: the port was free a moment ago."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return f"http://127.0.0.1:{server.getsockname()[1]}"


def statements(site: Site, role: str) -> list[dict[str, Any]]:
    """Return what a role's policy says."""
    document = site.aws("iam").get_role_policy(RoleName=role, PolicyName=POLICY)["PolicyDocument"]
    said: list[dict[str, Any]] = document["Statement"]
    return said


def right(statement: Mapping[str, Any]) -> frozenset[str]:
    """Return the actions of a statement, with `ON_CONTROL` if they are on the control table."""
    actions, resource = (
        [each] if isinstance(each, str) else each for each in (statement["Action"], statement["Resource"])
    )
    on_control = any(":table/payments-control-" in arn for arn in resource)
    return frozenset([*actions, *([ON_CONTROL] if on_control else [])])


@contextlib.contextmanager
def without_rights(site: Site, function: Function, region: str, *removed: frozenset[str]) -> Iterator[None]:
    """Take statements, named by their rights, out of a function's role."""
    with role_without(site, site.name(function, region), *removed):
        yield


@contextlib.contextmanager
def role_without(site: Site, role: str, *removed: frozenset[str]) -> Iterator[None]:
    """Take statements, named by their rights, out of a role."""
    iam = site.aws("iam")
    before = iam.get_role_policy(RoleName=role, PolicyName=POLICY)["PolicyDocument"]
    kept = [statement for statement in before["Statement"] if right(statement) not in removed]
    assert len(before["Statement"]) - len(kept) == len(removed)
    try:
        iam.put_role_policy(RoleName=role, PolicyName=POLICY, PolicyDocument=json.dumps({**before, "Statement": kept}))
        yield
    finally:
        iam.put_role_policy(RoleName=role, PolicyName=POLICY, PolicyDocument=json.dumps(before))


@contextlib.contextmanager
def closed_to_api(site: Site, function: Function, region: str) -> Iterator[None]:
    """Take out of the policy of a function's alias that the API may invoke it."""
    functions, name = site.aws("lambda", region), site.name(function, region)
    policy = json.loads(functions.get_policy(FunctionName=name, Qualifier=LIVE_ALIAS)["Policy"])
    allowed = [each for each in policy["Statement"] if each["Principal"] == {"Service": "apigateway.amazonaws.com"}]
    ((statement, source),) = [(each["Sid"], each["Condition"]["ArnLike"]["AWS:SourceArn"]) for each in allowed]
    functions.remove_permission(FunctionName=name, StatementId=statement, Qualifier=LIVE_ALIAS)
    try:
        yield
    finally:
        functions.add_permission(
            FunctionName=name,
            Qualifier=LIVE_ALIAS,
            StatementId=statement,
            Action="lambda:InvokeFunction",
            Principal="apigateway.amazonaws.com",
            SourceArn=source,
        )


@contextlib.contextmanager
def variables(site: Site, function: Function, region: str, **values: str) -> Iterator[None]:
    """Give a function more environment variables; before and after, it starts anew."""
    before = site.environment(function, region)
    try:
        _set_variables(site, function, region, {**before, **values})
        yield
    finally:
        _set_variables(site, function, region, before)


def _set_variables(site: Site, function: Function, region: str, values: Mapping[str, str]) -> None:
    """Let traffic reach a version with other environment variables; its first invocation is a cold start."""
    functions, name = site.aws("lambda", region), site.name(function, region)
    functions.update_function_configuration(FunctionName=name, Environment={"Variables": dict(values)})
    functions.get_waiter("function_updated_v2").wait(FunctionName=name, WaiterConfig={"Delay": 1, "MaxAttempts": 20})
    version = functions.publish_version(FunctionName=name)["Version"]
    functions.update_alias(FunctionName=name, Name=LIVE_ALIAS, FunctionVersion=version)


@contextlib.contextmanager
def parameter(site: Site, region: str, path: str, value: str) -> Iterator[None]:
    """Give one of a region's parameters another value."""
    parameters, name = site.aws("ssm", region), f"/payments-{region}-{site.suffix}/{path}"
    before = parameters.get_parameter(Name=name)["Parameter"]["Value"]
    try:
        parameters.put_parameter(Name=name, Value=value, Overwrite=True)
        yield
    finally:
        parameters.put_parameter(Name=name, Value=before, Overwrite=True)


@contextlib.contextmanager
def quick_retries(site: Site, region: str, *, seconds: int = 1) -> Iterator[None]:
    """Show what failed in the retry queue again after so many seconds."""
    queues, url = site.aws("sqs", region), site.queue("retry", region)
    asked = ["VisibilityTimeout"]
    before = queues.get_queue_attributes(QueueUrl=url, AttributeNames=asked)["Attributes"]
    try:
        queues.set_queue_attributes(QueueUrl=url, Attributes={"VisibilityTimeout": str(seconds)})
        yield
    finally:
        queues.set_queue_attributes(QueueUrl=url, Attributes=before)


@contextlib.contextmanager
def few_retries(site: Site, region: str) -> Iterator[None]:
    """Give up on a batch of the stream after its second failure."""
    functions, mapping = site.aws("lambda", region), _mapping(site, Function.TRANSACTION_LOG, region)
    try:
        functions.update_event_source_mapping(UUID=mapping["UUID"], MaximumRetryAttempts=1)
        yield
    finally:
        before = mapping["MaximumRetryAttempts"]
        functions.update_event_source_mapping(UUID=mapping["UUID"], MaximumRetryAttempts=before)


@contextlib.contextmanager
def paused(site: Site, function: Function, region: str) -> Iterator[None]:
    """Keep a function's queue or stream away from it."""
    functions, mapping = site.aws("lambda", region), _mapping(site, function, region)["UUID"]

    def enable(enabled: bool) -> None:  # noqa: FBT001
        functions.update_event_source_mapping(UUID=mapping, Enabled=enabled)
        state = "Enabled" if enabled else "Disabled"

        def settled() -> None:
            assert functions.get_event_source_mapping(UUID=mapping)["State"] == state

        eventually(settled)

    try:
        enable(enabled=False)
        yield
    finally:
        enable(enabled=True)


def _mapping(site: Site, function: Function, region: str) -> dict[str, Any]:
    functions, name = site.aws("lambda", region), site.name(function, region)
    (mapping,) = functions.list_event_source_mappings(FunctionName=f"{name}:{LIVE_ALIAS}")["EventSourceMappings"]
    found: dict[str, Any] = mapping
    return found
