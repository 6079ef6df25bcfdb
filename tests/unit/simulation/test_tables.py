"""The payments table's replicas: lag by partition, last writer wins, links that are cut (FACTS 1.6, 1.12)."""

from simulation.primitives.tables import GlobalTable, partition_of
from tests.unit.simulation.stage import ONE, OTHER, Stage, code, key


class Pair:
    """Two replicas and a client in each region."""

    def __init__(self) -> None:
        self.stage = Stage()
        self.table = GlobalTable(self.stage.kernel, self.stage.network, (ONE, OTHER))
        self.clients = {place: self.stage.client(self.table.replicas[place], place=place) for place in (ONE, OTHER)}

    def put(self, place: str, name: str, value: str) -> None:
        item = {**key(name), "value": {"S": value}}
        self.stage.call(lambda: self.clients[place].put_item(TableName="t", Item=item), seconds=0.1)

    def value(self, place: str, name: str) -> str | None:
        item = self.table.replicas[place].item(name)
        return None if item is None else item["value"]["S"]


def test_a_write_arrives_after_a_while() -> None:
    given = Pair()
    given.put(ONE, "a", "x")
    assert given.value(OTHER, "a") is None
    given.stage.pass_(2)
    assert given.value(OTHER, "a") == "x"


def test_the_last_writer_wins_in_both() -> None:
    given = Pair()
    given.put(ONE, "a", "first")
    given.put(OTHER, "a", "second")
    given.stage.pass_(5)
    assert given.value(ONE, "a") == given.value(OTHER, "a") == "second"


def test_conditions_see_their_own_replica_alone() -> None:
    given = Pair()
    given.put(ONE, "a", "x")
    request = {"TableName": "t", "Item": key("a"), "ConditionExpression": "attribute_not_exists(pk)"}
    assert code(given.stage.call(lambda: given.clients[OTHER].put_item(**request), seconds=0.1)) == ""
    assert code(given.stage.call(lambda: given.clients[ONE].put_item(**request))) == "ConditionalCheckFailedException"


def test_a_cut_link_keeps_what_it_carries() -> None:
    given = Pair()
    given.stage.cut(ONE, OTHER)
    given.put(ONE, "a", "x")
    given.stage.pass_(100)
    assert given.value(OTHER, "a") is None
    given.stage.cut(ONE, OTHER, by=-1)
    given.stage.pass_(1)
    assert given.value(OTHER, "a") == "x"


def test_partitions_lag_apart_and_keep_their_order() -> None:
    given = Pair()
    slow, quick = "a", next(name for name in "bcdefgh" if partition_of(name) != partition_of("a"))
    given.table.link(ONE).extra_seconds[partition_of(slow)] = 60
    given.put(ONE, slow, "1")
    given.put(ONE, quick, "1")
    given.table.link(ONE).extra_seconds[partition_of(slow)] = 0
    given.put(ONE, slow, "2")
    given.stage.pass_(5)
    assert given.value(OTHER, quick) == "1"
    assert given.value(OTHER, slow) is None
    given.stage.pass_(60)
    assert given.value(OTHER, slow) == "2"


def test_a_deletion_is_a_write() -> None:
    given = Pair()
    given.put(ONE, "a", "x")
    given.stage.pass_(2)
    given.stage.call(lambda: given.clients[OTHER].delete_item(TableName="t", Key=key("a")), seconds=5)
    assert given.value(ONE, "a") is None
    assert given.value(OTHER, "a") is None
