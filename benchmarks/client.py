"""`./run benchmarks.client`: how long a region's loss lasts for a plain client and for the multi-region client.

Both pay side by side in the same outage of a deployment in the emulator, in real time, with Route 53's timings as
deployed. What is lost is the region that owns the writer, so a second outage loses the region that took over in the
first one. The plain client pays at the failover name, honours the TTL and tries each payment again under its id; the
multi-region client knows both regional endpoints. What is printed are emulator results.
"""

import argparse
import itertools
import math
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from uuid import uuid4

from botocore.credentials import Credentials
from botocore.exceptions import BotoCoreError, ClientError
from rich.console import Console
from rich.table import Table

from client.dns import Resolver
from client.errors import PaymentError
from client.https import Timeouts
from client.multi_region import MultiRegionClient
from client.payments import PaymentClient
from emulator import Emulator, EndedError, StartError, running
from emulator.regions import ADDRESSES
from handlers.writer.item import MalformedWriterError, Writer, read_writer
from sandbox.deployment import Deployment, DeploymentError

MODES = ("refuse", "hang")
OPEN_SECONDS, PAID_SECONDS = 30, 35
"""Budgets: the other region may be paid at, and the multi-region client has paid."""
_PACE_SECONDS = 0.5
_TIMEOUTS = Timeouts(connect=2, answer=5)
_STEADY_SECONDS = 300
_FIT_SECONDS = 100
"""So long both clients pay before the outage: a lost region's ticker starts within 60 s of the region's return, and
takes over unattended once the region has been fit for 20 s (after one takeover)."""
_OUTAGE_SECONDS = 240
_TAKEN = (HTTPStatus.OK, HTTPStatus.CREATED, HTTPStatus.ACCEPTED)

Pay = Callable[[dict[str, object]], float | None]
"""Makes a payment once; returns when the attempt began that was successful, or None."""

console = Console(highlight=False)


class BenchmarkError(Exception):
    """What was to be measured did not come about."""


class Sender:
    """Pays all the time, each payment until it is taken; keeps when the attempts began and ended that took payments."""

    def __init__(self, pay: Pay) -> None:
        self.taken: list[tuple[float, float]] = []
        self._pay = pay
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def first_after(self, moment: float) -> float:
        """Return how many seconds after a moment an attempt ended that began after it; infinite if none did."""
        return next((ended - moment for began, ended in self.taken if began > moment), math.inf)

    def end(self) -> None:
        """Pay no more."""
        self._ended.set()
        self._thread.join()

    def _run(self) -> None:
        for number in itertools.count():
            payment: dict[str, object] = {"transactionId": f"bench-{uuid4()}", "amount": "1.00", "currency": "EUR"}
            while not self._ended.is_set():
                with suppress(OSError, PaymentError):
                    began = self._pay({**payment, "metadata": {"number": number}})
                    if began is not None:
                        self.taken.append((began, time.monotonic()))
                        break
                self._ended.wait(_PACE_SECONDS)
            if self._ended.wait(_PACE_SECONDS):
                return


@dataclass(frozen=True)
class MeasuredRegionLoss:
    """The loss of a region: seconds until the other region was open, and until each client had paid."""

    lost: str
    mode: str
    opened: float
    plain: float
    multi_region: float


