"""The changes of the release item: each holds only if the item still is what its author saw.

A change whose answer was lost shows in the item: finding there what one wanted to write is success.
IAM: claiming needs dynamodb:PutItem, all else dynamodb:UpdateItem, on `release` of the control table.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from botocore.exceptions import ClientError

from contract.environment import PARTITION_KEY
from handlers.clients import TableClient
from handlers.faults import error_code
from handlers.releases.item import Release, ReleaseState, release_key

CONFLICT_ATTEMPTS = 5
"""How often a change is sent that meets another region's change of the same item, which is safe (FACTS 1.10)."""

Pause = Callable[[], None]


class StaleReleaseError(Exception):
    """Somebody else changed the release item; `now` is what it became, None if it is gone."""

    def __init__(self, now: Release | None) -> None:
        self.now = now
        super().__init__("the release item is gone" if now is None else _described(now))


def claim(
    client: TableClient, table: str, release: Release, last: Release | None, *, pause: Pause = lambda: None
) -> Release:
    """Begin a release if `last`, the last one that the plan knows, still is the last one, and has ended; return it.

    Raises:
        StaleReleaseError: Another release is under way, or was meanwhile.
        ClientError, BotoCoreError: The control table does not answer; whether the release began is unknown.
    """
    condition: dict[str, Any] = {"ConditionExpression": f"attribute_not_exists({PARTITION_KEY})"}
    if last is not None:
        ended = {":done": {"S": ReleaseState.DONE}, ":undone": {"S": ReleaseState.UNDONE}}
        condition = {
            "ConditionExpression": "#id = :last AND #state = :done OR #id = :last AND #state = :undone",
            "ExpressionAttributeNames": {"#id": "id", "#state": "state"},
            "ExpressionAttributeValues": {":last": {"S": last.id}, **ended},
        }

    def put() -> None:
        client.put_item(
            TableName=table, Item=release.item(), **condition, ReturnValuesOnConditionCheckFailure="ALL_OLD"
        )

    return _made(put, lambda now: now.is_driven_by(release) and now.beat == release.beat, release, pause)


def beat(client: TableClient, table: str, release: Release, *, step: str = "", pause: Pause = lambda: None) -> Release:
    """Show that the driver lives, and what it does unless `step` is empty; return the release as it is now.

    Raises:
        StaleReleaseError: The release is no longer this driver's, or is being undone.
        ClientError, BotoCoreError: The control table does not answer; whether the beat was raised is unknown.
    """
    after = replace(release, beat=release.beat + 1, step=step or release.step)
    return _update(client, table, after, {"driver": release.driver, "state": ReleaseState.RUNNING}, pause)


def resume(
    client: TableClient, table: str, release: Release, driver: str, *, step: str = "", pause: Pause = lambda: None
) -> Release:
    """Become the driver of a release whose beat still is as `release` shows it; return the release as it is now.

    Raises:
        StaleReleaseError: The driver before lives, or the release no longer runs.
        ClientError, BotoCoreError: The control table does not answer; whether it was resumed is unknown.
    """
    after = replace(release, driver=driver, beat=release.beat + 1, step=step or release.step)
    seen: dict[str, str | int] = {"driver": release.driver, "beat": release.beat, "state": ReleaseState.RUNNING}
    return _update(client, table, after, seen, pause)


def undo_release(
    client: TableClient,
    table: str,
    release: Release,
    *,
    by: str,
    why: str,
    if_beat_stands: bool = False,
    pause: Pause = lambda: None,
) -> Release:
    """Have a running release undone, by whoever sees it; a release that is being undone already stays so.

    Args:
        client: Of the control table.
        table: The control table.
        release: As it was seen.
        by: Who wants it undone.
        why: For people.
        if_beat_stands: Only if its driver has not shown a sign of life since.
        pause: Waits a moment between attempts that met another region's change.

    Raises:
        StaleReleaseError: It has ended, or its driver lives.
        ClientError, BotoCoreError: The control table does not answer; whether it is being undone is unknown.
    """
    after = replace(release, state=ReleaseState.UNDOING, ended_by=by, ended_why=why)
    seen: dict[str, str | int] = {"state": ReleaseState.RUNNING}
    if if_beat_stands:
        seen |= {"driver": release.driver, "beat": release.beat}
    return _update(client, table, after, seen, pause)


