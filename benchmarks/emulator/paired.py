"""Short slices of the same load on two running servers in turn, so that noise from neighbours meets both alike."""

import statistics
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from benchmarks.emulator.servers import Server
from benchmarks.measure import Ratio, ratio

Operation = Callable[[], None]
"""One operation of one client; a client's operations follow each other."""

_REST_SECONDS = (
    1.0  # what a slice leaves to be done, replication above all, counts to its CPU and not to the next slice
)


@dataclass(frozen=True)
class Slice:
    """What one server did in one slice."""

    rate: float  # operations a second
    cpu: float  # seconds of the server's CPU an operation


@dataclass(frozen=True)
class Paired:
    """How the second server compares with the first."""

    rates: tuple[float, float]  # medians
    cpu: tuple[float, float]  # medians
    rate_ratio: Ratio
    cpu_ratio: Ratio


def compare(
    servers: Sequence[Server],
    operations: Mapping[str, Sequence[Operation]],
    *,
    rounds: int,
    seconds: float,
) -> Paired:
    """Load two servers in turn, in alternating order, with every client of `operations[server.name]` at once."""
    taken: dict[str, list[Slice]] = {server.name: [] for server in servers}
    for number in range(-1, rounds):  # the first round warms up
        for server in servers if number % 2 else reversed(servers):
            slice_ = _slice(server, operations[server.name], seconds)
            if number >= 0:
                taken[server.name].append(slice_)
    first, second = (taken[server.name] for server in servers)
    return Paired(
        rates=(statistics.median(each.rate for each in first), statistics.median(each.rate for each in second)),
        cpu=(statistics.median(each.cpu for each in first), statistics.median(each.cpu for each in second)),
        rate_ratio=ratio([each.rate for each in second], [each.rate for each in first]),
        cpu_ratio=ratio([each.cpu for each in second], [each.cpu for each in first]),
    )


def _slice(server: Server, clients: Sequence[Operation], seconds: float) -> Slice:
    done: list[int] = []
    failed: list[BaseException] = []
    before, started = server.cpu(), time.perf_counter()

    def work(operation: Operation) -> None:
        count = 0
        try:
            while not count or time.perf_counter() - started < seconds:
                operation()
                count += 1
        except BaseException as error:  # noqa: BLE001 — raised below, in the caller's thread
            failed.append(error)
        done.append(count)

    threads = [threading.Thread(target=work, args=(each,)) for each in clients]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    elapsed = time.perf_counter() - started
    if failed:
        raise failed[0]
    time.sleep(_REST_SECONDS)
    return Slice(rate=sum(done) / elapsed, cpu=(server.cpu() - before) / sum(done))
