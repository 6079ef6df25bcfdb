"""A reconciliation's result for people."""

from rich.console import Console
from rich.table import Table

from operations.reconcile.places import Place
from operations.reconcile.report import Report
from operations.site import Site
from operations.topology.readings import Known

FINDINGS = 20
"""How many are shown; the audit trail has all."""


def show(console: Console, site: Site, report: Report) -> None:
    """Print what was read, what is left, what was done, and the verdict."""
    console.print(_places(site, report))
    if report.findings:
        console.print(_findings(site, report))
    for (place, outcome), count in sorted(report.repairs.items()):
        console.print(f"{name(site, place)}: {count} {outcome}")
    console.print(_verdict(report))


def name(site: Site, place: Place) -> str:
    """Return what people call a place."""
    kind = "replica" if place.is_table else "queues" if place.is_queues else "logs"
    return f"{site.regions[place.role].name} {kind}"


def _places(site: Site, report: Report) -> Table:
    period = f" since {report.since}" if report.since else ""
    table = Table("place", "read", title=f"Payments of {site.suffix}{period}")
    for place, read in report.evidence.items():
        told = f"{report.payments.get(place, 0):,} payments" if isinstance(read, Known) else f"unknown: {read.reason}"
        if isinstance(read, Known) and read.value.unread_logs:
            told += f", {read.value.unread_logs:,} logs unread"
        table.add_row(name(site, place), told)
    for place, queued in report.queues.items():
        if isinstance(queued, Known):
            told = f"{len(queued.value.parked):,} dead letters, {queued.value.waiting:,} waiting"
        else:
            told = f"unknown: {queued.reason}"
        table.add_row(name(site, place), told)
    return table


def _findings(site: Site, report: Report) -> Table:
    table = Table("payment", "finding", "missing from", "what mends it", title=f"The first of {report.left} left")
    for finding in report.findings[:FINDINGS]:
        missing = "\n".join(name(site, place) for place in finding.missing_from)
        table.add_row(finding.transaction_id, ", ".join(finding.kinds), missing, finding.proposal)
    return table


def _verdict(report: Report) -> str:
    found = ", ".join(f"{count} {kind}" for kind, count in report.kinds.items()) or "no differences"
    parts = [f"Found {found}; {report.left} left"]
    parts += [f"{report.accepted} accepted before"] if report.accepted else []
    parts += [f"not clean, because {'; '.join(report.unjudged)}"] if report.unjudged else []
    return "; ".join(parts) + "."
