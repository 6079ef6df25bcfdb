"""Reads many facts concurrently with a common time limit, so that a region that hangs does not delay the rest."""

import re
import ssl
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Any, Generic, TypeVar

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectTimeoutError,
    EndpointConnectionError,
    HTTPClientError,
    ReadTimeoutError,
)
from dns.exception import DNSException

from client.https import NoAnswerError, NotReachedError
from handlers.faults import error_code
from handlers.releases.item import MalformedReleaseError
from handlers.writer.item import MalformedWriterError
from operations.errors import one_line
from operations.topology.readings import Known, Reading, Unknown

_DENIED = (
    "AccessDenied",
    "NotAuthorized",
    "Unauthorized",
    "UnrecognizedClient",
    "ExpiredToken",
    "InvalidClientToken",
    "InvalidSignature",
    "SignatureDoesNotMatch",
    "RequestExpired",
)
"""What AWS's codes begin with then; a signature is refused, too, when this machine's clock is wrong."""
_WHO_MAY_NOT = re.compile(
    r"arn:[\w-]*:(sts|iam)::\d*:((assumed-)?role/|user/)?(?P<who>[^/\s]+).* perform: (?P<what>[\w:*]+)"
)

K = TypeVar("K")
T = TypeVar("T")


class UnknownError(Exception):
    """An answer does not contain the fact; the text is the reason."""


UNREADABLE = (
    BotoCoreError,
    ClientError,
    DNSException,
    OSError,
    ValueError,
    LookupError,
    MalformedWriterError,
    MalformedReleaseError,
    UnknownError,
)
"""What reading raises when there is nothing to be read; answers of an unexpected shape raise the two after OSError."""


def in_thread(work: Callable[[], None]) -> None:
    """Run something in a daemon thread."""
    threading.Thread(target=work, daemon=True).start()


def await_future(future: "Future[Any]", seconds: float) -> None:
    """Wait until something has been read, for at most `seconds`."""
    with suppress(TimeoutError, *UNREADABLE):
        future.exception(timeout=seconds)


@dataclass(frozen=True)
class Asker:
    """Runs reads concurrently: with threads and real time, or as a simulation defines it."""

    in_background: Callable[[Callable[[], None]], None] = in_thread
    wait: "Callable[[Future[Any], float], None]" = await_future
    monotonic: Callable[[], float] = time.monotonic


THREADS = Asker()


class PendingRead(Generic[T]):
    """Something that is being read."""

    def __init__(self, read: Callable[[], T], asker: Asker = THREADS) -> None:
        self._future: Future[T] = Future()
        self._asker = asker
        asker.in_background(partial(self._run, read))

    def reading(self, until: float) -> Reading[T]:
        """Return the result, or why there is none, at `until` (by the asker's clock) at the latest."""
        self._asker.wait(self._future, max(0.0, until - self._asker.monotonic()))
        if not self._future.done():
            return Unknown("no answer in time")
        try:
            return Known(self._future.result())
        except UNREADABLE as error:
            return Unknown(reason(error))

    @property
    def is_done(self) -> bool:
        """Return whether the read succeeded or failed."""
        return self._future.done()

    def _run(self, read: Callable[[], T]) -> None:
        try:
            self._future.set_result(read())
        except BaseException as error:  # noqa: BLE001 — raised again where the result is used
            self._future.set_exception(error)


def ask_each(read: Callable[[K], T], of: Iterable[K], asker: Asker = THREADS) -> dict[K, PendingRead[T]]:
    """Start many reads at once."""
    return {each: PendingRead(partial(read, each), asker) for each in of}


def readings(asked: Mapping[K, PendingRead[T]], until: float) -> dict[K, Reading[T]]:
    """Return each result, or why there is none, at `until` (by the asker's clock) at the latest."""
    return {each: answer.reading(until) for each, answer in asked.items()}


def reason(error: BaseException) -> str:
    """Return in a few words why something could not be read."""
    match error:
        case ClientError():
            text = f"{error_code(error) or 'refused'} ({_denied(error) or error.operation_name})"
        case ConnectTimeoutError() | ReadTimeoutError() | TimeoutError():
            text = "no answer in time"
        case EndpointConnectionError() | HTTPClientError() | ConnectionError():
            text = "no connection"
        case NoAnswerError():
            text = "no answer"
        case NotReachedError() if error.__cause__ is not None:
            text = reason(error.__cause__)
        case ssl.SSLCertVerificationError():
            text = f"certificate refused: {error.verify_message}"
        case ssl.SSLError():
            text = "no TLS connection"
        case KeyError():
            text = f"the answer lacks {error}"
        case _:
            text = one_line(error)
    return text


def is_denied(unknown: Unknown) -> bool:
    """Return whether the caller's rights or credentials are the reason, which says nothing about the fact."""
    return unknown.reason.startswith(_DENIED)


def _denied(error: ClientError) -> str:
    """Return who may not do what, if AWS names both; otherwise empty."""
    named = _WHO_MAY_NOT.search(str(error.response.get("Error", {}).get("Message", "")))
    return f"{named['who']} may not {named['what']}" if named else ""
