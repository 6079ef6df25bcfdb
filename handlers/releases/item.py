"""The release item as the control table holds it: the release under way, or the last one.

IAM: reading needs dynamodb:GetItem on `release` of the control table.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from contract.environment import PARTITION_KEY, RELEASE_KEY
from handlers.clients import TableClient


class MalformedReleaseError(Exception):
    """The release item does not say what is under way: unknown, so never taken for "nothing"."""


class ReleaseState(StrEnum):
    """How far a release is."""

    RUNNING = "running"  # its driver moves traffic
    UNDOING = "undoing"  # whoever sees it puts both regions back
    DONE = "done"  # both regions run the new versions
    UNDONE = "undone"  # both regions run what they ran before


@dataclass(frozen=True)
class RegionVersions:
    """What one region runs: the version of each function (by `Function`), and the deployment of its API."""

    functions: Mapping[str, str]
    api: str

    def document(self) -> dict[str, object]:
        """Return it in the form of the item."""
        return {"functions": dict(sorted(self.functions.items())), "api": self.api}


Placement = Mapping[str, RegionVersions]
"""What each region runs, by region."""


@dataclass(frozen=True)
class Release:
    """One release; no time in it is ever compared with a clock."""

    id: str
    """Random."""
    driver: str
    """The process that drives it: random."""
    state: ReleaseState
    beat: int
    """Counts up while the driver lives."""
    epoch: int
    """The writer's when the release began: a release does not outlive a move of the writer."""
    before: Placement
    after: Placement
    by: str = ""
    reason: str = ""
    at: str = ""
    """When it began, by its author's clock: for people only."""
    step: str = ""
    """What the driver does, for people."""
    ended_by: str = ""
    """Who ended it, or had it undone."""
    ended_why: str = ""

    @property
    def is_under_way(self) -> bool:
        """Return whether no other release may begin."""
        return self.state in {ReleaseState.RUNNING, ReleaseState.UNDOING}

    def is_driven_by(self, other: "Release") -> bool:
        """Return whether the item still says that the release runs, by the same driver."""
        return self.is_same(other) and self.driver == other.driver and self.state is ReleaseState.RUNNING

    def is_same(self, other: "Release") -> bool:
        """Return whether both are the same release, however far."""
        return self.id == other.id

    def item(self) -> dict[str, dict[str, Any]]:
        """Return the item of the control table."""
        texts = {
            "id": self.id,
            "driver": self.driver,
            "state": str(self.state),
            "by": self.by,
            "reason": self.reason,
            "at": self.at,
            "step": self.step,
            "ended_by": self.ended_by,
            "ended_why": self.ended_why,
            "before": _written(self.before),
            "after": _written(self.after),
        }
        numbers = {"beat": self.beat, "epoch": self.epoch}
        return {
            **release_key(),
            **{name: {"S": text} for name, text in texts.items()},
            **{name: {"N": str(number)} for name, number in numbers.items()},
        }

    @classmethod
    def from_item(cls, item: Mapping[str, Mapping[str, Any]]) -> "Release":
        """Read an item of the control table.

        Raises:
            MalformedReleaseError: It does not say what is under way and what was there before.
        """
        try:
            return cls(
                id=item["id"]["S"],
                driver=item["driver"]["S"],
                state=ReleaseState(item["state"]["S"]),
                beat=int(item["beat"]["N"]),
                epoch=int(item["epoch"]["N"]),
                before=_read(item["before"]["S"]),
                after=_read(item["after"]["S"]),
                **{name: item.get(name, {}).get("S", "") for name in _FOR_PEOPLE},
            )
        except (KeyError, ValueError, TypeError, AttributeError, RecursionError) as error:
            raise MalformedReleaseError(f"the release item lacks or misspells {error}") from error


_FOR_PEOPLE = ("by", "reason", "at", "step", "ended_by", "ended_why")


def release_key() -> dict[str, dict[str, str]]:
    """Return the key of the release item."""
    return {PARTITION_KEY: {"S": RELEASE_KEY}}


def read_release(client: TableClient, table: str) -> Release | None:
    """Read the release item with a strongly consistent read; None if there never was a release.

    Raises:
        MalformedReleaseError: The item does not say what is under way.
        ClientError, BotoCoreError: The control table does not answer, or has no quorum.
    """
    answer = client.get_item(TableName=table, Key=release_key(), ConsistentRead=True)
    return Release.from_item(answer["Item"]) if "Item" in answer else None


def _written(placement: Placement) -> str:
    return json.dumps({region: versions.document() for region, versions in sorted(placement.items())})


def _read(text: str) -> Placement:
    return {
        region: RegionVersions(
            {str(function): str(version) for function, version in versions["functions"].items()}, str(versions["api"])
        )
        for region, versions in json.loads(text).items()
    }
