"""Detects what got worse since the operator was asked, beyond normal fluctuation."""

import re
from collections.abc import Iterator

from operations.plans.plan import Obstacle, Plan, Refusal
from operations.plans.preconditions import most_lag
from operations.topology.loss_estimate import LossEstimate
from operations.topology.model import Topology
from operations.topology.readings import Known

_NUMBER = re.compile(r"[0-9.]+")


def worsened(
    topology: Topology,
    *,
    shown: Plan,
    now: Plan,
    shown_loss: LossEstimate | None,
    loss: LossEstimate | None,
) -> Refusal | None:
    """Return why the plan must be shown again before it is carried out, or None when nothing got worse."""
    found = [*_worse_loss(topology, shown_loss, loss), *new_warnings(shown, now)]
    if not found:
        return None
    obstacle = Obstacle("it has changed since you were asked", "; ".join(found), "begin again to see what it is now")
    return Refusal(shown.purpose, shown.environment, (obstacle,))


def new_warnings(shown: Plan, now: Plan) -> list[str]:
    """Return the warnings that differ from the shown ones by more than numbers."""
    known = [_words(each) for each in shown.warnings]
    return [each for each in now.warnings if not any(_words(each) <= words for words in known)]


def _worse_loss(topology: Topology, shown: LossEstimate | None, now: LossEstimate | None) -> Iterator[str]:
    """Yield a reason if more would be lost.

    A few payments are always in flight, and more every second while replication is stopped. So an operator who accepted
    a loss is asked again only once it has more than doubled.
    """
    if shown is None or now is None or not isinstance(shown.missing, Known):
        return
    if not isinstance(now.missing, Known):
        yield f"what would be lost is unknown by now ({now.missing.reason})"
        return
    before, after = shown.missing.value, now.missing.value
    if after.count > 2 * before.count and after.oldest_seconds > most_lag(topology):
        yield f"{after.count} payments would be lost, {before.count} when you were asked"


def _words(text: str) -> set[str]:
    return {word for word in re.split(r"[\s,]+", text) if not _NUMBER.fullmatch(word)}
