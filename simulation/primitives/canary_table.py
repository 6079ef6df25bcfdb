"""A regional table: canary payments, and the writer item that lets the canary function store them."""

import random

from simulation.primitives.errors import UnsupportedRequestError, condition_failed
from simulation.primitives.expressions import holds
from simulation.primitives.service import Answer, Request, Service
from simulation.primitives.strong_table import Item
from simulation.primitives.updates import updated


class CanaryTable(Service):
    """One region's table without replicas."""

    name = "dynamodb"
    writes = frozenset({"put_item", "update_item", "delete_item"})
    throttled_code = "ProvisionedThroughputExceededException"
    seconds = (0.002, 0.006)

    def __init__(self, place: str, random_: random.Random) -> None:
        super().__init__(place, random_)
        self.items: dict[str, Item] = {}

    def do_get_item(self, request: Request) -> Answer:
        """Read one item."""
        item = self.items.get(request["Key"]["pk"]["S"])
        return {"Item": item} if item else {}

    def do_put_item(self, request: Request) -> Answer:
        """Write one item if the condition holds."""
        key = request["Item"]["pk"]["S"]
        self._require(request, key, "put_item")
        self.items[key] = dict(request["Item"])
        return {}

    def do_update_item(self, request: Request) -> Answer:
        """Change one item if the condition holds."""
        key = request["Key"]["pk"]["S"]
        item = updated(request, self.items.get(key))
        self._require(request, key, "update_item")
        self.items[key] = item
        if request.get("ReturnValues", "NONE") != "NONE":
            raise UnsupportedRequestError("ReturnValues")
        return {}

    def do_delete_item(self, request: Request) -> Answer:
        """Delete one item, if it is there."""
        self.items.pop(request["Key"]["pk"]["S"], None)
        return {}

    def _require(self, request: Request, key: str, operation: str) -> None:
        old = self.items.get(key)
        if not holds(request, old):
            wants_old = request.get("ReturnValuesOnConditionCheckFailure") == "ALL_OLD"
            raise condition_failed(operation, old if wants_old else None)
