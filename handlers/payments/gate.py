"""Decides whether the own region may store a payment now, from knowledge of its fence that is never too old.

Age counts from before the read began, and by the clock that says more: Lambda freezes functions between invocations,
and a monotonic clock may stand still meanwhile.
"""

from dataclasses import dataclass

from botocore.exceptions import BotoCoreError, ClientError

from handlers.clients import TableClient
from handlers.deadlines import FENCE_CACHE_SECONDS, LAST_ATTEMPT_AGE_SECONDS
from handlers.faults import TableUnavailableError
from handlers.payments.fence import MalformedFenceError, read_fence
from handlers.runtime import Clock


class FencedError(Exception):
    """The own region is fenced: it stores nothing."""


class FenceUnknownError(TableUnavailableError):
    """Whether the own region is fenced cannot be told in time, so it stores nothing now."""


@dataclass(frozen=True)
class _Moment:
    monotonic: float
    wall: float


class Gate:
    """Lets payments through while the own region is known not to be fenced."""

    def __init__(self, client: TableClient, table: str, region: str, clock: Clock) -> None:
        self._client = client
        self._table = table
        self._region = region
        self._clock = clock
        self._read_began: _Moment | None = None
        self._fenced = True

    def require_open(self) -> None:
        """Return only if a payment may be stored.

        Raises:
            FencedError: The region is fenced.
            FenceUnknownError: The fence cannot be read, or not in time.
        """
        if not self._is_known(FENCE_CACHE_SECONDS):
            self._read()
        if not self._is_known(FENCE_CACHE_SECONDS):
            raise FenceUnknownError
        if self._fenced:
            raise FencedError

    def require_recent(self) -> None:
        """Return only if an attempt to write that is sent now ends before the fence is believed to have settled.

        Raises:
            FenceUnknownError: The knowledge that let the write begin has become too old; the attempt must not be sent.
        """
        if self._fenced or not self._is_known(LAST_ATTEMPT_AGE_SECONDS):
            raise FenceUnknownError

    def _read(self) -> None:
        self._read_began = None
        began = _Moment(self._clock.monotonic(), self._clock.wall())
        try:
            self._fenced = read_fence(self._client, self._table, self._region).fenced
        except (BotoCoreError, ClientError, MalformedFenceError) as error:
            raise FenceUnknownError from error
        self._read_began = began

    def _is_known(self, seconds: float) -> bool:
        if self._read_began is None:
            return False
        by_monotonic = self._clock.monotonic() - self._read_began.monotonic
        by_wall = self._clock.wall() - self._read_began.wall
        return 0 <= by_monotonic <= seconds and 0 <= by_wall <= seconds
