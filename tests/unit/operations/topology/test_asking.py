"""What does not answer, or not in time, is unknown with a reason."""

import ssl
import threading
import time
from collections.abc import Callable

import pytest
from botocore.exceptions import ClientError, ConnectTimeoutError, EndpointConnectionError, ReadTimeoutError

from client.https import NoAnswerError, NotReachedError
from handlers.writer.item import MalformedWriterError
from operations.topology.asking import PendingRead, UnknownError, is_denied, reason
from operations.topology.readings import Known, Reading, Unknown
from tests.unit.operations.fakes import refused


def ask(read: Callable[[], object], seconds: float = 1) -> Reading[object]:
    return PendingRead(read).reading(time.monotonic() + seconds)


def raising(error: Exception) -> Callable[[], object]:
    def read() -> object:
        raise error

    return read


def not_reached(cause: Exception) -> NotReachedError:
    error = NotReachedError("us-east-1 was not reached")
    error.__cause__ = cause
    return error


def test_what_answers_is_known() -> None:
    assert ask(lambda: 7) == Known(7)


def test_silence_is_unknown_at_the_agreed_time() -> None:
    never = threading.Event()
    assert ask(never.wait, seconds=0.01) == Unknown("no answer in time")
    never.set()


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (UnknownError("there has been none yet"), "there has been none yet"),
        (ConnectTimeoutError(endpoint_url="x"), "no answer in time"),
        (ReadTimeoutError(endpoint_url="x"), "no answer in time"),
        (EndpointConnectionError(endpoint_url="x"), "no connection"),
        (ConnectionRefusedError("refused"), "no connection"),
        (not_reached(ConnectionRefusedError()), "no connection"),
        (not_reached(TimeoutError()), "no answer in time"),
        (not_reached(ssl.SSLEOFError()), "no TLS connection"),
        (NoAnswerError("x"), "no answer"),
        (KeyError("Table"), "the answer lacks 'Table'"),
        (MalformedWriterError("the writer item\nsays nothing"), "the writer item says nothing"),
        (ValueError(), "ValueError"),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else "",
)
def test_failures_are_unknown_with_a_short_reason(error: Exception, said: str) -> None:
    assert ask(raising(error)) == Unknown(said)


def test_a_refusal_names_code_and_operation() -> None:
    assert ask(refused("GetItem")) == Unknown("AccessDenied (GetItem)")


@pytest.mark.parametrize(
    ("who", "named"),
    [
        ("arn:aws:sts::123456789012:assumed-role/dr-operations-dev/dr-ann", "dr-operations-dev"),
        ("arn:aws:iam::123456789012:user/ann", "ann"),
        ("arn:aws-us-gov:iam::123456789012:root", "root"),
    ],
)
def test_a_denial_names_who_may_not_do_what(who: str, named: str) -> None:
    message = f"User: {who} is not authorized to perform: dynamodb:GetItem on resource: arn:aws:dynamodb:x"
    error = ClientError({"Error": {"Code": "AccessDeniedException", "Message": message}}, "GetItem")
    found = ask(raising(error))
    assert found == Unknown(f"AccessDeniedException ({named} may not dynamodb:GetItem)")
    assert isinstance(found, Unknown)
    assert is_denied(found)
    assert not is_denied(Unknown("InternalServerError (GetItem)"))


def test_a_mistake_of_ones_own_is_not_hidden() -> None:
    with pytest.raises(AttributeError):
        ask(raising(AttributeError("typo")))


def test_a_fact_may_say_nothing() -> None:
    assert ask(raising(UnknownError("nothing in it"))) == Unknown("nothing in it")


def test_a_reason_is_one_line() -> None:
    assert reason(OSError("a\n b")) == "a b"
