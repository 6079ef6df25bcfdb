"""The sentinel's round: look at the peer, publish the age of its heartbeat, and in the standby decide and act."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from handlers.clients import TableClient
from handlers.control import Heartbeat, read_activity, read_heartbeat
from handlers.environment import PARTITION_KEY, SENTINEL_PREFIX, Metric
from handlers.payments.connection import ParameterClient
from handlers.payments.fence import read_fence, set_fence
from handlers.runtime import Clock, Context
from handlers.standby.configuration import ConfigurationError, read_configuration, read_endpoint
from handlers.standby.decision import Configuration, Decision, Memory, Observation, decide, remember
from handlers.telemetry import Telemetry

_MEMORY_FIELDS = {
    "runningRelease": "running_release",
    "armedRelease": "armed_release",
    "peerSeenHealthyAt": "peer_seen_healthy_at",
}


@dataclass(frozen=True)
class Place:
    """Where the sentinel stands."""

    table: str
    region: str
    peer: str
    is_standby: bool
    release: str
    endpoint_parameter: str
    configuration_parameter: str


class Sentinel:
    """Watches the peer region; `probe` tells whether an endpoint answers."""

    def __init__(
        self,
        *,
        place: Place,
        client: TableClient,
        parameters: ParameterClient,
        probe: Callable[[str], bool],
        clock: Clock,
        telemetry: Telemetry,
    ) -> None:
        self._place = place
        self._client = client
        self._parameters = parameters
        self._probe = probe
        self._clock = clock
        self._telemetry = telemetry

    def watch(self, context: Context) -> None:
        """Make one round; whatever fails is raised after the heartbeat's age is published, for the alarm on errors."""
        with self._telemetry.invocation(context.aws_request_id):
            heartbeat = read_heartbeat(self._client, self._place.table, self._place.peer)
            age = None if heartbeat is None else self._age(heartbeat.epoch_seconds)
            if age is not None:  # without a heartbeat there is no age: missing data is an alarm
                self._telemetry.seconds(Metric.HEARTBEAT_AGE, age)
            if not self._place.is_standby:
                return
            try:
                configuration = read_configuration(self._parameters, self._place.configuration_parameter)
                endpoint = read_endpoint(self._parameters, self._place.endpoint_parameter)
            except ConfigurationError as error:
                self._telemetry.logger.error(f"no automatic takeover: {error}")  # noqa: G004, TRY400 -- holds no values
                raise
            decision = self._decide(heartbeat, age, configuration, endpoint)
            self._telemetry.logger.info("decided", extra={"fence_primary": decision.fence, "reason": decision.reason})
            if decision.fence:
                self._take_over(decision.reason)

    def _decide(
        self, heartbeat: Heartbeat | None, age: float | None, configuration: Configuration, endpoint: str
    ) -> Decision:
        place = self._place
        activity = read_activity(self._client, place.table, place.region)
        seen = Observation(
            armed=self._remember(heartbeat, age, configuration.peer_dead_after_seconds).armed,
            own_fenced=read_fence(self._client, place.table, place.region).fenced,
            peer_fenced=read_fence(self._client, place.table, place.peer).fenced,
            heartbeat_age=age,
            activity_age=None if activity is None else self._age(activity),
            peer_answers=False,
        )
        decision = decide(seen, configuration)
        # The probe takes time, so it is made only when everything else speaks for a takeover.
        return decide(replace(seen, peer_answers=self._probe(endpoint)), configuration) if decision.fence else decision

    def _remember(self, heartbeat: Heartbeat | None, age: float | None, dead_after: float) -> Memory:
        before = self._read_memory()
        after = remember(
            before,
            release=self._place.release,
            heartbeat=heartbeat,
            heartbeat_age=age,
            dead_after=dead_after,
            now=self._clock.timestamp(),
        )
        if after != before:
            fields = {name: {"S": getattr(after, field)} for name, field in _MEMORY_FIELDS.items()}
            self._client.put_item(TableName=self._place.table, Item={**self._memory_key(), **fields})
        return after

    def _read_memory(self) -> Memory:
        answer = self._client.get_item(TableName=self._place.table, Key=self._memory_key(), ConsistentRead=True)
        item = answer.get("Item", {})
        return Memory(**{field: item.get(name, {}).get("S", "") for name, field in _MEMORY_FIELDS.items()})

    def _memory_key(self) -> dict[str, Any]:
        return {PARTITION_KEY: {"S": f"{SENTINEL_PREFIX}{self._place.region}"}}

    def _take_over(self, reason: str) -> None:
        place = self._place
        by, at = f"sentinel {place.region}", self._clock.timestamp()
        change = set_fence(self._client, place.table, place.peer, reason=reason, by=by, at=at)
        if change.changed:
            self._telemetry.count(Metric.AUTOMATIC_TAKEOVER)
            self._telemetry.logger.critical("fenced the primary", extra={"reason": reason, "epoch": change.fence.epoch})

    def _age(self, epoch_seconds: float) -> float:
        return max(0.0, self._clock.wall() - epoch_seconds)
