"""Judges one row of `compare.sql`: pure, and careful with what cannot be known.

A payment is removed only when the access logs of its time were read and show no request that could have stored it. A
payment is overwritten only when no client was promised what is there.
"""

from dataclasses import dataclass
from typing import Any, NamedTuple

from operations.restore.findings import RestoreFindingKind

_ANSWERED, _IN_DOUBT = "answered", "in doubt"


class ComparedPayment(NamedTuple):
    """A row of `compare.sql`, in the order of its columns."""

    transaction_id: str
    restored: str | None
    serving: str | None
    other: str | None
    region: str
    stored_at: str
    request_id: str
    verdict: str
    first_rank: int
    is_logged: int
    in_logs: int
    promised_versions: int
    promised_state: str | None
    promised_at: str


@dataclass(frozen=True)
class WitnessReach:
    """How far the witnesses of a comparison can be trusted; times are ISO 8601."""

    moment: str
    """What was restored."""
    scanned_at: str
    """When the scans of the live replicas began; what is younger may be in the logs alone."""
    settled: str
    """What is younger may still be on its way between the replicas."""
    answers_since: str | None
    """From when on the access logs tell of every request; None when one of them could not be read."""
    has_request_ids: bool = True
    """Whether payments before the moment have request ids; if so, the functions stored none without."""


class Judgement(NamedTuple):
    """The judgement of one payment; a kind of None is in order."""

    kind: RestoreFindingKind | None
    why: str = ""
    from_log: bool = False
    """Whether the wanted version is the promised one of the log, not the restored one."""


_IN_ORDER = Judgement(None)


def judge_restored(row: ComparedPayment, reach: WitnessReach) -> Judgement:
    """Return what a payment is whose versions differ."""
    if row.serving is None:
        return _absent(row, reach)
    if row.restored is None:
        return _added(row, reach)
    if row.restored == row.serving:
        return _replicas(row, reach)
    return _changed(row, reach)


def _absent(row: ComparedPayment, reach: WitnessReach) -> Judgement:
    if row.restored is not None:
        if row.promised_versions:
            return _unjudged("a client was promised a later version, which is gone as well")
        return Judgement(RestoreFindingKind.DELETED, "the restored table holds it")
    if row.other is not None:
        return _replicas(row, reach)
    if not row.promised_versions or row.promised_at > reach.scanned_at:
        return _IN_ORDER
    if row.promised_versions > 1:
        return _unjudged("clients were promised several versions of it")
    return Judgement(RestoreFindingKind.DELETED, "it was logged, and its request was answered", from_log=True)


def _changed(row: ComparedPayment, reach: WitnessReach) -> Judgement:
    if row.verdict == _ANSWERED:
        return Judgement(RestoreFindingKind.ANSWERED, "another request of a client was answered with what is there")
    if row.verdict == _IN_DOUBT:
        return _unjudged("another request, answered with an error, may have stored what is there")
    if row.promised_versions:
        return _unjudged("a client was promised a later version, which was changed as well")
    if reach.answers_since is None and row.is_logged:
        return _unjudged("it was inserted again, and an access log could not be read")
    return Judgement(RestoreFindingKind.CHANGED, "what is there is not what was restored")


def _added(row: ComparedPayment, reach: WitnessReach) -> Judgement:
    if row.verdict == _ANSWERED:
        if not row.in_logs:
            return Judgement(RestoreFindingKind.UNLOGGED, "`dr reconcile --write-logs` writes it into the logs")
        return _replicas(row, reach)
    if row.promised_versions > 1:
        return _unjudged("clients were promised several versions of it")
    if row.promised_versions:
        why = "it was logged otherwise when its request was answered"
        return Judgement(RestoreFindingKind.CHANGED, why, from_log=True)
    doubt = _doubt(row, reach)
    return _unjudged(doubt) if doubt else Judgement(RestoreFindingKind.SUSPICIOUS, _sent_by_nobody(row))


def _sent_by_nobody(row: ComparedPayment) -> str:
    if not row.request_id:
        return "it names no request"
    return "its request is another payment's" if row.first_rank > 1 else "no request of a client was answered for it"


def _doubt(row: ComparedPayment, reach: WitnessReach) -> str:
    """Return why a client may have sent an added payment all the same; empty if none did."""
    if row.verdict == _IN_DOUBT:
        return "its request was answered with an error, or several payments share it at the same moment"
    if reach.answers_since is None:
        return "an access log could not be read"
    if row.stored_at < reach.answers_since:
        return "it claims to be older than the access logs"
    if not row.request_id and not reach.has_request_ids:
        return "it names no request, and neither do payments from before the moment"
    return ""


def _replicas(row: ComparedPayment, reach: WitnessReach) -> Judgement:
    if row.serving == row.other:
        return _IN_ORDER
    if row.restored is None and row.stored_at > reach.settled:
        return _IN_ORDER
    if row.restored is None and row.serving is None:
        return Judgement(RestoreFindingKind.REPLICAS_DIFFER, "only the other region holds it: `dr reconcile`")
    return Judgement(RestoreFindingKind.REPLICAS_DIFFER, "the other region holds something else: `dr reconcile`")


def _unjudged(why: str) -> Judgement:
    return Judgement(RestoreFindingKind.UNJUDGED, why)


def compared(row: tuple[Any, ...]) -> ComparedPayment:
    """Return a row of the comparison."""
    return ComparedPayment(*row)
