"""Alarms on the writer as one region's ticker sees it: closed, unknown, taken over, and what forbids a takeover.

The ticker publishes every state again and again, as 0 too. Without data a state stands: that the ticker runs at all is
what `heartbeat-age` watches, and one alarm for its silence is enough.
"""

from cdktf_cdktf_provider_aws.sns_topic import SnsTopic
from constructs import Construct

from contract.deadlines import PLANNED_CLOSING_SECONDS
from contract.environment import Function, Metric
from dr_constructs.monitoring.alarms.group import AlarmGroup, Condition, MissingData, ThresholdComparison
from dr_constructs.monitoring.watched import MonitoredRegion

CLOSED_THRESHOLD_SECONDS = 2 * PLANNED_CLOSING_SECONDS
"""A switchover opens within half of it, or the source's ticker undoes it; a takeover opens within seconds."""

_NOW = Condition("Maximum", ThresholdComparison.AT_LEAST, 1, MissingData.KEEPS_STATE)

# The lowest of each minute: no alarm while a first deployment settles, or one probe is lost.
_LASTS = Condition("Minimum", ThresholdComparison.AT_LEAST, 1, MissingData.KEEPS_STATE, periods=2)

# A 1 when it happens, a 0 every few seconds otherwise. The 1 may reach CloudWatch only once its minute has been
# evaluated, and the next minute has zeros: older datapoints are looked at too.
_HAPPENED = Condition("Sum", ThresholdComparison.AT_LEAST, 1, MissingData.NOT_BREACHING, periods=5, datapoints=1)


class WriterAlarms(AlarmGroup):
    """Watches what one region's ticker reports; both regions have them, since either may be the one that is left."""

    def __init__(self, scope: Construct, id_: str, *, monitored: MonitoredRegion, suffix: str, topic: SnsTopic) -> None:
        super().__init__(scope, id_, region=monitored.region, suffix=suffix, topic=topic)
        self._monitored = monitored
        name = monitored.region.name
        self._build_closed(name)
        self._build_withheld(name)
        self._build_events(name)

    def _build(self, what: str, metric: Metric, condition: Condition, *, means: str, look_first: str) -> None:
        watched = self._monitored.business_metric(Function.TICKER, metric)
        self._alarm(what, watched, condition, means=means, look_first=look_first)

    def _build_closed(self, name: str) -> None:
        self._build(
            "writer-unknown",
            Metric.WRITER_UNKNOWN,
            _LASTS,
            means=f"{name} does not learn who may store payments: the control table has no quorum here, or holds no "
            f"writer. Then this region answers payments with 503.",
            look_first="`dr status`: which of the three regions reach which; `dr break-glass` only if no replica has a "
            "quorum.",
        )
        self._build(
            "writer-closed",
            Metric.WRITER_CLOSED,
            Condition("Maximum", ThresholdComparison.ABOVE, CLOSED_THRESHOLD_SECONDS, MissingData.KEEPS_STATE),
            means=f"Nobody may store payments, as {name} sees it, for more than {CLOSED_THRESHOLD_SECONDS} s.",
            look_first="alarm writer-held: red means that an operator closed it; else `dr history` and the ticker's "
            "log.",
        )
        self._build(
            "writer-held",
            Metric.WRITER_HELD,
            _NOW,
            means="An operator has closed the writer (`dr stop`): nobody may store payments until `dr start`, and no "
            "takeover happens.",
            look_first="`dr history`: who did it and why.",
        )

    def _build_withheld(self, name: str) -> None:
        self._build(
            "automatic-off",
            Metric.AUTOMATIC_OFF,
            _NOW,
            means="Unattended takeovers are off: a lost region is replaced only by people.",
            look_first="`dr history`: who did it and why; then `dr automatic on`.",
        )
        self._build(
            "region-unfit",
            Metric.REGION_UNFIT,
            _LASTS,
            means=f"{name} could take no payment now: its /health fails by its public endpoint. It takes over from "
            f"nobody, and if it owns the writer its peer takes over.",
            look_first="the ticker's log for the answer of /health, then payment-api and both tables in this region.",
        )
        self._build(
            "takeover-withheld",
            Metric.TAKEOVER_WITHHELD,
            _NOW,
            means=f"The peer is lost, and {name} does not take over by itself: replication was too far behind when it "
            f"was last seen, or the writer has moved too often lately.",
            look_first="`dr status` and the loss that `dr failover --dry-run` tells; then decide.",
        )

    def _build_events(self, name: str) -> None:
        self._build(
            "automatic-takeover",
            Metric.AUTOMATIC_TAKEOVER,
            _HAPPENED,
            means=f"The ticker of {name} has taken the writer from its peer: {name} serves, nothing moves back by "
            f"itself. OK means only that it happened once.",
            look_first="payments stored in this region on the dashboard, then prepare the failback; payments not yet "
            "replicated appear when the peer returns.",
        )
        self._build(
            "closing-undone",
            Metric.CLOSING_UNDONE,
            _HAPPENED,
            means=f"A switchover took longer than it had announced: the ticker of {name} has opened its source again.",
            look_first="the operator who began it, then replication lag.",
        )
        self._build(
            "glass-broken",
            Metric.GLASS_BROKEN,
            _NOW,
            means=f"{name} stores payments, or stored them, on an operator's word without a quorum (`dr break-glass`).",
            look_first="`dr status`; once the quorum is back, `dr reconcile`: there may have been two writers.",
        )
