"""What must hold of releases: one region and one share at a time, an end in bounded time, and nothing after it."""

from collections.abc import Iterator
from itertools import pairwise

from contract.releases import DRIVER_GONE_SECONDS, RELEASE_LOOK_SECONDS
from simulation.checker.calm import is_calm
from simulation.checker.invariants import Found, invariant
from simulation.checker.versions import API, following, is_of, placement, releases, serving_region, standing
from simulation.history import History
from simulation.release_history import ReleasePeriod, TrafficMove

ACTING_SECONDS = 15.0
"""What a ticker needs between its look and its change, in a tick that has other work as well."""

_PUTTING_BACK_SECONDS = 60.0
"""What all moves back take, while nothing is disturbed."""

_NOTICING_SECONDS = 8.0
"""What a ticker needs until it has said that a release is to be undone, once it has looked."""

_DRIVER_NOTICES_SECONDS = 90.0
"""When a driver has noticed at the latest that the writer was moved: what it asks may be out of reach, and hang."""

_DRIFT_SECONDS = 0.5

_BAKED = 0.9
"""Clocks drift, and a bake ends with a look."""

_STAGE_SECONDS = 10.0
"""How long a stage may stand wrong that a driver moved too late: it has no revision, and is looked at afterwards."""


@invariant("one version in the end")
def one_version_in_the_end(history: History) -> Found:
    """Find releases under way although faults ended long ago, and regions that run other versions than they should."""
    last = history.releases.last
    if last is None:
        return
    if last.is_under_way:
        yield history.ended, f"at the end {last}", ""
        return
    for text in _astray(history, last, history.ended):
        yield history.ended, f"at the end {text}", ""


@invariant("an end is where it should be")
def ends_are_where_they_should_be(history: History) -> Found:
    """Find releases that ended without both regions on the versions before, or on the new ones if they are done."""
    for period in history.releases.periods:
        if not period.is_under_way:
            for text in _astray(history, period, period.at):
                yield period.at, f"{period}, and {text}", ""


@invariant("an ended release moves nothing")
def nothing_moves_after_the_end(history: History) -> Found:
    """Find moves of aliases and stages after a release has ended and before another begins."""
    for period, until in following(history):
        if period.is_under_way:
            continue
        for move in history.releases.moves:
            if period.at < move.at < until and _is_wrong(move, period):
                is_stage = move.target == API
                if is_stage and not _is_wrong(standing(history, move.region, API, move.at + _STAGE_SECONDS), period):
                    continue
                yield move.at, f"{move}, although {period} since {period.at:.1f}", ""


@invariant("a release that nobody drives is undone")
def abandoned_releases_end(history: History) -> Found:
    """Find releases without a beat, or being undone, for longer than it takes while nothing is disturbed."""
    for periods in releases(history):
        ends = [each.at for each in periods if each.state != "running"] or [history.ended]
        beats = history.releases.beats.get(periods[0].id, [])
        bound = DRIVER_GONE_SECONDS + RELEASE_LOOK_SECONDS + ACTING_SECONDS
        for beat, after in pairwise([*(at for at in beats if at < ends[0]), ends[0]]):
            if after - beat > bound and is_calm(history, beat, beat + bound):
                yield after, f"the driver of {periods[0]} shows no life since {beat:.1f}", ""
    for period, until in following(history):
        is_long = period.state == "undoing" and until - period.at > _PUTTING_BACK_SECONDS
        if is_long and is_calm(history, period.at, period.at + _PUTTING_BACK_SECONDS):
            yield until, f"{period} since {period.at:.1f}", ""


@invariant("a driven release is left alone")
def driven_releases_are_left_alone(history: History) -> Found:
    """Find releases that tickers undo although their driver lives and the writer stands where it stood."""
    for period in history.releases.periods:
        if period.state != "undoing" or not period.process.startswith("ticker@"):
            continue
        writer, beats = history.writer_at(period.at), history.releases.beats[period.id]
        lately = [at for at in beats if period.at - DRIVER_GONE_SECONDS + _DRIFT_SECONDS < at < period.at]
        if lately and writer is not None and writer.epoch == period.epoch:
            yield period.at, f"{period}, whose driver showed life at {lately[-1]:.1f}", ""


