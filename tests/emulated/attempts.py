"""Single AWS calls, as somebody with the rights of a role may try them."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlsplit

from botocore.exceptions import ClientError

from contract.environment import PARTITION_KEY, Function
from contract.events import EVENT_SOURCE
from tests.emulated.site import STANDBY, Aws, Site
from tests.emulated.users import is_refused


@dataclass(frozen=True)
class Attempt:
    """One call; its name says which."""

    name: str
    call: Callable[[Site, Aws], Any]

    def __str__(self) -> str:
        return self.name

    def is_allowed(self, site: Site, aws: Aws) -> bool:
        """Make the call, and return whether its maker had the right to it, whatever else came of it."""
        try:
            self.call(site, aws)
        except ClientError as error:
            return not is_refused(error)
        return True


NEVER = {"ConditionExpression": "attribute_exists(nothing)"}
"""A condition that no item meets: rights are judged before it, and nothing changes."""


def put(key: str, region: str = STANDBY) -> Attempt:
    """Write an item."""
    return _on_item("put_item", key, region, Item={PARTITION_KEY: {"S": key}}, **NEVER)


def get(key: str, region: str = STANDBY) -> Attempt:
    """Read an item."""
    return _on_item("get_item", key, region, Key={PARTITION_KEY: {"S": key}})


def update(key: str, region: str = STANDBY) -> Attempt:
    """Change an item."""
    change = {"UpdateExpression": "REMOVE nothing", **NEVER}
    return _on_item("update_item", key, region, Key={PARTITION_KEY: {"S": key}}, **change)


def delete(key: str, region: str = STANDBY) -> Attempt:
    """Delete an item."""
    return _on_item("delete_item", key, region, Key={PARTITION_KEY: {"S": key}}, **NEVER)


def on_control(operation: str, key: str, region: str = STANDBY) -> Attempt:
    """Call "get", "put", "update" or "delete" on an item of the control table; nothing changes."""

    def call(site: Site, aws: Aws) -> None:
        parameters: dict[str, Any] = {"Key": {PARTITION_KEY: {"S": key}}, **NEVER}
        if operation == "get":
            parameters = {"Key": parameters["Key"], "ConsistentRead": True}
        elif operation == "put":
            parameters = {"Item": parameters["Key"], **NEVER}
        elif operation == "update":
            parameters["UpdateExpression"] = "REMOVE nothing"
        getattr(aws("dynamodb", region), f"{operation}_item")(TableName=site.control_table, **parameters)

    return Attempt(f"control {operation} {key} {region}", call)


def on_control_table(operation: str, region: str = STANDBY, **parameters: Any) -> Attempt:
    """Call any operation on the control table."""

    def call(site: Site, aws: Aws) -> None:
        getattr(aws("dynamodb", region), operation)(TableName=site.control_table, **parameters)

    return Attempt(f"control {operation} {region}", call)


def _on_item(operation: str, key: str, region: str, **parameters: Any) -> Attempt:
    return replace(on_table(operation, region, **parameters), name=f"{operation} {key} {region}")


def on_table(operation: str, region: str = STANDBY, **parameters: Any) -> Attempt:
    """Call any operation on the table."""

    def call(site: Site, aws: Aws) -> None:
        getattr(aws("dynamodb", region), operation)(TableName=site.table, **parameters)

    return Attempt(f"{operation} {region}", call)


def on_queue(operation: str, kind: str, region: str = STANDBY, **parameters: Any) -> Attempt:
    """Call any operation on a queue: "retry", "dead_letter" or "stream_failure"."""

    def call(site: Site, aws: Aws) -> None:
        getattr(aws("sqs", region), operation)(QueueUrl=site.queue(kind, region), **parameters)

    return Attempt(f"{operation} {kind} {region}", call)


def on_bucket(operation: str, region: str = STANDBY, **parameters: Any) -> Attempt:
    """Call any operation on a bucket."""

    def call(site: Site, aws: Aws) -> None:
        getattr(aws("s3", region), operation)(Bucket=site.output("bucket_names", region), **parameters)

    return Attempt(f"{operation} {parameters.get('Key', 'bucket')} {region}", call)


def on_copies(operation: str, region: str = STANDBY, *, role: str = "copies") -> Attempt:
    """Call any operation on jobs that heal a bucket's copies; none that is made is confirmed."""

    def attempt(site: Site, aws: Aws) -> None:
        arn, name = site.deployment.outputs["operations_role_arn"], f"{role}-{region}-{site.suffix}"
        account, parameters = arn.split(":")[4], dict[str, Any](JobId="nothing")
        if operation == "update_job_status":
            parameters["RequestedJobStatus"] = "Cancelled"
        if operation == "create_job":
            generator = {
                "ExpectedBucketOwner": account,
                "SourceBucket": f"arn:aws:s3:::{site.output('bucket_names', region)}",
                "EnableManifestOutput": False,
                "Filter": {"EligibleForReplication": True, "ObjectReplicationStatuses": ["FAILED"]},
            }
            parameters = {
                "Operation": {"S3ReplicateObject": {}},
                "Report": {"Enabled": False},
                "ClientRequestToken": "attempt",
                "Priority": 1,
                "ConfirmationRequired": True,
                "RoleArn": f"arn:aws:iam::{account}:role/{name}",
                "ManifestGenerator": {"S3JobManifestGenerator": generator},
            }
        getattr(aws("s3control", region), operation)(AccountId=account, **parameters)

    return Attempt(f"{operation} {role} {region}", attempt)


