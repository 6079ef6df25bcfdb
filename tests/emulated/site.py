"""The deployed stack as tests see it: by its outputs, and through the AWS API with an administrator's rights."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Protocol
from urllib.parse import urlsplit

from contract.environment import PARTITION_KEY, PAYMENT_PREFIX, Function
from contract.releases import LIVE_ALIAS
from handlers.payments.model import payment_key
from sandbox.deployment import Deployment
from tests.emulated.waiting import eventually

PRIMARY, STANDBY = "us-east-1", "us-east-2"
REGIONS = (PRIMARY, STANDBY)


class Aws(Protocol):
    """Makes boto3 clients."""

    def __call__(self, service: str, region: str = PRIMARY) -> Any:
        """Return a client of a service in a region."""


@dataclass(frozen=True)
class Invocation:
    """What an invoked function returned, and the kind of its error if it failed."""

    payload: Any
    error: str | None


@dataclass(frozen=True)
class Site:
    """Both regions of one deployment."""

    deployment: Deployment
    aws: Aws

    @cached_property
    def suffix(self) -> str:
        """The environment."""
        return self.deployment.settings["ENVIRONMENT_SUFFIX"]

    @property
    def table(self) -> str:
        """The name of the table."""
        return str(self.deployment.outputs["table_name"])

    @property
    def control_table(self) -> str:
        """The name of the control table."""
        return str(self.deployment.outputs["control_table_name"])

    @property
    def host(self) -> str:
        """The name that fails over."""
        return host_of(self.deployment.outputs["failover_endpoint_url"])

    def output(self, name: str, region: str) -> Any:
        """Return the part of an output that belongs to a region."""
        return self.deployment.outputs[name]["primary" if region == PRIMARY else "standby"]

    def queue(self, kind: str, region: str) -> str:
        """Return the URL of a queue: "retry", "dead_letter" or "stream_failure"."""
        return str(self.output(f"{kind}_queue_urls", region))

    def name(self, function: Function, region: str) -> str:
        """Return the name of a function, which is its role's too."""
        return str(self.output("function_names", region)[function])

    def invoke(self, function: Function, region: str, event: Mapping[str, Any] | None = None) -> Invocation:
        """Run a function once."""
        answer = self.aws("lambda", region).invoke(
            FunctionName=self.name(function, region), Qualifier=LIVE_ALIAS, Payload=json.dumps(event or {})
        )
        return Invocation(json.loads(answer["Payload"].read()), answer.get("FunctionError"))

    def environment(self, function: Function, region: str) -> dict[str, str]:
        """Return the environment variables of the version that traffic reaches."""
        configuration = self.aws("lambda", region).get_function_configuration(
            FunctionName=self.name(function, region), Qualifier=LIVE_ALIAS
        )
        variables: dict[str, str] = configuration["Environment"]["Variables"]
        return variables

    def item(self, region: str, key: str) -> dict[str, Any] | None:
        """Return an item of a region's replica."""
        table = self.aws("dynamodb", region)
        answer = table.get_item(TableName=self.table, Key={PARTITION_KEY: {"S": key}}, ConsistentRead=True)
        item: dict[str, Any] | None = answer.get("Item")
        return item

    def control_item(self, region: str, key: str) -> dict[str, Any] | None:
        """Return an item of the control table, by a strong read in a region."""
        table = self.aws("dynamodb", region)
        answer = table.get_item(TableName=self.control_table, Key={PARTITION_KEY: {"S": key}}, ConsistentRead=True)
        item: dict[str, Any] | None = answer.get("Item")
        return item

    def stored(self, region: str, transaction_id: str) -> dict[str, Any] | None:
        """Return the item of a payment in a region's replica."""
        return self.item(region, payment_key(transaction_id))

    def settled_count(self) -> int:
        """Return how many payments there are, once both replicas hold as many."""

        def count() -> int:
            primary, standby = (self.count_payments(region) for region in REGIONS)
            assert primary == standby
            return primary

        return eventually(count)

    def count_payments(self, region: str) -> int:
        """Return how many payments a region's replica holds."""
        pages = (
            self.aws("dynamodb", region)
            .get_paginator("scan")
            .paginate(
                TableName=self.table,
                FilterExpression=f"begins_with({PARTITION_KEY}, :prefix)",
                ExpressionAttributeValues={":prefix": {"S": PAYMENT_PREFIX}},
                Select="COUNT",
            )
        )
        return sum(page["Count"] for page in pages)


def host_of(url: str) -> str:
    """Return the host that a URL names."""
    return str(urlsplit(url).hostname)
