"""The changes of the writer item: what may follow on what, and the compare-and-set that makes it so.

Each successor raises the epoch by one; a change fails when its author's epoch is no longer the current one.
IAM: changing needs dynamodb:PutItem on `writer` of the control table.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from uuid import uuid4

from botocore.exceptions import ClientError

from contract.deadlines import PLANNED_CLOSING_SECONDS
from contract.environment import PARTITION_KEY
from handlers.clients import TableClient
from handlers.faults import error_code
from handlers.writer.item import ClosingKind, Writer, WriterState

CONFLICT_ATTEMPTS = 5
"""How often a change is sent that meets another region's change of the same item, which is safe (FACTS 1.10)."""


class ForbiddenChangeError(Exception):
    """The change may not follow on the writer's present state."""


class StaleEpochError(Exception):
    """Somebody else changed the writer since its author read it; `now` is what it became."""

    def __init__(self, now: Writer | None) -> None:
        self.now = now
        super().__init__(
            "the writer item is gone"
            if now is None
            else f"{now.by or 'somebody'} made it epoch {now.epoch} at {now.at}: {now.state} in {now.region}"
        )


@dataclass(frozen=True)
class Author:
    """Who changes the writer: the name, the reason, the time for people, and whether it acts unattended."""

    by: str
    reason: str
    at: str
    automatic: bool = False


def create(region: str, epoch: int, author: Author) -> Writer:
    """Return the first writer item: closing, to be opened by the region's ticker once it has settled."""
    first = Writer(region=region, epoch=epoch - 1, state=WriterState.CLOSING, kind=ClosingKind.TAKEOVER)
    return _successor(first, author)


def take_over(before: Writer, region: str, author: Author) -> Writer:
    """Return the closing that makes `region` the owner, whatever the present owner says.

    Raises:
        ForbiddenChangeError: An operator holds the writer, and the author acts unattended.
    """
    if author.automatic and (before.kind is ClosingKind.HELD or not before.automatic):
        raise ForbiddenChangeError("an unattended takeover is switched off, or an operator holds the writer")
    after = _successor(before, author, region=region, state=WriterState.CLOSING, kind=ClosingKind.TAKEOVER)
    return replace(after, automatic_changes=before.automatic_changes + 1) if author.automatic else after


def close_planned(
    before: Writer, destination: str, author: Author, *, seconds: int = PLANNED_CLOSING_SECONDS
) -> Writer:
    """Return the planned closing of the owner in favour of `destination`.

    Raises:
        ForbiddenChangeError: The writer is not open, or the destination owns it already.
    """
    if not before.is_open or before.region == destination:
        raise ForbiddenChangeError(f"the writer is {before.state} in {before.region}")
    return _successor(
        before,
        author,
        state=WriterState.CLOSING,
        kind=ClosingKind.PLANNED,
        destination=destination,
        seconds=seconds,
    )


def hold(before: Writer, author: Author) -> Writer:
    """Return the closing that only an operator ends."""
    return _successor(before, author, state=WriterState.CLOSING, kind=ClosingKind.HELD)


def open_writer(before: Writer, author: Author) -> Writer:
    """Return the opening that a closing leads to; its author waits `SETTLE_SECONDS` after it saw the closing.

    Raises:
        ForbiddenChangeError: The writer is open already: never from open to open.
    """
    if before.is_open:
        raise ForbiddenChangeError(f"the writer is open in {before.region} already")
    region = before.destination if before.kind is ClosingKind.PLANNED and before.destination else before.region
    return _successor(before, author, region=region, state=WriterState.OPEN)


def undo(before: Writer, author: Author) -> Writer:
    """Return the opening of the source that ends a planned closing; it needs no settling, since the owner stays.

    Raises:
        ForbiddenChangeError: There is no planned closing.
    """
    if before.kind is not ClosingKind.PLANNED:
        raise ForbiddenChangeError(f"the writer is {before.state} in {before.region}, which is no planned closing")
    return _successor(before, author, state=WriterState.OPEN)


def set_automatic(before: Writer, author: Author, *, automatic: bool) -> Writer:
    """Return the writer with unattended takeovers switched on or off; the epoch grows even if nothing else changes."""
    return replace(
        _successor(before, author, state=before.state, kind=before.kind),
        destination=before.destination,
        seconds=before.seconds,
        automatic=automatic,
        switches_automatic=True,
    )


def change_writer(
    client: TableClient, table: str, before: Writer | None, after: Writer, *, pause: Callable[[], None] = lambda: None
) -> Writer:
    """Write `after` if the writer still is at the epoch of `before` (None: absent); return it.

    A failed condition that shows the author's own change is success: the SDK repeats a call whose answer was lost.

    Raises:
        StaleEpochError: Somebody else changed the writer.
        ClientError, BotoCoreError: The control table does not answer; whether the change was made is unknown.
    """
    for attempt in range(1, CONFLICT_ATTEMPTS + 1):
        try:
            _put(client, table, before, after)
        except ClientError as error:
            if error_code(error) == "ReplicatedWriteConflictException" and attempt < CONFLICT_ATTEMPTS:
                pause()
                continue
            if error_code(error) != "ConditionalCheckFailedException":
                raise
            item = error.response.get("Item")
            now = Writer.from_item(item) if item else None  # type: ignore[arg-type]
            if now is None or now.change_id != after.change_id:
                raise StaleEpochError(now) from error
        return after
    raise AssertionError("unreachable")


def _put(client: TableClient, table: str, before: Writer | None, after: Writer) -> None:
    if before is None:
        condition: dict[str, object] = {"ConditionExpression": f"attribute_not_exists({PARTITION_KEY})"}
    else:
        condition = {
            "ConditionExpression": "#epoch = :epoch",
            "ExpressionAttributeNames": {"#epoch": "epoch"},
            "ExpressionAttributeValues": {":epoch": {"N": str(before.epoch)}},
        }
    client.put_item(TableName=table, Item=after.item(), ReturnValuesOnConditionCheckFailure="ALL_OLD", **condition)


def _successor(
    before: Writer,
    author: Author,
    *,
    region: str | None = None,
    state: WriterState = WriterState.CLOSING,
    kind: ClosingKind | None = None,
    destination: str | None = None,
    seconds: int | None = None,
) -> Writer:
    if state is WriterState.CLOSING and kind is None:
        kind = before.kind
    return Writer(
        region=region or before.region,
        epoch=before.epoch + 1,
        state=state,
        kind=kind,
        destination=destination,
        seconds=seconds,
        automatic=before.automatic,
        automatic_changes=before.automatic_changes if author.automatic else 0,
        by=author.by,
        reason=author.reason,
        at=author.at,
        change_id=uuid4().hex,
    )
