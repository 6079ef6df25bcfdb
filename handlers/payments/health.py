"""The health item: one call that reads and writes the region's payments replica.

IAM: dynamodb:UpdateItem on `control#health#<region>`.
"""

from contract.environment import HEALTH_PREFIX, PARTITION_KEY
from handlers.clients import TableClient


def touch_health(client: TableClient, table: str, region: str, *, at: str) -> None:
    """Count up the region's health item, which reads and writes the table.

    Raises:
        ClientError, BotoCoreError: The table does not take it.
    """
    client.update_item(
        TableName=table,
        Key={PARTITION_KEY: {"S": f"{HEALTH_PREFIX}{region}"}},
        UpdateExpression="SET #at = :at ADD #count :one",
        ExpressionAttributeNames={"#at": "at", "#count": "count"},
        ExpressionAttributeValues={":at": {"S": at}, ":one": {"N": "1"}},
    )
