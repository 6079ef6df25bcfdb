"""Describes a step's evidence in words."""

from operations.execution.executor import StepResult
from operations.execution.journal import Evidence
from operations.plans.steps import (
    AwaitDns,
    AwaitForwarded,
    AwaitPayment,
    AwaitReplicated,
    AwaitWriter,
    BreakGlass,
    ClosePlanned,
    SetAutomatic,
    Settle,
)


def is_unseen(result: StepResult) -> bool:
    """Return whether a step ended without observing what it waited for."""
    evidence = result.evidence
    return evidence.get("seen") is False or evidence.get("waiting_in_retry_queue") == "unknown"


def evidence_words(result: StepResult) -> str:  # noqa: PLR0911 — one return per kind of step
    """Return what a step found or changed; empty if the step's name suffices."""
    evidence = result.evidence
    match result.step:
        case Settle() | SetAutomatic() | BreakGlass():
            return ""
        case AwaitWriter() | AwaitDns():
            return "seen"
        case AwaitReplicated():
            return _looked_up(evidence)
        case AwaitPayment():
            return _payment(evidence)
        case AwaitForwarded():
            return _forwarded(evidence)
        case ClosePlanned():
            return "closed" if evidence.get("knows_history") else "closed; the stream is too long to be read whole"
        case _:
            return f"the writer is {evidence.get('state', 'changed')} in {evidence.get('region', 'it')}"


def _looked_up(evidence: Evidence) -> str:
    count = evidence.get("payments", 0)
    return f"{count} payments were looked up, none is missing" if count else "nothing was paid lately"


def _payment(evidence: Evidence) -> str:
    if evidence.get("seen"):
        return f"seen: {evidence.get('transaction_id') or evidence.get('payment')}"
    return f"NOT SEEN within {evidence.get('within_seconds', 0)} s: nobody pays, or payments do not arrive"


def _forwarded(evidence: Evidence) -> str:
    waiting = evidence.get("waiting_in_retry_queue")
    if waiting == 0:
        return "empty"
    count = "an unknown number of" if waiting == "unknown" else str(waiting)
    return f"{count} accepted payments still wait in the retry queue: {evidence.get('payments')}"
