"""Two servers loaded in turn."""

from dataclasses import dataclass, field
from typing import Any, cast

import pytest

from benchmarks.emulator import paired
from benchmarks.emulator.paired import compare
from benchmarks.emulator.servers import Server


@dataclass
class FakeServer:
    """A server that uses 2 ms of CPU an operation."""

    name: str
    log: list[str]
    done: int = field(default=0)

    def cpu(self) -> float:
        return 0.002 * self.done

    def operation(self) -> None:
        self.log.append(self.name)
        self.done += 1


@pytest.fixture
def servers(monkeypatch: pytest.MonkeyPatch) -> tuple[FakeServer, FakeServer]:
    monkeypatch.setattr(paired, "_REST_SECONDS", 0)
    log: list[str] = []
    return FakeServer("plain", log), FakeServer("layered", log)


def test_each_is_loaded_for_a_slice_in_turn(servers: tuple[FakeServer, FakeServer]) -> None:
    operations = {each.name: [each.operation] for each in servers}
    result = compare(cast("tuple[Server, Server]", servers), operations, rounds=2, seconds=0.01)
    order = [name for number, name in enumerate(servers[0].log) if number == 0 or servers[0].log[number - 1] != name]
    assert order == ["plain", "layered", "plain", "layered"]
    assert list(result.cpu) == [pytest.approx(0.002), pytest.approx(0.002)]
    assert result.cpu_ratio.median == pytest.approx(1)
    assert result.rate_ratio.low <= result.rate_ratio.median <= result.rate_ratio.high


def test_an_operation_that_fails_ends_the_comparison(servers: tuple[FakeServer, FakeServer]) -> None:
    def fail() -> Any:
        raise ValueError("refused")

    operations = {"plain": [fail], "layered": [servers[1].operation]}
    with pytest.raises(ValueError, match="refused"):
        compare(cast("tuple[Server, Server]", servers), operations, rounds=1, seconds=0.01)