@invariant("a moved writer ends a release")
def moved_writers_end_releases(history: History) -> Found:
    """Find releases that are driven on although the writer was moved long ago, or go on while nothing is disturbed."""
    bound = RELEASE_LOOK_SECONDS + _NOTICING_SECONDS
    for periods in releases(history):
        ends = next((each.at for each in periods if each.state != "running"), history.ended)
        moved = next((each.at for each in history.writer if each.epoch > periods[0].epoch), None)
        if moved is None:
            continue
        began = max(moved, periods[0].at)
        late = began + _DRIVER_NOTICES_SECONDS
        beats = [at for at in history.releases.beats[periods[0].id] if late < at < ends]
        if beats or (ends - began > bound and is_calm(history, began, began + bound)):
            yield ends, f"{periods[0]} goes on since the writer was moved at {moved:.1f}", ""


@invariant("one release at a time")
def one_release_at_a_time(history: History) -> Found:
    """Find releases that begin while another one is under way, and changes of one that has ended."""
    for before, after in pairwise(history.releases.periods):
        if before.is_under_way and before.id != after.id:
            yield after.at, f"{after} while {before}", ""
        if before.id == after.id and not before.is_under_way:
            yield after.at, f"{after} after {before}", ""


@invariant("no planned move during a release")
def planned_moves_wait(history: History) -> Found:
    """Find planned closings by commands that began while a release was under way, which still is."""
    began = {each.process: each.began for each in history.commands}
    for state in history.writer:
        if state.kind != "planned" or state.process not in began:
            continue
        for periods in releases(history):
            ended = next((each.at for each in periods if not each.is_under_way), history.ended)
            if periods[0].at < began[state.process] and state.at < ended:
                yield state.at, f"{state} during {periods[0]}", ""


@invariant("one region and one share at a time")
def traffic_moves_step_by_step(history: History) -> Found:
    """Find moves towards a new version that come before the step before has baked."""
    for periods in releases(history):
        serving = serving_region(history, periods[0])
        before, after = placement(periods[0].before), placement(periods[0].after)
        for function in after[history.regions[0]]:
            for region in history.regions:
                if function != API and before[region][function] != after[region][function]:
                    yield from _skips(history, periods, region, function, is_serving=region == serving)


def _astray(history: History, period: ReleasePeriod, moment: float) -> Iterator[str]:
    """Yield what points elsewhere than where a release's end says."""
    should = placement(period.after if period.state == "done" else period.before)
    for region, targets in should.items():
        for target, version in targets.items():
            now = standing(history, region, target, moment)
            if (now.version, now.other) != (version, ""):
                yield f"{now}, not {version}"


def _is_wrong(move: TrafficMove, period: ReleasePeriod) -> bool:
    should = placement(period.after if period.state == "done" else period.before)
    return (move.version, move.other) != (should[move.region][move.target], "")


def _skips(
    history: History, periods: list[ReleasePeriod], region: str, function: str, *, is_serving: bool
) -> Iterator[tuple[float, str, str]]:
    """Yield the moves of a region's function that come too early, or with more than is due."""
    bake, shares = history.releases.bake_seconds * _BAKED, (*history.releases.shares, 1.0)
    new = placement(periods[0].after)[region][function]
    ended = next((each.at for each in periods if each.state != "running"), history.ended)
    due = shares if is_serving else (1.0,)
    share, since = 0.0, -1.0
    if is_serving:
        [other] = (each for each in history.regions if each != region)
        moves = [m for m in history.releases.moves if is_of(m, other, function, periods[0].at, ended)]
        since = next((move.at for move in moves if move.share_of(new) == 1), float("inf"))
    for move in history.releases.moves:
        if not is_of(move, region, function, periods[0].at, ended) or move.share_of(new) == share:
            continue
        allowed = next((each for each in due if each > share), share)
        is_more = move.share_of(new) > share  # whoever goes on with a release may repeat an earlier share
        if move.share_of(new) > allowed + 1e-9 or (is_more and is_serving and move.at - since < bake):
            yield move.at, f"{move}; {allowed:.0%} are due, {bake:.0f} s after {since:.1f}", ""
        share, since = move.share_of(new), move.at
