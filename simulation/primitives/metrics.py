"""CloudWatch as operations read it: the lag of one region's replication. Nothing else has datapoints."""

import random
from datetime import timedelta
from typing import Any

from simulation.kernel.loop import Kernel
from simulation.primitives.service import Answer, Request, Service
from simulation.primitives.tables import Replica

_USUAL_MILLISECONDS = 700.0


class MetricReads(Service):
    """One region's metrics."""

    name = "cloudwatch"

    def __init__(self, kernel: Kernel, replica: Replica, random_: random.Random) -> None:
        super().__init__(replica.place, random_)
        self._kernel = kernel
        self._replica = replica

    def do_describe_alarms(self, _: Request) -> Answer:
        """Return no alarm."""
        return {"MetricAlarms": []}

    def do_get_metric_data(self, request: Request) -> Answer:
        """Return the last minute's lag, as CloudWatch knows it: of what has not arrived it is told nothing."""
        minute = request["EndTime"] - timedelta(seconds=60)
        return {"MetricDataResults": [self._series(query, minute) for query in request["MetricDataQueries"]]}

    def _series(self, query: dict[str, Any], minute: object) -> dict[str, Any]:
        if query["MetricStat"]["Metric"]["MetricName"] != "ReplicationLatency":
            return {"Id": query["Id"], "Timestamps": [], "Values": []}
        slowest = max(extra for link in self._replica.links for extra in link.extra_seconds)
        return {"Id": query["Id"], "Timestamps": [minute], "Values": [_USUAL_MILLISECONDS + 1000 * slowest]}
