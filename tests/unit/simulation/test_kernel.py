"""The event loop: order, waits, clocks, and processes that freeze and die."""

import pytest
from greenlet import GreenletExit

from handlers.runtime import Clock, Moment
from simulation.kernel.loop import Kernel, current_process
from simulation.kernel.pending import Pending
from simulation.shipped.hosts import HostClock


class Seen(list[tuple[float, str]]):
    """What happened when."""

    def __init__(self, kernel: Kernel) -> None:
        super().__init__()
        self.kernel = kernel

    def __call__(self, what: str) -> None:
        self.append((self.kernel.now, what))


@pytest.fixture
def kernel() -> Kernel:
    return Kernel(seed=1)


def test_events_run_in_the_order_of_their_time(kernel: Kernel) -> None:
    seen = Seen(kernel)
    kernel.after(2, seen, "second")
    kernel.after(1, seen, "first")
    kernel.after(2, seen, "third")
    kernel.run(until=2)
    assert seen == [(1, "first"), (2, "second"), (2, "third")]
    assert kernel.now == 2


def test_a_thread_waits_in_virtual_time(kernel: Kernel) -> None:
    seen, process = Seen(kernel), kernel.process("one", "here")

    def body() -> None:
        seen("begins")
        process.sleep(3600)
        seen("goes on")

    process.spawn(body)
    kernel.run(until=4000)
    assert seen == [(0, "begins"), (3600, "goes on")]


def test_a_fast_clock_sleeps_shorter(kernel: Kernel) -> None:
    process = kernel.process("one", "here", rate=1.25)
    process.spawn(lambda: process.sleep(10))
    began = process.clock.monotonic()
    kernel.run(until=8)
    assert not process.tasks
    assert process.clock.monotonic() - began == pytest.approx(10)


def test_the_first_result_counts(kernel: Kernel) -> None:
    seen, process = Seen(kernel), kernel.process("one", "here")

    def body() -> None:
        pending = Pending(process)
        kernel.after(1, pending.resolve, "answer")
        kernel.after(2, pending.fail, TimeoutError())
        seen(pending.wait())

    process.spawn(body)
    kernel.run(until=5)
    assert seen == [(1, "answer")]


def test_a_frozen_process_sees_what_arrived_when_it_resumes(kernel: Kernel) -> None:
    seen, process = Seen(kernel), kernel.process("one", "here")

    def body() -> None:
        process.sleep(5)
        seen("goes on")

    process.spawn(body)
    kernel.after(1, process.freeze)
    kernel.after(60, process.resume)
    kernel.run(until=100)
    assert seen == [(60, "goes on")]


def test_both_clocks_at_once_say_what_each_says(kernel: Kernel) -> None:
    process = kernel.process("one", "here", epoch=1_000_000, rate=1.25, offset=-3)
    compared: list[tuple[Moment, Moment]] = []

    def compare() -> None:
        compared.append((process.clock.both(Moment), Moment(process.clock.monotonic(), process.clock.wall())))

    compare()
    kernel.after(1, lambda: process.freeze(stops_monotonic=True))
    kernel.after(60, process.resume)
    kernel.after(61, compare)
    kernel.after(70, setattr, process.clock, "offset", 500)
    kernel.after(71, compare)
    kernel.run(until=80)
    assert [both for both, _ in compared] == [each for _, each in compared]
    assert all(type(both) is Moment for both, _ in compared)
    monotonic, wall = zip(*(both for both, _ in compared), strict=True)
    assert monotonic == pytest.approx((1000, 1002.5, 1015))
    assert wall == pytest.approx((999_997, 1_000_073.25, 1_000_588.75))


def test_a_host_reads_both_clocks_as_shipped_code_does(kernel: Kernel) -> None:
    process = kernel.process("one", "here", epoch=1_767_225_600, rate=1.5)
    host, shipped = HostClock(process), Clock(process.clock.monotonic, process.clock.wall, process.sleep)
    kernel.run(until=7)
    assert host.now() == shipped.now()
    assert host.timestamp() == shipped.timestamp() == "2026-01-01T00:00:10.500Z"


@pytest.mark.parametrize(("stops", "passed"), [(False, 60), (True, 1)])
def test_a_monotonic_clock_may_stand_still_while_frozen(kernel: Kernel, *, stops: bool, passed: float) -> None:
    process = kernel.process("one", "here", epoch=1000)
    began, wall = process.clock.monotonic(), process.clock.wall()
    kernel.after(1, lambda: process.freeze(stops_monotonic=stops))
    kernel.after(60, process.resume)
    kernel.run(until=60)
    assert process.clock.monotonic() - began == pytest.approx(passed)
    assert process.clock.wall() - wall == pytest.approx(60)


