"""`./run benchmarks.emulator`: start, memory and throughput beside plain MiniStack, with no fault active."""

import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from enum import StrEnum
from importlib import metadata
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from benchmarks.emulator import bursts, world
from benchmarks.emulator.paired import Operation, Paired, compare
from benchmarks.emulator.servers import Server, emulated, plain
from benchmarks.measure import show
from dr_constructs.function_package import build_function_package
from sandbox.deployment import Deployment

ROOT = Path(__file__).resolve().parents[2]

_SIZES = (1_000, 10_000, 100_000)
_REPLICAS = (0, 1, 2)
_CLIENTS = 8
_SCALES = (1, 10)
_SETTLE_SECONDS, _IDLE_SECONDS = 30, 120
_BURSTS = (4, 16)


class EmulatorSection(StrEnum):
    """What can be measured."""

    START = "start"
    THROUGHPUT = "throughput"
    ITEMS = "items"
    REGIONS = "regions"
    DEPLOYED = "deployed"
    IDLE = "idle"
    BURSTS = "bursts"


_DEFAULT = [EmulatorSection.START, EmulatorSection.THROUGHPUT, EmulatorSection.ITEMS, EmulatorSection.REGIONS]


def main(
    sections: Annotated[
        list[EmulatorSection] | None, typer.Argument(help="what to measure; all but the last three")
    ] = None,
    rounds: Annotated[int, typer.Option(min=1, help="slices on each server")] = 10,
    seconds: Annotated[float, typer.Option(min=0.2, help="length of a slice")] = 2.0,
) -> None:
    """Measure and print a table a section."""
    measure = _Measure(rounds, seconds)
    tables = [getattr(measure, section)() for section in sections or _DEFAULT]
    show(*tables, versions={name: metadata.version(name) for name in ("ministack", "hypercorn", "botocore")})


