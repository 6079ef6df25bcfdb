"""What botocore sends, answered without sockets, by host: STS, and a parameter that only an assumed role may read."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from botocore.awsrequest import AWSResponse
from botocore.exceptions import BotoCoreError, ConnectTimeoutError

ACCOUNT = "123456789012"

_ANSWERS = {
    "AssumeRole": "<Credentials><AccessKeyId>ASIAROLE</AccessKeyId><SecretAccessKey>s</SecretAccessKey>"
    "<SessionToken>t</SessionToken><Expiration>2099-01-01T00:00:00Z</Expiration></Credentials>",
    "GetCallerIdentity": f"<Arn>arn:aws:iam::{ACCOUNT}:user/me</Arn><UserId>u</UserId><Account>{ACCOUNT}</Account>",
}


@dataclass(frozen=True)
class Sent:
    """A request, and how long it was given."""

    host: str
    action: str
    form: dict[str, str]
    seconds: tuple[float, float]
    """To connect, and to answer."""


@dataclass
class Network:
    """Answers STS and SSM; other hosts do not."""

    parameter: str = ""
    """The value of every parameter."""

    troubles: dict[str, Callable[[], Any]] = field(default_factory=dict)
    """What happens instead of an answer, by host: an answer, or an error that is raised."""
    sent: list[Sent] = field(default_factory=list)

    @property
    def hosts(self) -> list[str]:
        """Whom was asked, each repetition included."""
        return [each.host for each in self.sent]

    def answer(self, connection: Any, request: Any) -> Any:
        """Take the place of `botocore.httpsession.URLLib3Session.send`."""
        host = urlsplit(request.url).hostname or ""
        body = request.body.decode() if isinstance(request.body, bytes) else request.body or ""
        form = {name: values[0] for name, values in parse_qs(body).items()}
        limits = connection._timeout  # it tells it nowhere else
        seconds = (limits.connect_timeout, limits.read_timeout)
        self.sent.append(Sent(host, form.get("Action", ""), form, seconds))
        happening = self.troubles.get(host)
        if happening is not None:
            return happening()
        if host.startswith("ssm."):
            return self._parameter(request)
        if not host.startswith("sts."):
            raise ConnectTimeoutError(endpoint_url=request.url)
        action = form["Action"]
        return response(
            200, f"<{action}Response><{action}Result>{_ANSWERS[action]}</{action}Result></{action}Response>"
        )

    def _parameter(self, request: Any) -> AWSResponse:
        if "Credential=ASIAROLE/" not in request.headers["Authorization"].decode():
            return response(400, json.dumps({"__type": "AccessDeniedException", "message": "no"}))
        return response(200, json.dumps({"Parameter": {"Value": self.parameter}}))


def response(status: int, body: str) -> AWSResponse:
    """Return an answer."""
    headers: Any = {"content-type": "text/xml"}
    raw: Any = _Raw(body.encode())
    return AWSResponse("https://answered", status, headers, raw)


def refusal(status: int, code: str) -> Callable[[], AWSResponse]:
    """Return what gives STS's error."""
    text = f"<ErrorResponse><Error><Type>x</Type><Code>{code}</Code><Message>no</Message></Error></ErrorResponse>"
    return lambda: response(status, text)


def raising(error: BotoCoreError) -> Callable[[], Any]:
    """Return what raises the error."""

    def happen() -> Any:
        raise error

    return happen


@dataclass
class _Raw:
    body: bytes

    def stream(self, **_: Any) -> Any:
        yield self.body


def connected(patch: pytest.MonkeyPatch) -> Network:
    """Let botocore ask this network, at once when it asks again, in an environment that has a key and no settings."""
    network = Network()

    def send(connection: Any, request: Any) -> Any:
        return network.answer(connection, request)

    patch.setattr("botocore.httpsession.URLLib3Session.send", send)
    patch.setattr("time.sleep", lambda _: None)
    for name in ("AWS_PROFILE", "AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_STS", "AWS_SESSION_TOKEN", "AWS_REGION"):
        patch.delenv(name, raising=False)
    patch.setenv("AWS_CONFIG_FILE", "/none")
    patch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/none")
    patch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    patch.setenv("AWS_ACCESS_KEY_ID", "AKIAOWN")
    patch.setenv("AWS_SECRET_ACCESS_KEY", "s")
    return network
