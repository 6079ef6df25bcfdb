"""What MiniStack does not survive is answered, and told in one line."""

import asyncio
import json
from typing import Any, cast

import pytest

from emulator.background_tasks import Parts
from emulator.gateway import Gateway
from emulator.outage import RequestFaults


class Failing:
    """Stands for all that serves requests."""

    def __init__(self, error: Exception, *, answers_first: bool = False) -> None:
        self._error = error
        self._answers_first = answers_first

    async def serve(self, scope: Any, receive: Any, send: Any) -> None:
        if self._answers_first:
            await send({"type": "http.response.start", "status": 200, "headers": []})
        raise self._error


def ask(serving: Failing) -> tuple[int, dict[str, str]]:
    """Send a request through the gateway; return status and body."""
    sent: list[dict[str, Any]] = []

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    gateway = Gateway(outage=cast("RequestFaults", serving), parts=Parts(failed=lambda: None), ready=lambda: None)
    scope = {"type": "http", "scheme": "http", "method": "POST", "path": "/x"}
    asyncio.run(gateway(scope, None, send))
    return sent[0]["status"], json.loads(sent[1]["body"])


def test_undecodable_text_is_the_callers_mistake(capsys: pytest.CaptureFixture[str]) -> None:
    status, body = ask(Failing(UnicodeDecodeError("utf-8", b"\xfb", 0, 1, "invalid start byte")))
    assert (status, body["__type"]) == (400, "SerializationException")
    assert capsys.readouterr().err == ""


def test_any_other_exit_is_reported_in_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert ask(Failing(AttributeError("no x"))) == (500, {"__type": "InternalFailure", "message": "no x"})
    assert capsys.readouterr().err == "emulator: POST /x failed: AttributeError: no x\n"


def test_an_answer_that_has_begun_is_not_begun_again() -> None:
    with pytest.raises(AttributeError):
        ask(Failing(AttributeError("no x"), answers_first=True))
