"""Credentials that expire and must be refreshed, which may fail."""

from simulation.kernel.process import Process

_LIFETIME_SECONDS = 300.0
_AGAIN_SECONDS = 15.0


class CredentialsNotRefreshedError(Exception):
    """The credentials have expired and cannot be refreshed now; no `OSError`, as botocore's own is none."""


class PayersCredentials:
    """What signs a payer's requests, as far as signing asks."""

    def __init__(self, process: Process) -> None:
        self.cannot_refresh = False
        self.is_throttled = False
        """They expire with every use, and are refreshed once in a while: a first attempt is signed, a second is not."""
        self._process = process
        self._expires = 0.0
        self._refreshed = float("-inf")

    def expire(self) -> None:
        """Make the next request refresh."""
        self._expires = 0.0

    def get_frozen_credentials(self) -> "PayersCredentials":
        """Refresh if due.

        Raises:
            CredentialsNotRefreshedError: It cannot be done.
        """
        if self._process.kernel.now >= self._expires or self.is_throttled:
            self._process.sleep(0.05)
            now = self._process.kernel.now
            if self.cannot_refresh or (self.is_throttled and now < self._refreshed + _AGAIN_SECONDS):
                raise CredentialsNotRefreshedError("the credentials have expired")
            self._expires, self._refreshed = now + _LIFETIME_SECONDS, now
        return self