def test_a_killed_process_ends_where_it_waits_and_reaches_nothing_any_more(kernel: Kernel) -> None:
    seen, process = Seen(kernel), kernel.process("one", "here")

    def body() -> None:
        try:
            process.sleep(60)
            seen("never")
        finally:
            seen("ends")
            process.sleep(1)
            seen("never")

    process.spawn(body)
    kernel.after(5, process.kill)
    kernel.run(until=100)
    assert seen == [(5, "ends")]
    assert not kernel.failures


def test_what_a_sleeper_of_a_killed_process_raises_is_kept_once(kernel: Kernel) -> None:
    process = kernel.process("one", "here")

    def body() -> None:
        try:
            process.sleep(60)
        finally:
            raise ValueError("wrong")

    process.spawn(body)
    kernel.after(5, process.kill)
    kernel.run(until=100)
    assert [str(error) for _, error in kernel.failures] == ["wrong"]


def test_a_process_dies_after_so_many_calls(kernel: Kernel) -> None:
    seen, process = Seen(kernel), kernel.process("one", "here")
    process.crash_in = 2

    def body() -> None:
        for number in range(5):
            process.call_point()
            seen(str(number))

    process.spawn(body)
    kernel.run(until=1)
    assert [what for _, what in seen] == ["0", "1"]
    assert process.is_dead


def test_what_a_thread_raises_is_kept(kernel: Kernel) -> None:
    process = kernel.process("one", "here")

    def body() -> None:
        raise ValueError("wrong")

    process.spawn(body)
    kernel.run(until=1)
    [(_, error)] = kernel.failures
    assert isinstance(error, ValueError)


def test_code_knows_its_process(kernel: Kernel) -> None:
    process, found = kernel.process("one", "here"), []
    process.spawn(lambda: found.append(current_process()))
    kernel.run(until=1)
    assert found == [process]
    with pytest.raises(RuntimeError, match="no simulated process"):
        current_process()


def test_closing_ends_every_thread(kernel: Kernel) -> None:
    process, ended = kernel.process("one", "here"), []

    def body() -> None:
        try:
            process.sleep(60)
        except GreenletExit:
            ended.append(True)
            raise

    process.spawn(body)
    kernel.run(until=1)
    kernel.close()
    assert ended


def test_purposes_draw_apart() -> None:
    one, other = Kernel(seed=7), Kernel(seed=7)
    other.random("something else").random()
    assert one.random("faults").random() == other.random("faults").random()
    assert one.random("faults").random() != one.random("payments").random()


def test_a_thread_that_has_ended_carries_the_next_one_of_another_process(kernel: Kernel) -> None:
    seen, one, other = Seen(kernel), kernel.process("one", "here"), kernel.process("other", "there")

    def body() -> None:
        current_process().sleep(2)
        seen(current_process().name)

    first = one.spawn(body)
    kernel.run(until=5)
    second = other.spawn(body)
    kernel.run(until=10)
    assert second is first
    assert seen == [(2, "one"), (7, "other")]
    assert not one.tasks
    assert not other.tasks


def test_a_thread_whose_process_died_carries_no_other(kernel: Kernel) -> None:
    seen, one, other = Seen(kernel), kernel.process("one", "here"), kernel.process("other", "there")
    killed = one.spawn(lambda: one.sleep(3))
    kernel.after(1, one.kill)
    kernel.run(until=2)

    def body() -> None:
        other.sleep(4)
        seen("goes on")

    begun = other.spawn(body)
    kernel.run(until=10)
    assert begun is not killed
    assert seen == [(6, "goes on")]


def test_no_thread_is_left_standing_when_the_loop_closes(kernel: Kernel) -> None:
    task = kernel.process("one", "here").spawn(lambda: None)
    kernel.run(until=1)
    assert not task.dead
    kernel.close()
    assert task.dead


def test_a_host_writes_the_time_as_shipped_code_does_when_microseconds_are_rounded_up(kernel: Kernel) -> None:
    for part in (0.0, 0.0004999, 0.0005, 0.9989999, 0.9999994, 0.9999999):
        process = kernel.process("one", "here", epoch=1_767_225_599 + part)
        shipped = Clock(process.clock.monotonic, process.clock.wall, process.sleep)
        assert HostClock(process).timestamp() == shipped.timestamp()
