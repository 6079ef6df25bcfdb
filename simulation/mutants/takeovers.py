"""Faults in when tickers take the writer over, and when they undo a closing."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from handlers.tickers import acting, decision, run, seeing
from handlers.tickers.decision import TickerAction, TickerDecision
from handlers.tickers.memory import TickerMemory
from handlers.writer import changes
from handlers.writer.changes import Author
from handlers.writer.item import ClosingKind, Writer
from simulation.mutants.registry import mutant
from simulation.patching import patched
from simulation.run import RUN_SECONDS


@mutant("no hysteresis", "no flapping", seed=4853, seconds=267.0)
def _no_hysteresis() -> Iterator[None]:
    with patched(decision, required_fitness=lambda _: 0.0):
        yield


@mutant(
    "nobody undoes a closing that was left",
    "never shut for long",
    "payments are taken again",
    seed=4713,
    seconds=RUN_SECONDS,
)
def _no_undo() -> Iterator[None]:
    def wait(*_: object) -> TickerDecision:
        return TickerDecision(TickerAction.WAIT, "a planned closing lasts")

    with patched(decision, _about_planned_closing=wait):
        yield


@mutant("the primary never takes over", "never shut for long", seed=4853, seconds=768.0)
def _one_way() -> Iterator[None]:
    original = decision.decide

    def decide(place: Any, seen: Any, memory: TickerMemory) -> TickerDecision:  # noqa: ANN401
        decided = original(place, seen, memory)
        if place.is_primary and decided.action is TickerAction.TAKE_OVER:
            return TickerDecision(TickerAction.WAIT, "the standby serves")
        return decided

    with patched(run, decide=decide):
        yield


@mutant("takeover of a held writer", "no takeover against an operator", seed=4737, seconds=484.0)
def _held_is_taken() -> Iterator[None]:
    original = decision._about_peer  # noqa: SLF001

    def about_peer(writer: Writer, seen: Any, memory: TickerMemory) -> TickerDecision:  # noqa: ANN401
        return original(replace(writer, kind=_unless_held(writer)), seen, memory)

    original_take_over = changes.take_over

    def take_over(before: Writer, region: str, author: Author) -> Writer:
        return original_take_over(replace(before, kind=_unless_held(before)), region, author)

    with patched(decision, _about_peer=about_peer), patched(acting, take_over=take_over):
        yield


@mutant("takeover although it is switched off", "no takeover against an operator", seed=4720, seconds=620.0)
def _switched_off() -> Iterator[None]:
    original, original_take_over = decision._about_peer, changes.take_over  # noqa: SLF001

    def about_peer(writer: Writer, seen: Any, memory: TickerMemory) -> TickerDecision:  # noqa: ANN401
        return original(replace(writer, automatic=True), seen, memory)

    def take_over(before: Writer, region: str, author: Author) -> Writer:
        after = original_take_over(replace(before, automatic=True), region, author)
        return replace(after, automatic=before.automatic)

    with patched(decision, _about_peer=about_peer), patched(acting, take_over=take_over):
        yield


@mutant(
    "a heartbeat that is late counts as a region that is lost",
    "no takeover from a fit region",
    seed=4711,
    seconds=220.0,
)
def _heartbeat_decides() -> Iterator[None]:
    original = seeing.saw_proofs

    def saw_proofs(memory: TickerMemory, *, own: int, peer: int, lag: float | None) -> TickerMemory:
        after = original(memory, own=own, peer=peer, lag=lag)
        return after if lag is None else replace(after, peer_age=lag)

    with patched(run, saw_proofs=saw_proofs):
        yield


@mutant("takeover on one missed look at the proof", "no takeover from a fit region", seed=4711, seconds=RUN_SECONDS)
def _hasty() -> Iterator[None]:
    with patched(decision, PROOF_STALE_SECONDS=3):
        yield


@mutant("a proof that nobody has seen change is not aged", "never shut for long", seed=4728, seconds=679.0)
def _ageless() -> Iterator[None]:
    original = seeing.saw_proofs

    def saw_proofs(memory: TickerMemory, **proofs: Any) -> TickerMemory:  # noqa: ANN401
        return replace(original(memory, **proofs), peer_age=0.0)

    with patched(run, saw_proofs=saw_proofs):
        yield


def _unless_held(writer: Writer) -> ClosingKind | None:
    return None if writer.kind is ClosingKind.HELD else writer.kind
