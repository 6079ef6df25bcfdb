"""The simulation's strongly consistent table keeps the same promises as the emulator's."""

from collections.abc import Sequence

import pytest

from simulation.primitives.sdk import Limits
from simulation.primitives.strong_table import Consensus, StrongReplica
from tests.strong_consistency_cases import CASES, PRIMARY, STANDBY, WITNESS
from tests.strong_consistency_steps import StrongOutcome, StrongStep, check
from tests.unit.simulation.stage import Call, Stage, code, key

CATCH_UP_SECONDS = 20.0
CALL_SECONDS = 0.45
OUTCOMES = {
    "ConditionalCheckFailedException": StrongOutcome.CONDITION_FAILED,
    "ReplicatedWriteConflictException": StrongOutcome.CONFLICT,
}


class SimulatedStrongTable:
    """Two replicas, a witness, and a client in each region."""

    def __init__(self) -> None:
        self.stage = Stage()
        self.consensus = Consensus(self.stage.kernel, self.stage.network, (PRIMARY, STANDBY, WITNESS))
        self.clients = {
            place: self.stage.client(
                StrongReplica(self.consensus, place, self.stage.kernel.random(place)),
                place=place,
                limits=Limits(connect=0.1, read=0.3, attempts=1),
            )
            for place in (PRIMARY, STANDBY)
        }

    def write(self, region: str, key: str, value: str | None, *, only_if_absent: bool) -> StrongOutcome:
        call = self._start_write(region, key, value, only_if_absent=only_if_absent)
        self.stage.pass_(CALL_SECONDS)
        return outcome(call)

    def write_at_once(self, key: str, values: Sequence[tuple[str, str]]) -> list[StrongOutcome]:
        calls = [self._start_write(region, key, value) for region, value in values]
        self.stage.pass_(CALL_SECONDS)
        return [outcome(call) for call in calls]

    def _start_write(self, region: str, name: str, value: str | None, *, only_if_absent: bool = False) -> Call:
        client = self.clients[region]
        condition = {"ConditionExpression": "attribute_not_exists(pk)"} if only_if_absent else {}
        if value is None:
            return self.stage.start(lambda: client.delete_item(TableName="c", Key=key(name), **condition))
        item = {**key(name), "value": {"S": value}}
        return self.stage.start(lambda: client.put_item(TableName="c", Item=item, **condition))

    def read(self, region: str, name: str, *, strongly: bool) -> str | StrongOutcome | None:
        request = {"TableName": "c", "Key": key(name), "ConsistentRead": strongly}
        call = self.stage.call(lambda: self.clients[region].get_item(**request), seconds=CALL_SECONDS)
        if call.error is not None:
            return outcome(call)
        return str(call.value["Item"]["value"]["S"]) if "Item" in call.value else None

    def cut(self, source: str, destination: str, *, one_way: bool) -> None:
        for ends in ((source, destination), (destination, source))[: 1 if one_way else 2]:
            self.stage.network.link(*ends).cuts = 1
        self.stage.network.changed()

    def heal(self, source: str, destination: str) -> None:
        for ends in ((source, destination), (destination, source)):
            self.stage.network.link(*ends).cuts = 0
        self.stage.network.changed()

    def lose(self, region: str) -> None:
        self.stage.lose(region)

    def restore(self, region: str) -> None:
        self.stage.bring_back(region)

    def catch_up(self) -> None:
        self.stage.pass_(CATCH_UP_SECONDS)


def outcome(call: Call) -> StrongOutcome:
    if call.error is None:
        return StrongOutcome.STORED
    return OUTCOMES.get(code(call), StrongOutcome.UNAVAILABLE)


@pytest.mark.parametrize("steps", CASES.values(), ids=CASES.keys())
def test_what_strong_consistency_promises(steps: Sequence[StrongStep]) -> None:
    check(SimulatedStrongTable(), steps)
