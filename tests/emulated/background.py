"""Deploys while other tests run: most of a deployment is the provider waiting (FACTS 11.6)."""

import tempfile
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

from emulator import running
from emulator.deployment import Deployment, interrupt


class BackgroundDeployment:
    """The stack in an emulator of its own, on its way since this was made."""

    def __init__(self, settings: Mapping[str, str]) -> None:
        self._stack = ExitStack()
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
        if not self._deployed.done():
            interrupt()
        self._pool.shutdown(wait=True)
        self._stack.close()

    def _deploy(self, settings: Mapping[str, str]) -> Deployment:
        # A short lag: what these tests prove is the stack, and what replication does has tests of its own.
        emulator = self._stack.enter_context(running(replication_lag=0.05))
        directory = self._stack.enter_context(tempfile.TemporaryDirectory(prefix="deployed-"))
        deployment = Deployment(emulator, Path(directory), settings)
        deployment.deploy()
        return deployment
