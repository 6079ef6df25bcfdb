"""The proofs of fitness: a counter a region, raised by a good `/health` or a stored payment, watched by the peer.

Its age is the time since an observer saw it change, by the observer's clock: no two clocks are compared.
IAM: reading needs dynamodb:GetItem, raising dynamodb:UpdateItem, on `proof#<region>` of the control table.
"""

import threading
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from contract.deadlines import PROOF_LOOK_SECONDS
from contract.environment import PARTITION_KEY, PROOF_PREFIX
from handlers.clients import TableClient
from handlers.runtime import Background, Clock, Moment


def proof_key(region: str) -> dict[str, dict[str, str]]:
    """Return the key of a region's proof."""
    return {PARTITION_KEY: {"S": f"{PROOF_PREFIX}{region}"}}


def read_proof(client: TableClient, table: str, region: str) -> int:
    """Read a region's count with a strongly consistent read; 0 if it was never raised."""
    item = client.get_item(TableName=table, Key=proof_key(region), ConsistentRead=True).get("Item")
    return int(item["count"]["N"]) if item else 0


def raise_proof(client: TableClient, table: str, region: str, *, seen: int | None = None) -> None:
    """Add one to the region's count, if `seen` is given only while it still is the count.

    Raises:
        ClientError, BotoCoreError: The control table does not answer, or somebody else has raised it.
    """
    condition: dict[str, Any] = {}
    values = {":one": {"N": "1"}}
    if seen == 0:
        condition = {"ConditionExpression": f"attribute_not_exists({PARTITION_KEY})"}
    elif seen is not None:
        condition = {"ConditionExpression": "#count = :seen"}
        values[":seen"] = {"N": str(seen)}
    client.update_item(
        TableName=table,
        Key=proof_key(region),
        UpdateExpression="ADD #count :one",
        ExpressionAttributeNames={"#count": "count"},
        ExpressionAttributeValues=values,
        **condition,
    )


class PaymentProof:
    """Raises the own region's proof for stored payments if nobody else does: beside the work, and seldom."""

    def __init__(
        self, client: TableClient, control_table: str, region: str, clock: Clock, background: Background
    ) -> None:
        self._client = client
        self._control_table = control_table
        self._region = region
        self._clock = clock
        self._background = background
        self._looked: Moment | None = None
        self._seen: int | None = None
        self._looking = threading.Lock()

    def stored(self) -> None:
        """Take in that a payment was stored; return at once."""
        now = self._clock.now()
        if self._looked is not None and self._looked.is_within(PROOF_LOOK_SECONDS, now):
            return
        if self._looking.acquire(blocking=False):
            self._looked = now
            self._background(self._look)

    def _look(self) -> None:
        try:
            count = read_proof(self._client, self._control_table, self._region)
            if count == self._seen:
                raise_proof(self._client, self._control_table, self._region, seen=count)
                count += 1
            self._seen = count
        except (BotoCoreError, ClientError):
            pass  # the next payment looks again; who watches sees that the proof does not change
        finally:
            self._looking.release()
