"""`python -m benchmarks.client`: how long a region's loss lasts for a plain client and for the multi-region client.

Both pay side by side in the same outage of a deployment in the emulator, in real time, with Route 53's timings as
deployed. The plain client pays at the failover name, honours the TTL and tries each payment again under its id; the
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
from http import HTTPStatus
from pathlib import Path
from uuid import uuid4

from botocore.credentials import Credentials
from rich.console import Console
from rich.table import Table

from client.dns import Resolver
from client.errors import PaymentError
from client.https import Timeouts
from client.multi_region import MultiRegionClient
from client.payments import PaymentClient
from emulator import Emulator, EndedError, StartError, running
from emulator.deployment import Deployment, DeploymentError
from emulator.regions import ADDRESSES

MODES = ("refuse", "hang")
_PACE_SECONDS = 0.5
_TIMEOUTS = Timeouts(connect=2, answer=5)
_STEADY_SECONDS = 300
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


class Bench:
    """Both clients of one deployment."""

    def __init__(self, deployment: Deployment) -> None:
        self.emulator = deployment.emulator
        self.outputs = deployment.outputs
        self.primary: str = self.outputs["regions"]["primary"]
        self.name = self.outputs["failover_endpoint_url"]

    def await_primary(self) -> None:
        """Wait until DNS answers with the primary, as it does some time after a deployment or an outage.

        Raises:
            BenchmarkError: It does not.
        """
        resolver, deadline = self._resolver(), time.monotonic() + _STEADY_SECONDS
        host = self.name.removeprefix("https://")
        while time.monotonic() < deadline:
            resolver.forget()
            with suppress(OSError):
                if (
                    resolver.address(host) == ADDRESSES[self.primary]
                    and self._client(self.name).probe().status == HTTPStatus.OK
                ):
                    return
            time.sleep(1)
        raise BenchmarkError(f"DNS does not answer with {self.primary} after {_STEADY_SECONDS} s")

    def measure(self, mode: str) -> dict[str, float]:
        """Take the primary down while both clients pay; return the seconds to each one's first success after that."""
        self.await_primary()
        plain = self._client(self.name)
        both = MultiRegionClient(
            *(self._client(self.outputs[f"{role}_endpoint_url"]) for role in ("primary", "standby"))
        )
        senders = {
            "plain": Sender(lambda payment: _plainly(plain, payment)),
            "multi-region": Sender(lambda payment: _anywhere(both, payment)),
        }
        try:
            time.sleep(10)
            if not all(sender.taken for sender in senders.values()):
                raise BenchmarkError("a client cannot pay before the outage")
            with self.emulator.inject("region-down", region=self.primary, mode=mode):
                began = time.monotonic()
                while time.monotonic() < began + _OUTAGE_SECONDS:
                    if all(math.isfinite(sender.first_after(began)) for sender in senders.values()):
                        break
                    time.sleep(0.2)
            return {name: sender.first_after(began) for name, sender in senders.items()}
        finally:
            for sender in senders.values():
                sender.end()

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
    parser = argparse.ArgumentParser(prog="python -m benchmarks.client", description=__doc__, allow_abbrev=False)
    parser.add_argument("--mode", action="append", choices=MODES, help="how the region goes down (default: each)")
    modes = parser.parse_args().mode or MODES
    try:
        with tempfile.TemporaryDirectory(prefix="client-benchmark-") as directory, running() as emulator:
            bench = _deployed(emulator, Path(directory))
            with console.status("Measuring"):
                measured = {mode: bench.measure(mode) for mode in modes}
    except (BenchmarkError, DeploymentError, StartError, EndedError) as error:
        console.print(f"benchmarks.client: {error}", style="red", markup=False)
        return 1
    _show(measured)
    return 0


def _deployed(emulator: Emulator, directory: Path) -> Bench:
    with console.status("Deploying both regions"):
        deployment = Deployment(emulator, directory, {"ENVIRONMENT_SUFFIX": "dev"})
        deployment.deploy()
    return Bench(deployment)


def _show(measured: dict[str, dict[str, float]]) -> None:
    title = "Seconds until the first payment after the loss (emulator, real time)"
    table = Table("the region", "plain client, by DNS", "multi-region client", "ratio", title=title)
    for mode, seconds in measured.items():
        plain, both = seconds["plain"], seconds["multi-region"]
        what = {"refuse": "refuses connections", "hang": "hangs"}[mode]
        table.add_row(what, f"{plain:.1f}", f"{both:.1f}", f"{both / plain:.2f}")
    console.print(table)


if __name__ == "__main__":
    sys.exit(main())
