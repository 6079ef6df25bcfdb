"""What a region's ticker remembers from run to run, in the control table; its `run` says which run is the active one.

Ages and streaks are advanced by the active run's own clock. IAM: dynamodb:GetItem and dynamodb:PutItem on
`ticker#<region>` of the control table.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

from botocore.exceptions import ClientError

from contract.deadlines import FIT_SECONDS
from contract.environment import PARTITION_KEY, TICKER_PREFIX
from handlers.clients import TableClient
from handlers.faults import error_code


class SupersededRunError(Exception):
    """A newer run of the ticker has claimed the region."""


@dataclass(frozen=True)
class TickerMemory:
    """The state of one region's ticker; durations in seconds, ages since this region's ticker saw something."""

    run: str = ""
    """The active run."""
    beats: int = 0
    """Counts the writes: the next run sees by it that this one lives."""
    at: str = ""
    """When it was written (ISO 8601): for people only."""
    fit: bool = False
    """Whether the region's `/health` was good when it was last asked, and its proof changes."""
    fit_for: float = 0.0
    """How long without a gap."""
    own_count: int = -1
    own_age: float = 0.0
    """The own region's proof, and how long it has not changed."""
    peer_count: int = -1
    peer_age: float = 0.0
    """The peer's proof, and how long it has not changed."""
    lag: float | None = None
    """How old the peer's heartbeat was here when the peer's proof last changed; None if never known."""
    epoch: int = 0
    epoch_age: float = 0.0
    """The writer's epoch as last seen, and how long ago it was seen first."""
    kind: str = ""
    """The kind of closing that it was; empty if it was open."""
    recorded_epoch: int = 0
    """The last epoch that was recorded for people."""
    automatic_changes: int = 0
    """The writer's unattended changes as last seen."""
    steady_for: float = 0.0
    """How long the writer has been open since the last of them, or since one was forgiven."""
    forgiven: int = 0
    """How many of them steady days have taken off."""
    release: str = ""
    release_beat: int = 0
    release_age: float = 0.0
    release_for: float = 0.0
    """The release that runs, its driver's beat, how long that has not changed, and how long the release has been seen;
    an older version forgets them."""
    put_back: str = ""
    """A release that was undone, and the regions that were put back wholly: later runs leave these alone."""
    version: str = ""
    """The version of the function that the active run runs; empty where that version does not say so yet."""

    def advanced(self, seconds: float) -> "TickerMemory":
        """Return the memory after so many seconds in which nothing was seen to change; too many break a streak."""
        return replace(
            self,
            fit_for=self.fit_for + seconds if self.fit and seconds < FIT_SECONDS else 0.0,
            own_age=self.own_age + seconds,
            peer_age=self.peer_age + seconds,
            epoch_age=self.epoch_age + seconds,
            steady_for=self.steady_for + (seconds if self.epoch and not self.kind else 0.0),
            release_age=self.release_age + (seconds if self.release else 0.0),
            release_for=self.release_for + (seconds if self.release else 0.0),
        )

    def item(self, region: str) -> dict[str, dict[str, Any]]:
        """Return the item of the control table."""
        item: dict[str, dict[str, Any]] = memory_key(region)
        values = vars(self)
        for name, form, _, written in _FORMS:
            value = values[name]
            if value is not None:
                item[name] = {form: written(value)}
        return item

    @classmethod
    def from_item(cls, item: Mapping[str, Mapping[str, Any]]) -> "TickerMemory":
        """Read an item of the control table; what it lacks or misspells is as if never known."""
        try:  # as a rule it has all of them
            return cls(*[kind(item[name][form]) for name, form, kind, _ in _FORMS])
        except (KeyError, ValueError):
            pass
        known: dict[str, Any] = {}
        for name, form, kind, _ in _FORMS:
            try:
                known[name] = kind(item[name][form])
            except (KeyError, ValueError):
                continue
        return cls(**known)


def _rounded(value: float) -> str:
    return str(round(value, 3))


_Kind = tuple[str, type, Callable[[Any], object]]
_KINDS: dict[type, _Kind] = {bool: ("BOOL", bool, bool), str: ("S", str, str), int: ("N", int, str)}
_FORMS = tuple((field.name, *_KINDS.get(type(field.default), ("N", float, _rounded))) for field in fields(TickerMemory))
"""Each field's name, its types in DynamoDB and Python, how it is written; worked out once: a ticker needs it often."""


def memory_key(region: str) -> dict[str, dict[str, str]]:
    """Return the key of a ticker's memory."""
    return {PARTITION_KEY: {"S": f"{TICKER_PREFIX}{region}"}}


def read_memory(client: TableClient, table: str, region: str) -> TickerMemory | None:
    """Read what a region's ticker remembers with a strongly consistent read; None if there was none yet."""
    item = client.get_item(TableName=table, Key=memory_key(region), ConsistentRead=True).get("Item")
    return TickerMemory.from_item(item) if item else None


def write_memory(client: TableClient, table: str, region: str, memory: TickerMemory, *, run_before: str | None) -> None:
    """Write the memory if the active run still is `run_before` (None: there is no memory yet).

    Raises:
        SupersededRunError: Another run is the active one.
        ClientError, BotoCoreError: The control table does not answer; whether it was written is unknown.
    """
    condition: dict[str, Any] = {"ConditionExpression": f"attribute_not_exists({PARTITION_KEY})"}
    if run_before is not None:
        condition = {
            "ConditionExpression": "#run = :before",
            "ExpressionAttributeNames": {"#run": "run"},
            "ExpressionAttributeValues": {":before": {"S": run_before}},
        }
    try:
        client.put_item(TableName=table, Item=memory.item(region), **condition)
    except ClientError as error:
        if error_code(error) == "ConditionalCheckFailedException":
            raise SupersededRunError from error
        raise