class Bench:
    """Both clients of one deployment."""

    def __init__(self, deployment: Deployment) -> None:
        self.emulator = deployment.emulator
        self.outputs = deployment.outputs
        self.regions: tuple[str, ...] = tuple(self.outputs["regions"][role] for role in ("primary", "standby"))
        self.name = self.outputs["failover_endpoint_url"]
        self.failover_seconds: int = self.outputs["failover_seconds"]["endpoint_lost"]

    def await_steady_state(self) -> str:
        """Wait until DNS answers with the region that may be paid at; return it.

        Raises:
            BenchmarkError: It does not.
        """
        resolver, deadline = self._resolver(), time.monotonic() + _STEADY_SECONDS
        host = self.name.removeprefix("https://")
        while time.monotonic() < deadline:
            resolver.forget()
            with suppress(OSError):
                writer = self._writer(self.regions[0])
                if writer is not None and writer.is_open and resolver.address(host) == ADDRESSES[writer.region]:
                    return writer.region
            time.sleep(1)
        raise BenchmarkError(f"DNS does not answer with the writer after {_STEADY_SECONDS} s")

    def measure(self, mode: str) -> MeasuredRegionLoss:
        """Take the writer's region down while both clients pay; return how long it took.

        Raises:
            BenchmarkError: A client could not pay before.
        """
        lost = self.await_steady_state()
        other = next(region for region in self.regions if region != lost)
        plain = self._client(self.name)
        both = MultiRegionClient(
            *(self._client(self.outputs[f"{role}_endpoint_url"]) for role in ("primary", "standby"))
        )
        senders = [
            Sender(lambda payment: _plainly(plain, payment)),
            Sender(lambda payment: _anywhere(both, payment)),
        ]
        opened = math.inf
        try:
            time.sleep(_FIT_SECONDS)
            if not all(sender.taken for sender in senders):
                raise BenchmarkError("a client cannot pay before the outage")
            with self.emulator.inject("region-down", region=lost, mode=mode):
                began = time.monotonic()
                while time.monotonic() < began + _OUTAGE_SECONDS:
                    writer = self._writer(other)
                    if writer is not None and writer.allows(other):
                        opened = min(opened, time.monotonic() - began)
                    if all(math.isfinite(sender.first_after(began)) for sender in senders):
                        break
                    time.sleep(0.2)
            return MeasuredRegionLoss(lost, mode, opened, *(sender.first_after(began) for sender in senders))
        finally:
            for sender in senders:
                sender.end()

    def _writer(self, region: str) -> Writer | None:
        """Return the writer as a region's control replica has it; None if it does not say."""
        try:
            return read_writer(self.emulator.client("dynamodb", region), self.outputs["control_table_name"])
        except (BotoCoreError, ClientError, MalformedWriterError):
            return None

    def _resolver(self) -> Resolver:
        return Resolver(("127.0.0.1", self.emulator.dns_port))

    def _client(self, endpoint_url: str) -> PaymentClient:
        environment = self.emulator.environment
        return PaymentClient(
            endpoint_url,
            credentials=Credentials(environment["AWS_ACCESS_KEY_ID"], environment["AWS_SECRET_ACCESS_KEY"]),
            resolver=self._resolver(),
            port=self.emulator.data_plane_port,
            ca_file=self.emulator.ca_file,
            timeouts=_TIMEOUTS,
        )


def _plainly(client: PaymentClient, payment: dict[str, object]) -> float | None:
    began = time.monotonic()
    return began if client.pay(payment).status in _TAKEN else None


def _anywhere(client: MultiRegionClient, payment: dict[str, object]) -> float | None:
    last = client.pay(payment).attempts[-1]
    return time.monotonic() - last.seconds


def main() -> int:
    """Deploy, measure, print the table; return 1 when it cannot be measured."""
    parser = argparse.ArgumentParser(prog="./run benchmarks.client", description=__doc__, allow_abbrev=False)
    parser.add_argument("--mode", action="append", choices=MODES, help="how the region goes down (default: each)")
    modes = parser.parse_args().mode or MODES
    try:
        with tempfile.TemporaryDirectory(prefix="client-benchmark-") as directory, running() as emulator:
            bench = _deployed(emulator, Path(directory))
            with console.status("Measuring"):
                measured = [bench.measure(mode) for mode in modes]
    except (BenchmarkError, DeploymentError, StartError, EndedError) as error:
        console.print(f"benchmarks.client: {error}", style="red", markup=False)
        return 1
    console.print(outage_table(measured, failover_seconds=bench.failover_seconds))
    return 0


def _deployed(emulator: Emulator, directory: Path) -> Bench:
    with console.status("Deploying both regions"):
        deployment = Deployment(emulator, directory, {"ENVIRONMENT_SUFFIX": "dev"})
        deployment.deploy()
    return Bench(deployment)


def outage_table(measured: list[MeasuredRegionLoss], *, failover_seconds: int) -> Table:
    """Return the table of what was measured; budgets are in brackets."""
    title = "Seconds after the loss of the writer's region (emulator, real time)"
    columns = ("other region open", "multi-region client", "plain client, by DNS")
    budgets = (OPEN_SECONDS, PAID_SECONDS, failover_seconds)
    named = (f"{column} ({budget})" for column, budget in zip(columns, budgets, strict=True))
    table = Table("the region", *named, "ratio", title=title)
    for outage in measured:
        what = {"refuse": "refuses connections", "hang": "hangs"}[outage.mode]
        seconds = (f"{each:.1f}" for each in (outage.opened, outage.multi_region, outage.plain))
        table.add_row(f"{outage.lost} {what}", *seconds, f"{outage.multi_region / outage.plain:.2f}")
    return table


if __name__ == "__main__":
    sys.exit(main())
