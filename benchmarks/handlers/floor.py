"""The floor of this SDK: a handler as a tutorial has it, one unconditional put with boto3's defaults."""

import json
import os
from typing import Any

import boto3

client = boto3.client("dynamodb")


def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Store the request's body under its id."""
    payment = json.loads(event["body"])
    client.put_item(
        TableName=os.environ["TABLE_NAME"],
        Item={"pk": {"S": f"payment#{payment['transactionId']}"}, "amount": {"N": payment["amount"]}},
    )
    return {"statusCode": 201, "body": json.dumps(payment)}