def put_event(region: str = STANDBY, *, source: str = EVENT_SOURCE) -> Attempt:
    """Put an event on a region's default bus."""

    def attempt(site: Site, aws: Aws) -> None:
        del site
        entry = {"Source": source, "DetailType": "Move Begun", "Detail": "{}"}
        aws("events", region).put_events(Entries=[entry])

    return Attempt(f"put_events {source} {region}", attempt)


def on_topic(operation: str, region: str = STANDBY) -> Attempt:
    """Call any operation on a region's alarm topic."""

    def attempt(site: Site, aws: Aws) -> None:
        getattr(aws("sns", region), operation)(TopicArn=site.output("alarm_topic_arns", region))

    return Attempt(f"{operation} {region}", attempt)


def call(service: str, operation: str, region: str = STANDBY, **parameters: Any) -> Attempt:
    """Call any operation of a service."""

    def attempt(_: Site, aws: Aws) -> None:
        getattr(aws(service, region), operation)(**parameters)

    return Attempt(f"{service} {operation} {region}", attempt)


def on_function(
    operation: str, region: str = STANDBY, *, function: Function = Function.PAYMENT_API, **parameters: Any
) -> Attempt:
    """Call any operation on a function, the payment function unless another is named."""

    def attempt(site: Site, aws: Aws) -> None:
        name = site.name(function, region)
        getattr(aws("lambda", region), operation)(FunctionName=name, **parameters)

    return Attempt(" ".join([operation, function, *map(str, parameters.values()), region]), attempt)


def on_api(operation: str, region: str = STANDBY, **parameters: Any) -> Attempt:
    """Call any operation on a region's API."""

    def attempt(site: Site, aws: Aws) -> None:
        getattr(aws("apigateway", region), operation)(restApiId=site.output("rest_api_ids", region), **parameters)

    return Attempt(" ".join([operation, *map(str, parameters.values()), region]), attempt)


def on_canaries(operation: str, region: str = STANDBY, **parameters: Any) -> Attempt:
    """Call any operation on a region's canary table."""

    def attempt(site: Site, aws: Aws) -> None:
        table = site.output("canary_table_names", region)
        getattr(aws("dynamodb", region), operation)(TableName=table, **parameters)

    return Attempt(f"{operation} canaries {region}", attempt)


def on_schedule(operation: str, function: Function, region: str = STANDBY) -> Attempt:
    """Call any operation on the rule that runs a function."""

    def attempt(site: Site, aws: Aws) -> None:
        getattr(aws("events", region), operation)(Name=site.name(function, region))

    return Attempt(f"{operation} {function} {region}", attempt)


def on_stage(operation: str, region: str = STANDBY) -> Attempt:
    """Call any operation on the API's stage."""

    def attempt(site: Site, aws: Aws) -> None:
        url = urlsplit(site.output("execute_api_urls", region))
        api, stage = str(url.hostname).partition(".")[0], url.path.strip("/")
        getattr(aws("apigateway", region), operation)(restApiId=api, stageName=stage)

    return Attempt(f"{operation} {region}", attempt)


def on_check(operation: str, name: str, **parameters: Any) -> Attempt:
    """Call any operation on a health check."""

    def attempt(site: Site, aws: Aws) -> None:
        check = site.deployment.outputs["health_check_ids"][name]
        getattr(aws("route53"), operation)(HealthCheckId=check, **parameters)

    return Attempt(f"{operation} {name}", attempt)
