"""Shows a reconciliation's report to people."""

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from operations.reconcile.describe import describe, moment, name, verdict
from operations.reconcile.report import Report
from operations.site import Site
from operations.topology.readings import Known
from operations.typed_commands import Typed, as_written

FINDINGS = 20
"""How many are shown; the audit trail has all."""


def show(console: Console, site: Site, report: Report, typed: Typed = as_written) -> None:
    """Print the result, the sources, what is left and the repairs; `typed` adds options to commands."""
    for line in verdict(site, report):
        console.print(Text(line, style="bold"))
    console.print(_places(site, report))
    shown = report.findings[:FINDINGS]
    if len(shown) < report.left:
        console.print(f"The first {len(shown)} of {report.left} that are left; the audit trail has all:")
    for finding in shown:
        first, *others = describe(site, finding.document())
        console.print(Text(first, style="bold"))
        for line in others:
            text = line.lstrip()
            console.print(Padding(Text(typed(text)), (0, 0, 0, 2 + len(line) - len(text))))
    for (place, outcome), count in sorted(report.repairs.items()):
        console.print(f"{name(site, place)}: {count} {outcome}")


def _places(site: Site, report: Report) -> Table:
    period = f" since {moment(report.since)}" if report.since else ""
    table = Table("place", "holds", title=f"Payments of {site.suffix}{period}")
    for place, read in report.evidence.items():
        text = f"{report.payments.get(place, 0):,} payments" if isinstance(read, Known) else f"unknown: {read.reason}"
        if isinstance(read, Known) and read.value.unread_logs:
            text += f", {read.value.unread_logs:,} logs unread"
        table.add_row(name(site, place), Text(text))
    for place, queued in report.queues.items():
        if isinstance(queued, Known):
            # Counts are approximate (FACTS 4.8).
            text = f"{len(queued.value.parked):,} dead letters; as of a minute ago {queued.value.waiting:,} waiting"
            text += f", {queued.value.unlogged_batches:,} failed batches" if queued.value.unlogged_batches else ""
        else:
            text = f"unknown: {queued.reason}"
        table.add_row(name(site, place), Text(text))
    return table
