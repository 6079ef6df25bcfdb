"""Runs scenarios, one after the other, while other tests run: most of a drill is waiting.

They have a deployment of their own, since they move traffic and let time pass faster.
"""

import subprocess
import tempfile
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.emulated.background import BackgroundDeployment
from tests.emulated.operations.commands import Ended
from tests.emulated.operations.drilling import drill, faster, run_arguments, serving_region
from tests.emulated.site import Site
from tests.emulated.users import administered
from tests.emulated.writing import await_first_writer


@dataclass(frozen=True)
class Drilled:
    """One drill, and what it left behind."""

    run: Ended
    shown: Ended
    """What `dr drill show` says of its evidence."""
    faults: list[Any]
    serving: str | None

    @property
    def verdict(self) -> Any:
        """The verdict, as the command printed it."""
        assert self.run.output, self.run.errors
        return self.run.document


class BackgroundDrills:
    """Every scenario in turn, on its way once what `after` waits for is there: two deployments slow each other down."""

    def __init__(self, scenarios: Iterable[str], settings: Mapping[str, str], *, after: Callable[[], object]) -> None:
        self._stack = ExitStack()
        self._deployment = BackgroundDeployment(settings, after=after)
        self._process: subprocess.Popen[str] | None = None
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="drills")
        self._site = self._pool.submit(self._prepare)
        self._drilled: dict[str, Future[Drilled]] = {name: self._pool.submit(self._drill, name) for name in scenarios}
        self._pool.submit(self._end)

    def result(self, scenario: str) -> Drilled:
        """Wait until a scenario has been run; raises what kept it from running."""
        return self._drilled[scenario].result()

    def close(self) -> None:
        """End a drill that nobody has waited for, and stop the emulator."""
        self._pool.shutdown(wait=False, cancel_futures=True)
        if self._process:
            self._process.kill()
        if self._site.done():
            self._end()
        self._deployment.close()
        self._pool.shutdown(wait=True)

    def _end(self) -> None:
        """Stop the emulator: an idle one costs a fifth of a processor at this pace."""
        self._stack.close()  # while the emulator runs, whose pace is put back
        self._deployment.close()

    def _prepare(self) -> tuple[Site, Path]:
        site = administered(self._deployment.result())
        await_first_writer(site)
        evidence = Path(self._stack.enter_context(tempfile.TemporaryDirectory(prefix="evidence-")))
        self._stack.enter_context(faster(site))
        return site, evidence

    def _drill(self, scenario: str) -> Drilled:
        site, evidence = self._site.result()
        try:
            ended = drill(site, *run_arguments(site, scenario, evidence), started=self._started)
        except subprocess.TimeoutExpired as error:
            raise AssertionError(f"{scenario} did not end; {_said_last(evidence)}") from error
        shown = drill(site, "show", ended.document["evidence"]) if ended.output else ended
        return Drilled(ended, shown, site.deployment.emulator.control.faults(), serving_region(site))

    def _started(self, process: subprocess.Popen[str]) -> None:
        self._process = process


def _said_last(evidence: Path) -> str:
    """Return what the latest command of the latest drill said."""
    messages = max(evidence.glob("*/commands/*.err"), key=lambda path: path.stat().st_mtime, default=None)
    return f"{messages.name}: {messages.read_text()}" if messages else "it ran no command"
