"""Several addresses of one host: which are tried, in which order, and for how long."""

import pytest

from client.addresses import first_reached
from client.https import NoAnswerError, NotReachedError
from tests.unit.fake_clock import FakeClock

ONE, TWO, THREE = "10.0.0.1", "10.0.0.2", "10.0.0.3"


class Host:
    """Addresses that refuse, or that hang until whoever tries them gives up; all others take connections."""

    def __init__(self, clock: FakeClock, *, refuse: tuple[str, ...] = (), hang: tuple[str, ...] = ()) -> None:
        self.clock, self.refuse, self.hang = clock, refuse, hang
        self.tried: list[tuple[str, float]] = []

    def __call__(self, address: str, seconds: float) -> str:
        self.tried.append((address, seconds))
        if address in self.hang:
            self.clock.advance(seconds)
        if address in (*self.refuse, *self.hang):
            raise NotReachedError(f"{address} was not reached") from TimeoutError("timed out")
        return address


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


def test_first_reached_address_is_enough(clock: FakeClock) -> None:
    host = Host(clock)
    assert first_reached((TWO, ONE), host, seconds=5, clock=clock) == TWO
    assert len(host.tried) == 1


def test_refusing_address_takes_no_time_from_the_others(clock: FakeClock) -> None:
    host = Host(clock, refuse=(ONE, TWO))
    assert first_reached((ONE, TWO, THREE), host, seconds=1.5, clock=clock) == THREE
    assert host.tried[-1] == (THREE, 1.5)


def test_hanging_address_takes_its_share_of_the_time(clock: FakeClock) -> None:
    host = Host(clock, hang=(ONE,))
    assert first_reached((ONE, TWO), host, seconds=3, clock=clock) == TWO
    assert host.tried == [(ONE, 1.5), (TWO, 1.5)]


def test_all_addresses_share_one_time_limit(clock: FakeClock) -> None:
    addresses = tuple(f"10.0.0.{number}" for number in range(1, 9))
    host = Host(clock, hang=addresses)
    began = clock.monotonic()
    with pytest.raises(NotReachedError, match=r"3 of 8 addresses were tried; 10\.0\.0\.3 was not reached") as raised:
        first_reached(addresses, host, seconds=1.2, clock=clock)  # too little for an eighth each
    assert [seconds for _, seconds in host.tried] == pytest.approx([0.5, 0.5, 0.2])
    assert clock.monotonic() - began == pytest.approx(1.2)
    assert isinstance(raised.value.__cause__, TimeoutError)


def test_single_address_has_the_whole_time_limit(clock: FakeClock) -> None:
    host = Host(clock, hang=(ONE,))
    with pytest.raises(NotReachedError, match=r"^10\.0\.0\.1 was not reached$"):
        first_reached((ONE,), host, seconds=0.05, clock=clock)
    assert host.tried == [(ONE, 0.05)]


def test_possibly_sent_request_is_not_repeated(clock: FakeClock) -> None:
    tried: list[str] = []

    def silent(address: str, _: float) -> str:
        tried.append(address)
        raise NoAnswerError(address)

    with pytest.raises(NoAnswerError):
        first_reached((ONE, TWO), silent, seconds=5)
    assert tried == [ONE]
