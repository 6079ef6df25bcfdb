"""Repairs one payment at a time, on the condition that all of it is still as it was seen.

A repair that is made twice changes nothing: the second one finds what it wants. IAM: dynamodb:GetItem, PutItem and
DeleteItem on `payment#*`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from botocore.exceptions import ClientError

from contract.environment import PARTITION_KEY
from handlers.faults import error_code
from handlers.payments.model import payment_key
from operations.restore.findings import RepairAction, RestoreFinding

_FAILED_CONDITION = "ConditionalCheckFailedException"


class RestoredOutcome(StrEnum):
    """What became of one repair."""

    REPAIRED = "repaired"
    ALREADY = "already as wanted"
    OTHER = "something else is there now"


@dataclass(frozen=True)
class ConditionalWrite:
    """The arguments of a conditional write beside table and item."""

    expression: str
    names: Mapping[str, str]
    values: Mapping[str, Any]

    def arguments(self) -> dict[str, Any]:
        """Return them as boto3 takes them."""
        values = {"ExpressionAttributeValues": dict(self.values)} if self.values else {}
        return {"ConditionExpression": self.expression, "ExpressionAttributeNames": dict(self.names), **values}


def as_seen(seen: Mapping[str, Any] | None, wanted: Mapping[str, Any] | None) -> ConditionalWrite:
    """Return the condition that an item is as it was seen: each attribute, and none that only the wanted one has."""
    if seen is None:
        return ConditionalWrite("attribute_not_exists(#key)", {"#key": PARTITION_KEY}, {})
    names = {f"#n{number}": name for number, name in enumerate(sorted(seen))}
    values = {f":v{number}": seen[name] for number, name in enumerate(sorted(seen))}
    terms = [f"#n{number} = :v{number}" for number in range(len(names))]
    absent = {f"#m{number}": name for number, name in enumerate(sorted(set(wanted or {}) - set(seen)))}
    terms += [f"attribute_not_exists({name})" for name in absent]
    return ConditionalWrite(" AND ".join(terms), {**names, **absent}, values)


def repair_payment(client: Any, table: str, finding: RestoreFinding) -> RestoredOutcome:  # noqa: ANN401
    """Make one repair in a replica, unless something else is there now.

    Raises:
        BotoCoreError, ClientError: The replica does not answer; the repair may have been made.
    """
    wanted = None if finding.action is RepairAction.REMOVE else finding.wanted
    key = {PARTITION_KEY: {"S": payment_key(finding.transaction_id)}}
    condition = as_seen(finding.seen, wanted).arguments()
    try:
        if wanted is None:
            client.delete_item(TableName=table, Key=key, **condition)
        else:
            client.put_item(TableName=table, Item=dict(wanted), **condition)
    except ClientError as error:
        if error_code(error) != _FAILED_CONDITION:
            raise
        now = client.get_item(TableName=table, Key=key, ConsistentRead=True).get("Item")
        return RestoredOutcome.ALREADY if now == wanted else RestoredOutcome.OTHER
    return RestoredOutcome.REPAIRED
