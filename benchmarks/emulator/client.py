"""A client that costs little beside what is measured: signed requests over one connection, a third of boto3's time."""

import http.client
from collections.abc import Mapping

from botocore.auth import S3SigV4Auth, SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from benchmarks.emulator.servers import Server
from emulator.configuration import ACCESS_KEY_ID, SECRET_ACCESS_KEY

_CREDENTIALS = Credentials(ACCESS_KEY_ID, SECRET_ACCESS_KEY)


class RequestFailedError(Exception):
    """The server refused a request; the text is its answer."""


class Client:
    """One connection to a server for one service and region."""

    def __init__(self, server: Server, service: str, region: str) -> None:
        sign = S3SigV4Auth if service == "s3" else SigV4Auth
        self._signer = sign(_CREDENTIALS, service, region)
        self._endpoint = server.endpoint_url
        self._connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)

    def call(self, method: str, path: str, body: bytes, headers: Mapping[str, str] | None = None) -> bytes:
        """Send a request and return the answer's body.

        Raises:
            RequestFailedError: The status was not 2xx.
        """
        request = AWSRequest(method=method, url=self._endpoint + path, data=body, headers=dict(headers or {}))
        self._signer.add_auth(request)
        self._connection.request(method, path, body, dict(request.headers.items()))
        response = self._connection.getresponse()
        answer = response.read()
        if response.status // 100 != 2:  # noqa: PLR2004 — 2xx
            raise RequestFailedError(f"{method} {path}: {response.status} {answer[:500].decode(errors='replace')}")
        return answer
