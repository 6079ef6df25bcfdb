"""Deploys while other tests run: most of a deployment is the provider waiting (FACTS 11.6)."""

import tempfile
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from pathlib import Path
from threading import Event

from emulator import running
from sandbox.deployment import Deployment, DeploymentError, interrupt


class BackgroundDeployment:
    """The stack in an emulator of its own, on its way since `after` has returned, or failed."""

    def __init__(self, settings: Mapping[str, str], *, after: Callable[[], object] = lambda: None) -> None:
        self._stack = ExitStack()
        self._after = after
        self._closing = Event()
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="deployment")
        self._deployed = self._pool.submit(self._deploy, settings)

    def result(self) -> Deployment:
        """Wait until it is deployed.

        Raises:
            DeploymentError: It failed.
        """
        return self._deployed.result()

    def close(self) -> None:
        """Stop the emulator, and a deployment that nobody has waited for."""
        self._closing.set()
        if not self._deployed.done():
            interrupt()
        self._pool.shutdown(wait=True)
        self._stack.close()

    def _deploy(self, settings: Mapping[str, str]) -> Deployment:
        with suppress(DeploymentError):  # told to who asked for that deployment
            self._after()
        if self._closing.is_set():
            raise DeploymentError("nobody waits for it any more")
        # A short lag: what these tests prove is the stack, and what replication does has tests of its own.
        emulator = self._stack.enter_context(running(replication_lag=0.05))
        directory = self._stack.enter_context(tempfile.TemporaryDirectory(prefix="deployed-"))
        deployment = Deployment(emulator, Path(directory), settings)
        deployment.deploy()
        return deployment
