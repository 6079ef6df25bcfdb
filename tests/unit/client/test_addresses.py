"""Several addresses of one host: which are tried, in which order, and for how long."""

import pytest

from client.addresses import first_reached
from client.https import NoAnswerError, NotReachedError
from tests.unit.client.fakes import FakeTime

ONE, TWO, THREE = "10.0.0.1", "10.0.0.2", "10.0.0.3"


class Host:
    """Addresses that refuse, or that hang until whoever tries them gives up; all others take connections."""

    def __init__(self, clock: FakeTime, *, refuse: tuple[str, ...] = (), hang: tuple[str, ...] = ()) -> None:
        self.clock, self.refuse, self.hang = clock, refuse, hang
        self.tried: list[tuple[str, float]] = []

    def __call__(self, address: str, seconds: float) -> str:
        self.tried.append((address, seconds))
        if address in self.hang:
            self.clock.pass_by(seconds)
        if address in (*self.refuse, *self.hang):
            raise NotReachedError(f"{address} was not reached") from TimeoutError("timed out")
        return address


@pytest.fixture
def clock() -> FakeTime:
    return FakeTime()


def test_the_first_is_enough(clock: FakeTime) -> None:
    host = Host(clock)
    assert first_reached((TWO, ONE), host, seconds=5, clock=clock) == TWO
    assert len(host.tried) == 1


def test_one_that_refuses_leaves_the_others_all_the_time(clock: FakeTime) -> None:
    host = Host(clock, refuse=(ONE, TWO))
    assert first_reached((ONE, TWO, THREE), host, seconds=1.5, clock=clock) == THREE
    assert host.tried[-1] == (THREE, 1.5)


def test_one_that_hangs_costs_its_share(clock: FakeTime) -> None:
    host = Host(clock, hang=(ONE,))
    assert first_reached((ONE, TWO), host, seconds=3, clock=clock) == TWO
    assert host.tried == [(ONE, 1.5), (TWO, 1.5)]


def test_all_of_them_together_take_no_longer_than_one(clock: FakeTime) -> None:
    addresses = tuple(f"10.0.0.{number}" for number in range(1, 9))
    host = Host(clock, hang=addresses)
    began = clock.now
    with pytest.raises(NotReachedError, match=r"3 of 8 addresses were tried; 10\.0\.0\.3 was not reached") as raised:
        first_reached(addresses, host, seconds=1.2, clock=clock)  # too little for an eighth each
    assert [seconds for _, seconds in host.tried] == pytest.approx([0.5, 0.5, 0.2])
    assert clock.now - began == pytest.approx(1.2)
    assert isinstance(raised.value.__cause__, TimeoutError)


def test_a_single_one_has_all_the_time_and_says_so_itself(clock: FakeTime) -> None:
    host = Host(clock, hang=(ONE,))
    with pytest.raises(NotReachedError, match=r"^10\.0\.0\.1 was not reached$"):
        first_reached((ONE,), host, seconds=0.05, clock=clock)
    assert host.tried == [(ONE, 0.05)]


def test_what_may_have_been_sent_is_not_sent_again(clock: FakeTime) -> None:
    tried: list[str] = []

    def silent(address: str, _: float) -> str:
        tried.append(address)
        raise NoAnswerError(address)

    with pytest.raises(NoAnswerError):
        first_reached((ONE, TWO), silent, seconds=5)
    assert tried == [ONE]
