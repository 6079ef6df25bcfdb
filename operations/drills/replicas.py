"""Looks payments up in a region's replica, one by one: their ids are known, and others' payments are left alone."""

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor

from contract.environment import PARTITION_KEY
from contract.roles import Role
from handlers.payments.model import payment_key
from operations.aws import Aws
from operations.site import Site

_THREADS = 8


class Replicas:
    """Both replicas. IAM: dynamodb:GetItem."""

    def __init__(self, site: Site, aws: Aws) -> None:
        self._site, self._aws = site, aws

    def holds(self, role: Role, payment: str) -> bool:
        """Return whether a replica holds a payment.

        Raises:
            BotoCoreError, ClientError: The replica cannot be read.
        """
        answer = self._aws.client("dynamodb", self._site.regions[role].name).get_item(
            TableName=self._site.table_name,
            Key={PARTITION_KEY: {"S": payment_key(payment)}},
            ProjectionExpression=PARTITION_KEY,
            ConsistentRead=True,
        )
        return "Item" in answer

    def missing(self, role: Role, payments: Iterable[str]) -> tuple[str, ...]:
        """Return which payments a replica does not hold; raises as `holds` does."""
        wanted = tuple(payments)
        with ThreadPoolExecutor(_THREADS) as threads:
            held = threads.map(lambda payment: self.holds(role, payment), wanted)
            return tuple(payment for payment, is_held in zip(wanted, held, strict=True) if not is_held)
