"""The dashboard's first widget: what to look at and what to do, for somebody who was asleep a minute ago."""

from dr_constructs.monitoring.watched import MonitoredRegion


def first_steps(suffix: str, primary: MonitoredRegion, standby: MonitoredRegion, *, has_dns: bool) -> str:
    """Return the guide as Markdown; without a domain there is no DNS that moves by itself."""
    steps = {
        "Who serves?": f"{_dr('status', suffix)}: the region that owns the *writer*, if it is *open*. Only it stores "
        "payments. A gap in a graph is unknown, never healthy.",
        "A region is lost:": "the other one takes the writer within half a minute, by itself; "
        f"{'DNS follows within two minutes' if has_dns else 'no domain moves clients: send them there'}. Repair "
        "without haste: nothing moves back by itself.",
        "It did not": f"(alarms *takeover-withheld*, *automatic-off*): {_dr('failover', suffix)}, in either direction. "
        "It shows first what would be lost, and needs nothing of the lost region.",
        "Nobody may store": f"(*writer-closed*, *writer-held*): {_dr('history', suffix)} says who closed it; "
        f"{_dr('start', suffix)} opens what an operator holds.",
        "Nobody knows": "(*writer-unknown*): two of three regions are out of reach. Wait for one; break glass only "
        "where waiting costs more than two writers.",
        "Never fail back": "before lag is flat, heartbeats are young, queues are empty and reconciliation is clean: "
        f"{_dr('readiness', suffix)}.",
    }
    title = f"# Payments {suffix}: {primary.region.name} is primary, {standby.region.name} is standby"
    return "\n".join([title, *(f"{number}. **{what}** {do}" for number, (what, do) in enumerate(steps.items(), 1))])


def _dr(command: str, suffix: str) -> str:
    return f"`./dr {command} --environment {suffix}`"
