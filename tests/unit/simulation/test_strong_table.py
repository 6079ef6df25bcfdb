"""The control table's replicas: quorum, isolation, return, conflicts (FACTS 1.10)."""

from botocore.exceptions import ReadTimeoutError

from simulation.primitives.sdk import Limits
from simulation.primitives.strong_table import Consensus, StrongReplica
from tests.unit.simulation.stage import ONE, OTHER, WITNESS, Call, Stage, code, key

MEMBERS = (ONE, OTHER, WITNESS)


class Control:
    """Two replicas, a witness, and a client in each region."""

    def __init__(self) -> None:
        self.stage = Stage()
        self.consensus = Consensus(self.stage.kernel, self.stage.network, MEMBERS)
        random = self.stage.kernel.random
        replicas = {place: StrongReplica(self.consensus, place, random(place)) for place in (ONE, OTHER)}
        self.clients = {
            place: self.stage.client(replica, place=place, limits=Limits(1, 2, 1))
            for place, replica in replicas.items()
        }

    def put(self, place: str, value: str, *, seconds: float = 5) -> Call:
        item = {**key("writer"), "value": {"S": value}}
        return self.stage.call(lambda: self.clients[place].put_item(TableName="c", Item=item), seconds=seconds)

    def get(self, place: str, *, strong: bool = True) -> Call:
        request = {"TableName": "c", "Key": key("writer"), "ConsistentRead": strong}
        return self.stage.call(lambda: self.clients[place].get_item(**request), seconds=5)

    def isolate(self, place: str, *, by: int = 1) -> None:
        for other in MEMBERS:
            if other != place:
                self.stage.cut(place, other, by=by)


def value(call: Call) -> str:
    return str(call.value["Item"]["value"]["S"])


def fails(call: Call) -> bool:
    return isinstance(call.error, ReadTimeoutError) or code(call) == "InternalServerError"


def test_a_write_is_seen_everywhere_at_once() -> None:
    given = Control()
    given.put(ONE, "first")
    assert value(given.get(OTHER)) == "first"


def test_two_of_three_suffice() -> None:
    given = Control()
    given.stage.lose(WITNESS)
    given.put(ONE, "first")
    assert value(given.get(OTHER)) == "first"


def test_an_isolated_replica_answers_old_truths_and_refuses_strong_reads_and_writes() -> None:
    given = Control()
    given.put(ONE, "first")
    given.isolate(ONE)
    given.put(OTHER, "second")
    assert value(given.get(ONE, strong=False)) == "first"
    assert fails(given.get(ONE))
    assert fails(given.put(ONE, "third"))
    assert value(given.get(OTHER)) == "second"


def test_a_returning_replica_errors_until_it_has_caught_up() -> None:
    given = Control()
    given.isolate(ONE)
    given.stage.pass_(1)
    given.put(OTHER, "second")
    given.isolate(ONE, by=-1)
    assert not given.consensus.serves(ONE)
    given.stage.pass_(30)
    assert value(given.get(ONE)) == "second"


def test_one_alone_has_no_quorum() -> None:
    given = Control()
    given.stage.lose(ONE)
    given.stage.lose(WITNESS)
    assert fails(given.put(OTHER, "first"))


def test_writes_of_one_item_at_the_same_moment_conflict() -> None:
    given = Control()
    calls = [
        given.stage.start(lambda place=place: given.clients[place].put_item(TableName="c", Item=key("writer")))  # type: ignore[misc]
        for place in (ONE, OTHER)
    ]
    given.stage.pass_(5)
    assert sorted(map(code, calls)) == ["", "ReplicatedWriteConflictException"]
