"""The probe of the peer's endpoint: only a 2xx is a sign of life."""

import http.client
import ssl
import urllib.error
import urllib.request
from email.message import Message
from typing import Self

import pytest

from handlers.standby import probe


class Answer:
    """An HTTP answer."""

    def __init__(self, status: int) -> None:
        self.status = status

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Leave."""


@pytest.fixture(autouse=True)
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    paused: list[float] = []
    monkeypatch.setattr("time.sleep", paused.append)
    return paused


@pytest.mark.parametrize(("status", "alive"), [(200, True), (204, True), (299, True), (300, False), (404, False)])
def test_2xx_is_alive(monkeypatch: pytest.MonkeyPatch, status: int, alive: bool) -> None:  # noqa: FBT001
    asked: list[tuple[str, float]] = []

    def urlopen(url: str, *, timeout: float) -> Answer:
        asked.append((url, timeout))
        return Answer(status)

    monkeypatch.setattr(urllib.request, "urlopen", urlopen)
    assert probe.answers("https://a.example/prod") is alive
    assert asked == [("https://a.example/prod/health", 2)] * (1 if alive else 3)


@pytest.mark.parametrize(
    "error",
    [
        urllib.error.URLError("refused"),
        urllib.error.HTTPError("https://a.example", 503, "", Message(), None),
        TimeoutError(),
        ConnectionResetError(),
        ssl.SSLCertVerificationError(),
        http.client.BadStatusLine("x"),
    ],
    ids=repr,
)
def test_any_failure_is_not(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    def urlopen(url: str, *, timeout: float) -> Answer:
        raise error

    monkeypatch.setattr(urllib.request, "urlopen", urlopen)
    assert probe.answers("https://a.example") is False


def test_one_answer_is_enough(monkeypatch: pytest.MonkeyPatch, pauses: list[float]) -> None:
    """A request that was lost is asked again."""
    lost: list[Exception] = [TimeoutError(), ConnectionResetError()]

    def urlopen(url: str, *, timeout: float) -> Answer:
        if lost:
            raise lost.pop()
        return Answer(200)

    monkeypatch.setattr(urllib.request, "urlopen", urlopen)
    assert probe.answers("https://a.example") is True
    assert pauses == [1, 1]
