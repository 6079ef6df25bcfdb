"""What `dr` says of its commands holds."""

from itertools import pairwise

from simulation.checker.invariants import Found, invariant
from simulation.history import History


@invariant("done stays done")
def done_stays_done(history: History) -> Found:
    """Find changes of plans that were made before another command changed the writer and said that it is done."""
    planned = {each.process: each.planned_epoch for each in history.commands if each.planned_epoch}
    for done in history.commands:
        if done.outcome != "done" or done.left_epoch <= done.planned_epoch:
            continue
        for state in history.writer:
            made = planned.get(state.process, done.left_epoch)
            if state.process != done.process and state.epoch > done.left_epoch > made:
                yield state.at, f"{state.process} goes on from epoch {made}; {done.process} is done since", ""


@invariant("a plan follows itself")
def plans_follow_themselves(history: History) -> Found:
    """Find changes of commands on an epoch that neither their plan had read nor the operator had made."""
    planned = {each.process: each.planned_epoch for each in history.commands if each.planned_epoch}
    for before, after in pairwise(history.writer):
        made = planned.get(after.process)
        if made is not None and before.epoch != made and before.by != after.by:
            yield after.at, f"{after.process} was planned at epoch {made} and changes epoch {before.epoch}", ""


@invariant("overtaken by somebody else")
def overtaken_by_others(history: History) -> Found:
    """Find commands that say that they were overtaken although nobody but they changed the writer."""
    for each in history.commands:
        if each.outcome != "overtaken":
            continue
        changes = [state for state in history.writer if each.planned_epoch < state.epoch and state.at <= each.ended]
        if changes and all(state.process == each.process for state in changes):
            yield each.ended, f"{each.process} says that it was overtaken, and nobody else changed the writer", ""


@invariant("a planned move loses nothing")
def planned_moves_lose_nothing(history: History) -> Found:
    """Find payments of the source that the destination of a planned closing did not hold when it opened."""
    for before, after in pairwise(history.writer):
        if before.kind != "planned" or not after.is_open or after.region == before.region:
            continue
        there = {each.id for each in history.arrivals if each.region == after.region and each.at <= after.at}
        there |= {each.id for each in history.stores if each.region == after.region and each.at <= after.at}
        for store in history.stores:
            if store.region == before.region and store.at <= after.at and store.id not in there:
                yield after.at, f"{after.region} opened without it", store.id
