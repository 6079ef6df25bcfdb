"""Judges a version by the one before it: does it pass, is too little known, or must it be put back.

What is compared is what both did in the same region. The release passes only on figures: without any, it waits.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from contract.environment import Function
from contract.releases import FAILING_REQUESTS
from operations.release.figures import VersionFigures, percentile
from operations.topology.readings import Known, Reading, Unknown

LEAST_REQUESTS = 5
"""Fewer requests of a payment function show nothing: not even that it starts in each of its environments."""

SURPRISE = math.log(1e5)
"""How unlikely a share must be, were the new version like the old one: one wrong undo in a hundred thousand looks.

A bake looks a few hundred times at seven shares; the bound (Chernoff's) is on the safe side by itself.
"""

LEAST_DEVIATING = 3
"""So many requests must deviate before their share counts: one or two are anybody's bad luck."""

LEAST_PAYMENTS = 1
"""Where payers pay, a payment shows that they reach the version; of quiet sites, canary payments show the rest."""

BURSTS = 2
"""Failures come together, as what they come from lasts: twice the old version's share is taken for its like."""

BEHIND_SECONDS = 30.0
"""What is read less far than so long ago says nothing of the present."""

SLOWER = 2.0
"""Durations that double eat the reserve that time-outs are made of."""

NOTICEABLE_MS = 20.0
"""A smaller difference is not noticed by payers, and is what a busy machine adds."""

NOTICEABLE_START_MS = 300.0
"""The same for a cold start, which few payers meet."""

P99_SAMPLES = 100
MEDIAN_SAMPLES = 10
"""With fewer samples a percentile is one request's luck: a p99 needs a hundred; the median tells of many sooner."""

_DEVIATIONS = {"rejected": "400", "conflicting": "409", "queued": "202", "refused": "503"}
"""The answers whose share of all payments must not grow, and their status."""

_OF_PAYERS = {"rejected", "conflicting"}
"""What one payer's requests can bring about by themselves: they tell nothing of a version unless another one meets
the same payers. At full share none does; the canary payments show there what is rejected, and what conflicts.
"""


class BakeVerdict(StrEnum):
    """What the figures say at this moment, the better first."""

    PASS = "pass"  # noqa: S105 — no password
    WAIT = "wait"  # too little is known
    UNDO = "undo"


@dataclass(frozen=True)
class BakeJudgement:
    """A verdict, and in one line why."""

    verdict: BakeVerdict
    reason: str


@dataclass(frozen=True)
class Beside:
    """The figures of the new version of a function and of the one before it, since the release began."""

    new: VersionFigures
    old: VersionFigures
    before: tuple[int, int] = (0, 0)
    """How many of the new version's requests and payments are from before this bake."""
    behind: float = 0.0
    """How many seconds ago the moment is until which the new version's log is read."""


_NOTHING_WRONG = Known("")


@dataclass(frozen=True)
class BakeEvidence:
    """Everything that is known of a region whose new version is being watched."""

    functions: Mapping[Function, Reading[Beside]]
    alarms: Reading[tuple[str, ...]]
    """The deployment's alarms that ring and did not when the release began."""
    canaries: Reading[str]
    """What the canary payments met: an empty text if the answers were as they should be."""
    ticker: Reading[str] = _NOTHING_WRONG
    """What is wrong with the region's ticker: an empty text if it beats, or is not judged."""
    serves: bool = False
    """Whether payers pay in this region."""
    is_whole: bool = True
    """Whether all invocations go to the new version."""
    elsewhere: Mapping[str, Reading[Beside]] = field(default_factory=dict)
    """What the versions do in the region that has baked already, by words for which they are."""
    lost: str = ""
    """Why the region can be watched no more; an empty text if it answers."""


def judge_bake(evidence: BakeEvidence) -> BakeJudgement:
    """Return the verdict; what must be undone comes first, then what is not known."""
    if problem := next(_problems(evidence), ""):
        return BakeJudgement(BakeVerdict.UNDO, problem)
    if unknown := _unknown(evidence):
        return BakeJudgement(BakeVerdict.WAIT, f"unknown: {unknown}")
    api = evidence.functions[Function.PAYMENT_API]
    requests = api.value.new.requests if isinstance(api, Known) else 0
    return BakeJudgement(BakeVerdict.PASS, f"{requests} requests, none of them beyond what the version before did")


def _problems(evidence: BakeEvidence) -> Iterator[str]:
    """Yield in a line each what speaks against the version."""
    for name, found in evidence.functions.items():
        if isinstance(found, Known) and (problem := problem_of(found.value, name, is_whole=evidence.is_whole)):
            yield f"{name}: {problem}"
    for what, found in evidence.elsewhere.items():  # payers' answers and durations were compared while it baked
        if isinstance(found, Known) and (problem := failures_of(found.value)):
            yield f"{what}: {problem}"
    if isinstance(evidence.alarms, Known) and evidence.alarms.value:
        yield f"in ALARM: {', '.join(evidence.alarms.value)}"
    if isinstance(evidence.canaries, Known) and evidence.canaries.value:
        yield f"canary payments: {evidence.canaries.value}"
    if isinstance(evidence.ticker, Known) and evidence.ticker.value:
        yield f"{Function.TICKER}: {evidence.ticker.value}"
    if evidence.lost:
        yield evidence.lost


def problem_of(beside: Beside, function: Function = Function.PAYMENT_API, *, is_whole: bool = False) -> str:
    """Return why the new version must be put back, in one line; an empty text if nothing speaks against it.

    Args:
        beside: What both versions did.
        function: Whose versions they are: payers meet the payment function's answers and durations alone.
        is_whole: Whether the version before meets no requests any more.
    """
    new, old = beside.new, beside.old
    if problem := failures_of(beside) or _slow_starts(new, old):
        return problem
    if function is not Function.PAYMENT_API:
        return ""
    kinds = [kind for kind in _DEVIATIONS if not (is_whole and kind in _OF_PAYERS)]
    return next(filter(None, (_share(kind, _DEVIATIONS[kind], new, old) for kind in kinds)), "") or _slow(
        new.durations, old.durations
    )


def failures_of(beside: Beside) -> str:
    """Return in a line which of the new version's requests failed; an empty text if they did so before, too."""
    return _failures(beside.new, beside.old) or _killed(beside.new, beside.old)


def surprise(deviating: int, of: int, *, old_deviating: int, old_of: int) -> float:
    """Return how surprising a share is, were it like the old version's: the exponent of Chernoff's bound.

    The old version's share is taken as a little larger than it was seen (Laplace): nothing seen is not never.
    """
    of = max(of, deviating)
    expected = (min(old_deviating, old_of) + 1) / (old_of + 2)
    share = deviating / of if of else 0.0
    if share <= expected:
        return 0.0
    rest = (1 - share) * math.log((1 - share) / (1 - expected)) if share < 1 else 0.0
    return of * (share * math.log(share / expected) + rest)


def _failures(new: VersionFigures, old: VersionFigures) -> str:
    beside = f"{new.failing} of {new.requests} requests failed, beside {old.failing} of {old.requests}"
    kinds = [f"{new.timed_out} timed out"] if new.timed_out else []
    kinds += [f"{new.killed} were killed"] if new.killed else []
    described = f"{beside} ({', '.join(kinds)})" if kinds else beside
    if new.failing >= FAILING_REQUESTS and not _is_as_before(new, old):
        return described
    like = min(old.requests, BURSTS * old.failing)
    unlikely = surprise(new.failing, new.requests, old_deviating=like, old_of=old.requests) >= SURPRISE
    return described if new.failing >= LEAST_DEVIATING and unlikely else ""


def _is_as_before(new: VersionFigures, old: VersionFigures) -> bool:
    """Return whether the old version's requests fail as often, and so many that its share is known."""
    return old.failing >= LEAST_DEVIATING and new.failing * old.requests <= BURSTS * old.failing * new.requests


def _killed(new: VersionFigures, old: VersionFigures) -> str:
    if new.is_at_memory_limit and not old.is_at_memory_limit:
        return f"it used {new.memory_used} of {new.memory_size} MB, the one before {old.memory_used}"
    return ""


def _share(kind: str, status: str, new: VersionFigures, old: VersionFigures) -> str:
    count, before = new.answers(kind), old.answers(kind)
    if count < LEAST_DEVIATING:
        return ""
    if surprise(count, new.payments, old_deviating=before, old_of=old.payments) < SURPRISE:
        return ""
    return f"{count} of {new.payments} payments were {kind} ({status}), beside {before} of {old.payments}"


def _slow(new: Sequence[float], old: Sequence[float]) -> str:
    """Return what is wrong if many more payments took twice as long as nearly all, or half, of the old version's.

    Other requests are of kinds too different: a few of the slower kind would look like a slower version.
    """
    for name, share, samples in (("p99", 0.99, P99_SAMPLES), ("median", 0.5, MEDIAN_SAMPLES)):
        before = percentile(old, share)
        if before is None or len(old) < samples or len(new) < MEDIAN_SAMPLES:
            continue
        limit = max(SLOWER * before, before + NOTICEABLE_MS)
        slower, old_slower = (sum(took > limit for took in each) for each in (new, old))
        if slower < LEAST_DEVIATING:
            continue
        if surprise(slower, len(new), old_deviating=old_slower, old_of=len(old)) >= SURPRISE:
            return (
                f"{slower} of {len(new)} payments took longer than {limit:.0f} ms, beside {old_slower} of {len(old)} "
                f"(whose {name} is {before:.0f} ms)"
            )
    return ""


def _slow_starts(new: VersionFigures, old: VersionFigures) -> str:
    took, before = (percentile(each.init_durations, 0.5) or 0.0 for each in (new, old))
    if min(len(new.init_durations), len(old.init_durations)) < MEDIAN_SAMPLES:
        return ""
    if took < SLOWER * before or took - before < NOTICEABLE_START_MS:
        return ""
    return f"it starts in {took:.0f} ms, the one before in {before:.0f} ms"


def _unknown(evidence: BakeEvidence) -> str:
    found = [f"{name} ({each.reason})" for name, each in evidence.functions.items() if isinstance(each, Unknown)]
    api = evidence.functions.get(Function.PAYMENT_API, Unknown("it was not read"))
    if Function.PAYMENT_API not in evidence.functions:
        found.append(f"{Function.PAYMENT_API} (it was not read)")
    if isinstance(api, Known):
        found += _too_few(api.value, serves=evidence.serves)
    found += [
        f"what {name} logged in the last {each.value.behind:.0f} s"
        for name, each in evidence.functions.items()
        if isinstance(each, Known) and each.value.behind > BEHIND_SECONDS
    ]
    if isinstance(evidence.ticker, Unknown):
        found.append(f"the ticker ({evidence.ticker.reason})")
    if isinstance(evidence.alarms, Unknown):
        found.append(f"the alarms ({evidence.alarms.reason})")
    if isinstance(evidence.canaries, Unknown):
        found.append(f"canary payments ({evidence.canaries.reason})")
    return "; ".join(found)


def _too_few(beside: Beside, *, serves: bool) -> list[str]:
    requests, payments = beside.before
    fresh = beside.new.requests - requests
    found = [f"{fresh} of at least {LEAST_REQUESTS} requests were seen"] if fresh < LEAST_REQUESTS else []
    if beside.old.requests < LEAST_REQUESTS:
        found.append(f"{beside.old.requests} of at least {LEAST_REQUESTS} requests of the version before were seen")
    if not serves:
        return found
    for number, whose in ((beside.new.payments - payments, ""), (beside.old.payments, " of the version before")):
        if number < LEAST_PAYMENTS:
            found.append(f"{number} of at least {LEAST_PAYMENTS} payments{whose} were seen")
    return found