class _Measure:
    """The sections, by their names."""

    def __init__(self, rounds: int, seconds: float) -> None:
        self._rounds = rounds
        self._seconds = seconds

    def start(self) -> Table:
        """Start each several times in turn."""
        taken: dict[str, list[tuple[float, float]]] = {}
        for _ in range(min(self._rounds, 5)):
            for started in (_plain, emulated):
                with started() as server:
                    taken.setdefault(server.name, []).append((server.start_seconds, server.memory() / 1e6))
        table = _table("Start", "", "to the first answer", "memory")
        for name, figures in taken.items():
            seconds, memory = (statistics.median(column) for column in zip(*figures, strict=True))
            table.add_row(name, f"{seconds:.1f} s", f"{memory:.0f} MB")
        return table

    def throughput(self) -> Table:
        """Load both with every kind of operation, one client and eight."""
        table = _paired_table(
            f"Throughput ({self._rounds} slices of {self._seconds:g} s on each, in turn)", "operation"
        )
        package = build_function_package(ROOT)
        with _both() as servers:
            for server in servers:
                world.make_table(server, "single")
                world.make_table(server, "global", world.OTHERS[:1])
                world.make_buckets(server, "source", "destination")
            paths = {server.name: world.make_api(server, "single", package) for server in servers}
            kinds: dict[str, Callable[[Server], Operation]] = {
                "table of one region: puts": lambda server: world.put_item(server, "single"),
                "global table: puts": lambda server: world.put_item(server, "global"),
                "replicated bucket: puts": lambda server: world.put_object(server, "source"),
                "API, function, table: payments": lambda server: world.pay(server, paths[server.name]),
            }
            for kind, make in kinds.items():
                for clients in (1, _CLIENTS):
                    name = f"{kind}, {clients} client{'s' * (clients > 1)}"
                    _add(table, name, self._compare(servers, make, clients))
        return table

    def items(self) -> Table:
        """Fill a global table, and see what puts cost and how much memory is held."""
        table = _paired_table("Growth with items in a global table of two regions", "items", memory=True)
        with _both() as servers:
            for server in servers:
                world.make_table(server, "global", world.OTHERS[:1])
            held = 0
            for size in _SIZES:
                for server in servers:
                    world.fill(server, "global", size - held)
                    server.settle()
                held = size
                paired = self._compare(servers, lambda server: world.put_item(server, "global"))
                _add(table, f"{size:,}", paired, servers)
        return table

    def regions(self) -> Table:
        """See what puts cost with more replicas."""
        table = _paired_table("Growth with the regions of a table", "regions")
        with _both() as servers:
            for replicas in _REPLICAS:
                name = f"in-{replicas + 1}"
                for server in servers:
                    world.make_table(server, name, world.OTHERS[:replicas])
                paired = self._compare(servers, lambda server, name=name: world.put_item(server, name))  # type: ignore[misc]
                _add(table, str(replicas + 1), paired)
        return table

    def deployed(self) -> Table:
        """Deploy the dev environment into the emulator, and look at its memory."""
        table = _table("With the dev environment deployed", "process", "memory")
        with emulated() as server, tempfile.TemporaryDirectory() as directory:
            assert server.emulator  # noqa: S101 — for the type checker
            Deployment(server.emulator, Path(directory), {"ENVIRONMENT_SUFFIX": "dev"}).deploy()
            table.add_row("the emulator", f"{server.memory() / 1e6:.0f} MB")
            table.add_row("with its functions' workers", f"{server.memory(workers=True) / 1e6:.0f} MB")
        return table

    def idle(self) -> Table:
        """Deploy the dev environment into the emulator, and see what CPU it takes while nobody uses it."""
        headings = ("the emulator", "its functions' workers", "together")
        table = _table(f"CPU of an idle deployment, in cores, over {_IDLE_SECONDS} s", "time scale", *headings)
        with emulated() as server, tempfile.TemporaryDirectory() as directory:
            assert server.emulator  # noqa: S101 — for the type checker
            Deployment(server.emulator, Path(directory), {"ENVIRONMENT_SUFFIX": "dev"}).deploy()
            for scale in _SCALES:
                server.emulator.set_time_scale(scale)
                time.sleep(_SETTLE_SECONDS)
                own, everything, began = server.cpu(workers=False), server.cpu(), time.monotonic()
                time.sleep(_IDLE_SECONDS)
                seconds = time.monotonic() - began
                own, everything = (
                    (now - before) / seconds
                    for now, before in ((server.cpu(workers=False), own), (server.cpu(), everything))
                )
                table.add_row(str(scale), *(f"{each:.2f}" for each in (own, everything - own, everything)))
        return table

    def bursts(self) -> Table:
        """Invoke more cold functions at once than there are cores."""
        headings = ("server", "answered", "until the last", "a start takes", "CPU")
        table = _table("Cold functions invoked at once", "functions", *headings)
        for count in _BURSTS:
            for started in (_plain, emulated):
                with started() as server:
                    bursts.make_functions(server, count)
                    burst = bursts.invoke_at_once(server, count)
                seconds = [f"{each:.1f} s" for each in (burst.seconds, burst.start_seconds, burst.cpu)]
                table.add_row(str(count), server.name, str(burst.answered), *seconds)
        return table

    def _compare(self, servers: Sequence[Server], make: Callable[[Server], Operation], clients: int = 1) -> Paired:
        operations = {server.name: [make(server) for _ in range(clients)] for server in servers}
        return compare(servers, operations, rounds=self._rounds, seconds=self._seconds)


@contextmanager
def _plain() -> Iterator[Server]:
    with tempfile.TemporaryDirectory() as directory, plain(Path(directory)) as server:
        yield server


@contextmanager
def _both() -> Iterator[tuple[Server, Server]]:
    with ExitStack() as running:
        yield running.enter_context(_plain()), running.enter_context(emulated())


def _table(title: str, first: str, *headings: str) -> Table:
    table = Table(title=title)
    table.add_column(first)
    for heading in headings:
        table.add_column(heading, justify="right")
    return table


def _paired_table(title: str, first: str, *, memory: bool = False) -> Table:
    headings = ["plain /s", "emulator /s", "ratio (lowest to highest)", "plain CPU", "emulator CPU", "ratio"]
    return _table(title, first, *headings, *(["plain memory", "emulator memory"] if memory else []))


def _add(table: Table, name: str, paired: Paired, servers: Sequence[Server] = ()) -> None:
    rates = [f"{rate:.0f}" for rate in paired.rates]
    cpu = [f"{1e3 * each:.2f} ms" for each in paired.cpu]
    memory = [f"{server.memory() / 1e6:.0f} MB" for server in servers]
    table.add_row(name, *rates, str(paired.rate_ratio), *cpu, f"{paired.cpu_ratio.median:.2f}", *memory)


if __name__ == "__main__":
    typer.run(main)
