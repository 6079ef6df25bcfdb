"""Judges a topology: who takes payments, what is at risk, and what to do next."""

from handlers.writer.item import Writer
from operations.topology.model import Topology
from operations.topology.readings import Unknown
from operations.topology.site_clock import differs
from operations.verdict.closed import judge_absent, judge_closing
from operations.verdict.model import TrafficVerdict
from operations.verdict.serving import judge_open
from operations.verdict.unread import judge_foreign, judge_unread
from operations.verdict.words import duration


def judge(topology: Topology, *, begun: Writer | None = None) -> TrafficVerdict:
    """Return the verdict on a topology.

    Args:
        topology: What was read.
        begun: The epoch that began the writer's state, if its last change only switched unattended takeovers.
    """
    verdict = _judge(topology, begun)
    return verdict.model_copy(
        update={
            # People query several environments, and paste the output elsewhere.
            "says": f"{topology.site.suffix}: {verdict.says}",
            "risks": (*verdict.risks, *_wrong_clock(topology)),
        }
    )


def _wrong_clock(topology: Topology) -> tuple[str, ...]:
    ahead = topology.machine_ahead
    if isinstance(ahead, Unknown) or not differs(ahead):
        return ()
    way = "ahead of" if ahead.value > 0 else "behind"
    warning = f"this machine's clock is {duration(abs(ahead.value))} {way} the site's: all is judged by the site's"
    return (f"{warning}, but what you change bears this machine's time; set it",)


def _judge(topology: Topology, begun: Writer | None) -> TrafficVerdict:
    reading = topology.writer
    if isinstance(reading, Unknown):
        return judge_unread(topology)
    writer = reading.value
    if writer is None:
        return judge_absent(topology)
    owner = topology.site.role_of(writer.region)
    if owner is None:
        return judge_foreign(topology, writer)
    if writer.is_open:
        return judge_open(topology, writer, owner, begun or writer)
    return judge_closing(topology, writer, owner, begun or writer)
