"""A link keeps the order of each key, and loses nothing however long nobody takes from it."""

from collections.abc import Iterator

from hypothesis import given
from hypothesis import strategies as st

from emulator.replication.link_queue import Backlog, LinkQueue, Transfer

lags = st.lists(st.floats(0, 10), min_size=1, max_size=30)


def queue_with(values: list[float]) -> LinkQueue[int]:
    remaining = iter(values)
    return LinkQueue(lambda: next(remaining))


def drained(queue: LinkQueue[int], now: float, extra: float = 0.0) -> Iterator[int]:
    while transfer := queue.take(now, extra):
        yield transfer.payload


@given(lags=lags, keys=st.randoms())
def test_writes_of_one_key_arrive_in_order_whatever_their_lags(lags: list[float], keys: object) -> None:
    queue = queue_with(lags)
    sent = [(keys.choice("abc"), number) for number in range(len(lags))]  # type: ignore[attr-defined]
    for key, number in sent:
        queue.put(Transfer(0, key, number), now=0.1 * number)
    arrived = list(drained(queue, now=100))
    assert sorted(arrived) == list(range(len(lags)))
    of_key = dict(sent)
    for key in set(of_key):
        assert [number for number in arrived if (key, number) in sent] == [n for k, n in sent if k == key]


@given(lags=lags, now=st.floats(0, 10))
def test_nothing_arrives_before_it_is_due_and_everything_does_then(lags: list[float], now: float) -> None:
    queue = queue_with(lags)
    for number in range(len(lags)):
        queue.put(Transfer(0, number, number), now=0)
    assert set(drained(queue, now)) == {number for number, lag in enumerate(lags) if lag <= now}


def test_different_keys_overtake_each_other() -> None:
    queue = queue_with([1.0, 0.5])
    queue.put(Transfer(0, "a", 1), now=0)
    queue.put(Transfer(0, "b", 2), now=0)
    assert list(drained(queue, now=0.6)) == [2]


def test_an_extra_delay_holds_up_what_is_under_way_and_ends_at_once() -> None:
    queue = queue_with([1.0])
    queue.put(Transfer(0, "a", 1), now=0)
    assert not list(drained(queue, now=5, extra=10))
    assert list(drained(queue, now=5)) == [1]


def test_a_key_is_forgotten_when_nothing_of_it_is_under_way() -> None:
    queue = queue_with([5.0, 0.5, 0.5])
    queue.put(Transfer(0, "a", 1), now=0)
    assert queue.put(Transfer(0, "a", 2), now=1) == 5.0
    assert list(drained(queue, now=5)) == [1, 2]
    assert not queue._last_due
    assert queue.put(Transfer(5, "a", 3), now=5) == 5.5


def test_the_backlog_counts_from_the_oldest_write() -> None:
    queue = queue_with([1.0, 1.0])
    assert queue.backlog(now=9) == Backlog(0, 0)
    queue.put(Transfer(2, "a", 1), now=2)
    queue.put(Transfer(4, "b", 2), now=4)
    assert queue.backlog(now=9) == Backlog(2, 7)


def test_what_is_discarded_is_returned_and_the_rest_keeps_its_order() -> None:
    queue = queue_with([3.0, 1.0, 2.0, 0.5])
    for number, key in enumerate("abba"):
        queue.put(Transfer(0, key, number), now=0)
    assert [lost.payload for lost in queue.discard(lambda transfer: transfer.payload == 1)] == [1]
    assert list(drained(queue, now=9)) == [2, 0, 3]
