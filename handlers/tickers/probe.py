"""Asks the own region's public endpoint whether it is well, from the outside, as a payment client would."""

import http.client
import ssl
import urllib.parse
from contextlib import suppress
from enum import Enum

from contract.deadlines import HEALTH_TIMEOUT_SECONDS


class HealthAnswer(Enum):
    """What `/health` said."""

    GOOD = "good"
    BAD = "bad"  # or did not answer
    THROTTLED = "throttled"  # neither: the other region would meet the same load


class HealthProbe:
    """Asks `/health` over one connection that is kept: a TLS handshake every other second costs most of a ticker."""

    def __init__(self) -> None:
        self._endpoint = ""
        self._connection: http.client.HTTPSConnection | None = None

    def ask(self, endpoint: str) -> HealthAnswer:
        """Ask `<endpoint>/health` once, and once more on a new connection if the kept one was closed meanwhile.

        Certificates count (`SSL_CERT_FILE` gives other roots).
        """
        if endpoint != self._endpoint:
            self._close()
            self._endpoint = endpoint
        was_kept = self._connection is not None
        try:
            return self._ask()
        except (http.client.RemoteDisconnected, ConnectionError, ssl.SSLEOFError):
            self._close()
            return self._ask_anew() if was_kept else HealthAnswer.BAD
        except (OSError, http.client.HTTPException):  # time-outs and TLS's errors are OSErrors
            self._close()
            return HealthAnswer.BAD

    def _ask_anew(self) -> HealthAnswer:
        try:
            return self._ask()
        except (OSError, http.client.HTTPException):
            self._close()
            return HealthAnswer.BAD

    def _ask(self) -> HealthAnswer:
        url = urllib.parse.urlsplit(self._endpoint)
        if self._connection is None:
            context = ssl.create_default_context()
            self._connection = http.client.HTTPSConnection(
                url.hostname or "", url.port, timeout=HEALTH_TIMEOUT_SECONDS, context=context
            )
        self._connection.request("GET", f"{url.path}/health")
        response = self._connection.getresponse()
        response.read()
        if response.status == http.client.TOO_MANY_REQUESTS:
            return HealthAnswer.THROTTLED
        return HealthAnswer.GOOD if 200 <= response.status < 300 else HealthAnswer.BAD  # noqa: PLR2004 -- HTTP's success

    def _close(self) -> None:
        if self._connection is not None:
            with suppress(OSError):
                self._connection.close()
        self._connection = None
