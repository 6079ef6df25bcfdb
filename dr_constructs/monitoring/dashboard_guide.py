"""The dashboard's first widget: what to look at and what to do, for somebody who was asleep a minute ago."""

from dr_constructs.monitoring.watched import MonitoredRegion
from handlers.environment import FENCE_PREFIX, PARTITION_KEY


def first_steps(suffix: str, primary: MonitoredRegion, standby: MonitoredRegion, *, has_dns: bool) -> str:
    """Return the guide as Markdown; without a domain there is no DNS that moves by itself."""
    first, second = primary.region.name, standby.region.name
    switch = (
        f"**To switch by hand,** with {second} healthy: fence {first} **from {second}**: set `fenced` there in "
        f"item `{PARTITION_KEY}` = `{FENCE_PREFIX}{first}` of table `{primary.table.name}`. It asks nothing of {first}."
    )
    steps = [
        "**Who serves?** The region whose *Payments* graph shows *stored*. A gap is unknown, never healthy.",
        *(_with_dns(first, second) if has_dns else _without_dns(second)),
        switch,
        "**Refused payments in both regions:** both are fenced. Unfence the one that should serve.",
        "**Never fail back** before lag is flat, heartbeats are young, queues are empty and reconciliation is clean.",
    ]
    title = f"# Payments {suffix}: {first} is primary, {second} is standby"
    return "\n".join([title, *(f"{number}. {step}" for number, step in enumerate(steps, start=1))])


def _with_dns(first: str, second: str) -> list[str]:
    moved = f"DNS has moved and the sentinel in {second} fences {first}. Watch {second}; repair {first} without haste."
    return [
        f"**{first} fails its health check, payments arrive in {second}:** {moved}",
        f"**{first} is ill but passes its health check:** DNS stays. Switch by hand.",
        f"**Both fail their health checks:** DNS answers with {second}. Fence nothing; repair what is nearer health.",
    ]


def _without_dns(second: str) -> list[str]:
    return [
        f"**The primary is ill:** nothing moves by itself without a domain. Switch by hand; send clients to {second}.",
        "**Both are ill:** fence nothing; repair what is nearer health.",
    ]
