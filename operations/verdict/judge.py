"""Judges a topology: the one place that says who takes payments, what is at risk, and what to do next."""

from operations.topology.model import Topology
from operations.topology.readings import Unknown
from operations.verdict.closed import judge_absent, judge_closing
from operations.verdict.model import TrafficVerdict
from operations.verdict.serving import judge_open
from operations.verdict.unread import judge_foreign, judge_unread


def judge(topology: Topology, *, opened_at: str | None = None) -> TrafficVerdict:
    """Return the verdict on a topology.

    Args:
        topology: What was read.
        opened_at: When the owner began to serve (ISO 8601), where the writer's last change did not open it.
    """
    reading = topology.writer
    if isinstance(reading, Unknown):
        return judge_unread(topology)
    writer = reading.value
    if writer is None:
        return judge_absent(topology)
    owner = topology.site.role_of(writer.region)
    if owner is None:
        return judge_foreign(topology, writer)
    return judge_open(topology, writer, owner, opened_at) if writer.is_open else judge_closing(topology, writer)
