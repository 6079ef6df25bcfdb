"""A release as JSON, for whatever reads the commands' output and for the record."""

from typing import Any

from handlers.releases.item import Release
from handlers.runtime import timestamp
from operations.release.driver import ReleaseAccount
from operations.release.figures import ANSWERS, VersionFigures
from operations.release.judging import BakeEvidence, Beside
from operations.release.release_plan import ReleasePlan, ReleaseRefusal
from operations.release.stored_payments import StoredByRelease
from operations.site import Site
from operations.topology.readings import Known, Reading
from operations.typed_commands import Typed


def release_plan_document(plan: ReleasePlan, site: Site, typed: Typed) -> dict[str, Any]:
    """Return a plan."""
    return {
        "first": site.regions[plan.idle].name,
        "epoch": plan.epoch,
        "moves": [
            {
                "region": site.regions[each.role].name,
                "function": each.function,
                "before": each.before,
                "after": each.after,
            }
            for each in plan.moves
        ],
        "steps": [
            {
                "kind": step.kind,
                "region": site.regions[step.role].name,
                "share": step.share,
                "seconds": step.seconds,
                "says": step.says(site),
            }
            for step in plan.steps
        ],
        "changedAnswers": [{"case": each.case, "why": each.why} for each in plan.changed_answers],
        "warnings": [typed(each) for each in plan.warnings],
    }


def release_refusal_document(refusal: ReleaseRefusal, typed: Typed) -> dict[str, Any]:
    """Return a refusal."""
    return {
        "obstacles": [
            {"precondition": typed(each.precondition), "found": typed(each.found), "remedy": typed(each.remedy)}
            for each in refusal.obstacles
        ]
    }


def release_document(release: Release | None) -> dict[str, Any] | None:
    """Return the release item."""
    if release is None:
        return None
    return {
        "id": release.id,
        "state": release.state,
        "by": release.by,
        "reason": release.reason,
        "at": release.at,
        "step": release.step,
        "epoch": release.epoch,
        "endedBy": release.ended_by or None,
        "endedWhy": release.ended_why or None,
        "before": {region: each.document() for region, each in release.before.items()},
        "after": {region: each.document() for region, each in release.after.items()},
    }


def account_document(account: ReleaseAccount) -> dict[str, Any]:
    """Return how a release ended."""
    return {
        "outcome": account.outcome,
        "reason": account.reason or None,
        "interrupted": account.interrupted,
        "left": dict(account.undoing.left) if account.undoing else {},
    }


def stored_document(stored: StoredByRelease) -> dict[str, Any]:
    """Return which payments the new versions stored."""
    return {
        "transactionIds": list(stored.transaction_ids),
        "inDoubt": list(stored.in_doubt),
        "unknown": list(stored.unknown),
        "readUntil": timestamp(stored.read_until) if stored.read_until is not None else None,
    }


def evidence_document(evidence: BakeEvidence) -> dict[str, Any]:
    """Return what was seen of a region that was watched."""
    return {
        "functions": {name: _beside(each) for name, each in evidence.functions.items()},
        "alarms": _plain(evidence.alarms),
        "canaries": _plain(evidence.canaries),
    }


def _beside(reading: Reading[Beside]) -> dict[str, Any]:
    if not isinstance(reading, Known):
        return {"unknown": reading.reason}
    return {"new": _figures(reading.value.new), "old": _figures(reading.value.old)}


def _figures(figures: VersionFigures) -> dict[str, Any]:
    return {
        "requests": figures.requests,
        "failing": figures.failing,
        "timedOut": figures.timed_out,
        "killed": figures.killed,
        "medianMs": figures.percentile(0.5),
        "p99Ms": figures.percentile(0.99),
        "memoryUsedMb": figures.memory_used,
        "memorySizeMb": figures.memory_size,
        "answers": {kind: figures.answers(kind) for kind in ANSWERS},
    }


def _plain(reading: Reading[Any]) -> Any:  # noqa: ANN401 — as JSON
    return reading.value if isinstance(reading, Known) else {"unknown": reading.reason}
