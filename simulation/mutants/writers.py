"""Faults in how the writer is read and changed."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from typing import Any

from botocore.exceptions import ClientError

from contract.deadlines import SETTLE_SECONDS
from contract.environment import PARTITION_KEY, WRITER_KEY
from handlers.clients import TableClient
from handlers.faults import error_code
from handlers.runtime import Moment
from handlers.tickers import acting, decision, run
from handlers.tickers.decision import TickerAction, TickerDecision
from handlers.tickers.memory import TickerMemory
from handlers.writer import changes, item, knowledge
from handlers.writer.changes import Author, StaleEpochError
from handlers.writer.item import ClosingKind, Writer, WriterState
from operations.execution import changing, live_controls
from operations.execution.changing import ChangeSequence
from operations.execution.errors import OvertakenError
from simulation.mutants.registry import mutant
from simulation.patching import patched


@mutant("open before settle", "opened after settling", seed=4711, seconds=11.0)
def _open_before_settle() -> Iterator[None]:
    with patched(decision, SETTLE_SECONDS=0):
        yield


@mutant("an opening time that is compared with a clock", "opened after settling", seed=4732, seconds=284.0)
def _opening_time() -> Iterator[None]:
    original = run.TickerRun._decide  # noqa: SLF001 -- what is mutated

    def decided(self: Any, began: Moment) -> None:  # noqa: ANN401
        writer = self._writer
        if writer is not None and not writer.is_open:
            age = self._clock.wall() - datetime.fromisoformat(writer.at).timestamp()
            self._memory = replace(self._memory, epoch_age=age)
        original(self, began)

    with patched(run.TickerRun, _decide=decided):
        yield


@mutant("the ticker trusts the wall clock alone", "opened after settling", seed=4781, seconds=845.0)
def _one_clock() -> Iterator[None]:
    def seconds_until(self: Moment, now: Moment) -> float:
        return max(0.0, now.wall - self.wall)

    with patched(Moment, seconds_until=seconds_until):
        yield


@mutant("an operator's plan opens without settling", "opened after settling", seed=4713, seconds=301.0)
def _plan_without_settling() -> Iterator[None]:
    with patched(changing, SETTLE_SECONDS=0):
        yield


@mutant("change without epoch", "one epoch after the other", "done stays done", seed=4713, seconds=307.0)
def _without_epoch() -> Iterator[None]:
    def put(client: TableClient, table: str, _before: Writer | None, after: Writer) -> None:
        client.put_item(TableName=table, Item=after.item())

    with patched(changes, _put=put):
        yield


@mutant(
    "a change whose answer was lost counts as somebody else's", "overtaken by somebody else", seed=4882, seconds=175.0
)
def _own_change_unknown() -> Iterator[None]:
    def change_writer(client: TableClient, table: str, before: Writer | None, after: Writer, **_: Any) -> Writer:  # noqa: ANN401
        try:
            changes._put(client, table, before, after)  # noqa: SLF001
        except ClientError as error:
            if error_code(error) != "ConditionalCheckFailedException":
                raise
            item = error.response.get("Item")
            raise StaleEpochError(Writer.from_item(item) if item else None) from error  # type: ignore[arg-type]
        return after

    with patched(live_controls, change_writer=change_writer), patched(run, change_writer=change_writer):
        yield


@mutant(
    "an overtaken plan goes on from what it finds",
    "done stays done",
    "a plan follows itself",
    seed=4815,
    seconds=470.0,
)
def _goes_on() -> Iterator[None]:
    original = ChangeSequence.make

    def make(self: Any, successor: Any, *, near: Any) -> Writer:  # noqa: ANN401
        try:
            return original(self, successor, near=near)
        except OvertakenError as error:
            stale = error.__cause__
            if not isinstance(stale, StaleEpochError) or stale.now is None:
                raise
            self.latest = stale.now
            return original(self, successor, near=near)

    with patched(ChangeSequence, make=make):
        yield


@mutant(
    "the writer moves from open to open", "one epoch after the other", "opened after settling", seed=4712, seconds=329.0
)
def _open_to_open() -> Iterator[None]:
    def take_over(before: Writer, region: str, author: Author) -> Writer:
        after = changes._successor(before, author, region=region, state=WriterState.OPEN)  # noqa: SLF001
        return replace(after, automatic_changes=before.automatic_changes + author.automatic)

    with patched(acting, take_over=take_over):
        yield


@mutant("a control read that is not consistent", "one open writer", seed=4717, seconds=331.0)
def _eventual_read() -> Iterator[None]:
    def read(client: TableClient, table: str) -> Writer | None:
        answer = client.get_item(TableName=table, Key={PARTITION_KEY: {"S": WRITER_KEY}})
        return Writer.from_item(answer["Item"]) if "Item" in answer else None

    with patched(knowledge, read_writer=read), patched(run, read_writer=read), patched(item, read_writer=read):
        yield


@mutant("knowledge is valid for 30 s", "one open writer", seed=4712, seconds=341.0)
def _old_knowledge() -> Iterator[None]:
    with patched(knowledge, KNOWLEDGE_VALID_SECONDS=30):
        yield


@mutant("glass beats the control table", "glass gives way", "one open writer", seed=4794, seconds=345.0)
def _glass_wins() -> Iterator[None]:
    def about_glass(place: Any, glass: Any, writer: Writer | None) -> TickerDecision:  # noqa: ANN401
        if writer is not None and writer.allows(place.region):
            return TickerDecision(TickerAction.CLEAR_GLASS, "the region owns the writer anyway")
        if writer is not None and writer.kind is ClosingKind.TAKEOVER and writer.region == place.region:
            return decision._as_owner(writer, TickerMemory(fit=True, epoch_age=SETTLE_SECONDS))  # noqa: SLF001
        return TickerDecision(TickerAction.CLAIM_GLASS, f"glass was broken by {glass.by}")

    with patched(decision, _about_glass=about_glass):
        yield


@mutant("two open regions after glass", "one open writer", seed=4794, seconds=415.0)
def _glass_stays() -> Iterator[None]:
    def about_glass(*_: object) -> TickerDecision:
        return TickerDecision(TickerAction.WAIT, "the glass is broken")

    def read(self: Any) -> None:  # noqa: ANN401
        began = self._clock.now()
        glass = self._glass()
        if glass is not None:
            sighting = knowledge.WriterSighting(glass.writer(), began, self._clock.now(), by_glass=True)
            self._last = sighting
            return
        original(self)

    original = knowledge.WriterKnowledge.read
    with patched(decision, _about_glass=about_glass), patched(knowledge.WriterKnowledge, read=read):
        yield
