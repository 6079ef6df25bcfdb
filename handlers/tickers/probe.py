"""Asks whether the own region is well: from the outside, as a payment client would, and at need the function itself.

IAM: lambda:InvokeFunction on the alias `live` of the own payment function.
"""

import http.client
import json
import ssl
import urllib.parse
from collections.abc import Callable
from contextlib import suppress
from enum import Enum
from typing import Any, Final, Protocol

from botocore.exceptions import BotoCoreError, ClientError

from contract.deadlines import HEALTH_TIMEOUT_SECONDS
from contract.releases import LIVE_ALIAS
from handlers.faults import is_throttling

HEALTH_EVENT: Final = {
    "resource": "/health",
    "path": "/health",
    "httpMethod": "GET",
    "pathParameters": None,
    "body": None,
    "isBase64Encoded": False,
}
"""What API Gateway sends the payment function for `/health`, as far as the function reads it."""


class HealthAnswer(Enum):
    """What `/health` said."""

    GOOD = "good"
    BAD = "bad"  # or did not answer
    THROTTLED = "throttled"  # neither: the other region would meet the same load

    @classmethod
    def of_status(cls, status: int) -> "HealthAnswer":
        """Return what an HTTP status says."""
        if status == http.client.TOO_MANY_REQUESTS:
            return cls.THROTTLED
        return cls.GOOD if 200 <= status < 300 else cls.BAD  # noqa: PLR2004 -- HTTP's success


class InvokingClient(Protocol):
    """What asking the function itself uses of a Lambda client."""

    def invoke(self, **request: Any) -> dict[str, Any]:  # noqa: ANN401 -- as botocore, which publishes no types
        """Invoke a function and wait for its answer."""


class FitnessProbe:
    """Asks the public endpoint, and the payment function itself when that answer is 429.

    Strangers can use up what the gateway lets through to `/health`. That the gateway answers 429 shows that it lives;
    what is behind it is then asked past the gateway, by Lambda's API, which lets no stranger in.
    """

    def __init__(self, endpoint: Callable[[str], HealthAnswer], function: Callable[[], HealthAnswer]) -> None:
        self._endpoint = endpoint
        self._function = function

    def ask(self, endpoint: str) -> HealthAnswer:
        """Return whether the region is well, as far as either can tell."""
        answer = self._endpoint(endpoint)
        return self._function() if answer is HealthAnswer.THROTTLED else answer


def ask_function(client: InvokingClient, name: str) -> HealthAnswer:
    """Ask the version of the payment function that takes payments whether it could take one now."""
    try:
        answer = client.invoke(FunctionName=name, Qualifier=LIVE_ALIAS, Payload=json.dumps(HEALTH_EVENT).encode())
        status = json.loads(answer["Payload"].read())["statusCode"]
    except ClientError as error:
        return HealthAnswer.THROTTLED if is_throttling(error) else HealthAnswer.BAD
    except (BotoCoreError, ValueError, KeyError, TypeError):  # a function that crashed returns no status
        return HealthAnswer.BAD
    return HealthAnswer.of_status(status)


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
        return HealthAnswer.of_status(response.status)

    def _close(self) -> None:
        if self._connection is not None:
            with suppress(OSError):
                self._connection.close()
        self._connection = None
