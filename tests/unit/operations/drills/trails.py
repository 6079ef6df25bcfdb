"""Audit trails as refused failbacks leave them, made by hand."""

from dataclasses import replace
from decimal import Decimal
from pathlib import Path

from handlers.payments.logged_payment import LoggedPayment
from handlers.payments.model import Payment, StoredPayment
from operations.reconcile.audit import AuditTrail
from operations.reconcile.findings import Finding, judge
from operations.reconcile.sources import LOGS, TABLES
from operations.reconcile.versions import Version
from tests.unit.fake_clock import FakeClock


def found(payment: str, *, by: tuple[str, ...] = ("us-east-1", "us-east-2"), other_amount: bool = False) -> Finding:
    """Return what reconciliation makes of a payment that regions logged one after the other."""
    first = StoredPayment(Payment(payment, Decimal("0.01"), "EUR"), by[0], "2026-11-29T08:33:12.058Z")
    last = replace(first, region=by[-1], stored_at="2026-11-29T08:33:16.131Z")
    if other_amount:
        last = replace(last, payment=replace(last.payment, amount=Decimal("0.02")))
    held = [LoggedPayment.from_item(each.item()) for each in (first, last)]
    versions = [Version(held[0], frozenset(LOGS)), Version(held[1], frozenset({*LOGS, *TABLES}))]
    finding = judge(payment, versions, {})
    assert finding
    return finding


def write_trail(directory: Path, *findings: Finding, name: str = "1") -> None:
    """Write what a failback leaves of a comparison."""
    with AuditTrail(directory / f"{name}.jsonl", by="me", clock=FakeClock()) as trail:
        trail.note("started")
        for finding in findings:
            trail.note("seen", finding=finding.document())
