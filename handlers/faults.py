"""What AWS's refusals mean, and what may be said of an error in a log."""

import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectionError,  # noqa: A004 -- botocore's own name
    HTTPClientError,
)

_THROTTLED = frozenset(
    {
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "ThrottledException",
        "Throttling",
        "ThrottlingException",
        "TooManyRequestsException",
    },
)
_SERVER_ERROR = 500


class TableUnavailableError(Exception):
    """The table was throttled or could not be reached: whether a write arrived is unknown, and it may be repeated."""


@contextmanager
def table_access() -> Iterator[None]:
    """Turn throttling, time-outs and failures of the service into one error; "access denied" and the like pass.

    Raises:
        TableUnavailableError: The call within failed for a reason that will pass.
    """
    try:
        yield
    except (BotoCoreError, ClientError) as error:
        if is_transient(error):
            name = error_code(error) if isinstance(error, ClientError) else type(error).__name__
            raise TableUnavailableError(name) from error
        raise


def is_transient(error: BotoCoreError | ClientError) -> bool:
    """Return whether it is throttling, a time-out or a failure of the service: it may answer later, or elsewhere."""
    if isinstance(error, ClientError):
        return is_throttling(error) or _status(error) >= _SERVER_ERROR
    return isinstance(error, (ConnectionError, HTTPClientError))


def is_throttling(error: BotoCoreError | ClientError) -> bool:
    """Return whether AWS refused the call because there were too many."""
    return isinstance(error, ClientError) and error_code(error) in _THROTTLED


def error_code(error: ClientError) -> str:
    """Return the code by which AWS names the error."""
    return str(error.response.get("Error", {}).get("Code", ""))


def describe(error: BaseException) -> dict[str, object]:
    """Return what a log may hold of an error: kind, AWS's code, place; never its text, which may quote a payment."""
    described: dict[str, object] = {
        "error": type(error).__name__,
        "at": [
            f"{Path(frame.filename).name}:{frame.lineno} {frame.name}"
            for frame in traceback.extract_tb(error.__traceback__)[-6:]
        ],
    }
    if isinstance(error, ClientError):
        described["code"] = error_code(error)
        described["operation"] = error.operation_name
    if error.__cause__ is not None:
        described["cause"] = describe(error.__cause__)
    return described


def _status(error: ClientError) -> int:
    return int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))