def undone(client: TableClient, table: str, release: Release, *, pause: Pause = lambda: None) -> Release:
    """End a release that was put back in both regions; ended already is success.

    Raises:
        StaleReleaseError: Another release has begun.
        ClientError, BotoCoreError: The control table does not answer; whether it was ended is unknown.
    """
    after = replace(release, state=ReleaseState.UNDONE)
    return _update(client, table, after, {"state": ReleaseState.UNDOING}, pause)


def done(client: TableClient, table: str, release: Release, *, by: str = "", pause: Pause = lambda: None) -> Release:
    """End a release that runs in both regions.

    Raises:
        StaleReleaseError: The release is no longer this driver's, or is being undone.
        ClientError, BotoCoreError: The control table does not answer; whether it was ended is unknown.
    """
    after = replace(release, state=ReleaseState.DONE, ended_by=by or release.by)
    return _update(client, table, after, {"driver": release.driver, "state": ReleaseState.RUNNING}, pause)


_CHANGING = ("driver", "state", "beat", "step", "ended_by", "ended_why")
"""What changes in the life of a release."""


def _update(client: TableClient, table: str, after: Release, seen: Mapping[str, str | int], pause: Pause) -> Release:
    """Write what changed if the item still is this release, as it was seen; return the item as it is now."""
    item = after.item()
    # A driver's text may change beside an undoing by somebody who saw an older beat: only the driver writes these two.
    names = [
        name for name in _CHANGING if after.state is ReleaseState.RUNNING or name not in {"driver", "beat", "step"}
    ]
    conditions = {"id": after.id, **seen}

    def update() -> None:
        client.update_item(
            TableName=table,
            Key=release_key(),
            UpdateExpression="SET " + ", ".join(f"#{name} = :{name}" for name in names),
            ConditionExpression=" AND ".join(f"#{name} = :seen_{name}" for name in conditions),
            ExpressionAttributeNames={f"#{name}": name for name in {*names, *conditions}},
            ExpressionAttributeValues={
                **{f":{name}": item[name] for name in names},
                **{f":seen_{name}": _value(value) for name, value in conditions.items()},
            },
            ReturnValuesOnConditionCheckFailure="ALL_OLD",
        )

    def is_made(now: Release) -> bool:
        if not now.is_same(after) or now.state is not after.state:
            return False
        return not now.is_under_way or now.state is ReleaseState.UNDOING or (now.driver, now.beat) == _beat_of(after)

    return _made(update, is_made, after, pause)


def _beat_of(release: Release) -> tuple[str, int]:
    return release.driver, release.beat


def _value(value: str | int) -> dict[str, str]:
    return {"N": str(value)} if isinstance(value, int) else {"S": str(value)}


def _made(send: Callable[[], None], is_made: Callable[[Release], bool], after: Release, pause: Pause) -> Release:
    """Send a change; return what the item is then, or raise what it is instead."""
    for attempt in range(1, CONFLICT_ATTEMPTS + 1):
        try:
            send()
        except ClientError as error:
            if error_code(error) == "ReplicatedWriteConflictException" and attempt < CONFLICT_ATTEMPTS:
                pause()
                continue
            if error_code(error) != "ConditionalCheckFailedException":
                raise
            item: Any = error.response.get("Item")
            now = Release.from_item(item) if item else None
            if now is None or not is_made(now):
                raise StaleReleaseError(now) from error
            return now
        return after
    raise AssertionError("unreachable")


def _described(release: Release) -> str:
    """Return in a line how far the release is, and who is behind that."""
    began = f"the release that {release.by or 'somebody'} began at {release.at} is {release.state}"
    return f"{began} by {release.ended_by}: {release.ended_why}" if release.ended_by else f"{began}: {release.step}"
