"""Keeps a release alive: a thread raises its beat, also while a call of the driver hangs."""

import threading
import time
from typing import Self

from botocore.exceptions import BotoCoreError, ClientError

from contract.releases import BEAT_SECONDS, DRIVER_GONE_SECONDS
from handlers.releases.changes import StaleReleaseError, beat
from handlers.releases.item import Release
from handlers.releases.site import ReleaseSite
from operations.errors import one_line


class ReleaseLostError(Exception):
    """The release is no longer this driver's: somebody has ended it, or has it put back."""


class Beats:
    """Raises the beat of a release every few real seconds, from the beginning of a `with` block to its end."""

    def __init__(self, site: ReleaseSite, release: Release, *, seconds: float = BEAT_SECONDS) -> None:
        self._site, self._release, self._seconds = site, release, seconds
        self._lock, self._over = threading.Lock(), threading.Event()
        self._lost = ""
        self._failure = ""
        self._taken_at = time.monotonic()

    @property
    def release(self) -> Release:
        """The release as the last beat left it."""
        return self._release

    def __enter__(self) -> Self:
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def step(self, says: str) -> None:
        """Write what the driver does now, which is a beat as well.

        Raises:
            ReleaseLostError: See `check`.
        """
        self._beat(says)
        self.check()

    def check(self) -> None:
        """Return only if the release still is this driver's, as far as is known.

        Raises:
            ReleaseLostError: Somebody else ended it, or no beat was taken for so long that tickers may soon undo it.
        """
        if self._lost:
            raise ReleaseLostError(self._lost)
        silent = time.monotonic() - self._taken_at
        if silent > DRIVER_GONE_SECONDS / 2:
            raise ReleaseLostError(f"the control table has taken no beat for {silent:.0f} s: {self._failure}")

    def _run(self) -> None:
        while not self._over.wait(self._seconds) and not self._lost:
            self._beat()

    def _beat(self, says: str = "") -> None:
        with self._lock:
            if self._lost:
                return
            began = time.monotonic()
            try:
                self._release = beat(self._site.client, self._site.control_table, self._release, step=says)
            except StaleReleaseError as error:
                self._lost = one_line(error)
            except (BotoCoreError, ClientError) as error:
                self._failure = one_line(error)
            else:
                self._taken_at = began
