"""Credentials that expire and must be refreshed, which may fail."""

from simulation.kernel.process import Process

_LIFETIME_SECONDS = 300.0


class CredentialsNotRefreshedError(Exception):
    """The credentials have expired and cannot be refreshed now; no `OSError`, as botocore's own is none."""


class PayersCredentials:
    """What signs a payer's requests, as far as signing asks."""

    def __init__(self, process: Process) -> None:
        self.cannot_refresh = False
        self._uses_left: int | None = None
        self._process = process
        self._expires = 0.0

    def expire(self, *, uses: int = 0) -> None:
        """Make the next request refresh, or one that follows after so many uses."""
        self._uses_left = uses

    def get_frozen_credentials(self) -> "PayersCredentials":
        """Refresh if due.

        Raises:
            CredentialsNotRefreshedError: It cannot be done.
        """
        if self._uses_left is not None:
            self._uses_left -= 1
            if self._uses_left < 0:
                self._uses_left, self._expires = None, 0.0
        if self._process.kernel.now >= self._expires:
            self._process.sleep(0.05)
            if self.cannot_refresh:
                raise CredentialsNotRefreshedError("the credentials have expired")
            self._expires = self._process.kernel.now + _LIFETIME_SECONDS
        return self
