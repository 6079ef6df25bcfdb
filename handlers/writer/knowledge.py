"""What a payment function knows of the writer item, and what that allows: never more than knowledge of a few seconds.

Age counts from before the read began. Each sighting is read with a strongly consistent read, beside the work it allows.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass

from botocore.exceptions import BotoCoreError, ClientError

from contract.deadlines import KNOWLEDGE_REFRESH_SECONDS, KNOWLEDGE_VALID_SECONDS, STANDBY_KNOWLEDGE_SECONDS
from handlers.clients import TableClient
from handlers.runtime import Background, Clock, Moment
from handlers.writer.glass import Glass
from handlers.writer.item import MalformedWriterError, Writer, read_writer

GlassReader = Callable[[], Glass | None]


class StoringRefusedError(Exception):
    """The own region must not store a payment now; `writer` is the writer as last seen, if that is not long ago."""

    def __init__(self, writer: Writer | None) -> None:
        self.writer = writer
        super().__init__("the region must not store payments now")


class NotWriterError(StoringRefusedError):
    """Another region owns the writer, or nobody may store: known for certain."""


class WriterUnknownError(StoringRefusedError):
    """Whether the own region may store cannot be told in time."""


@dataclass(frozen=True)
class WriterSighting:
    """The writer as one read showed it (None: there is none), and when that read began and ended."""

    writer: Writer | None
    began: Moment
    ended: Moment
    by_glass: bool = False

    def allows(self, region: str) -> bool:
        """Return whether the region may store payments."""
        return self.writer is not None and self.writer.allows(region)

    def supersedes(self, other: "WriterSighting | None") -> bool:
        """Return whether this, which has just ended, is later knowledge: reads may overtake one another."""
        if other is None or self.began.monotonic > other.ended.monotonic:
            return True
        if self.by_glass is not other.by_glass:
            return other.by_glass  # the control table always wins
        if self.writer is None or other.writer is None or self.writer.epoch == other.writer.epoch:
            return self.began.monotonic >= other.began.monotonic
        return self.writer.epoch > other.writer.epoch


class WriterKnowledge:
    """Knows the writer item; `glass` reads the own region's glass item, for when the control table is mute."""

    def __init__(
        self,
        client: TableClient,
        control_table: str,
        region: str,
        clock: Clock,
        background: Background,
        glass: GlassReader,
    ) -> None:
        self._client = client
        self._control_table = control_table
        self._region = region
        self._clock = clock
        self._background = background
        self._glass = glass
        self._last: WriterSighting | None = None
        self._control_epoch = 0  # the highest that the control table has shown
        self._failing_since: Moment | None = None
        self._seen_glass: Glass | None = None
        self._void_glass: Glass | None = None
        self._refreshing = threading.Lock()
        self._adopting = threading.Lock()

    def require_writer(self) -> None:
        """Return only if the own region is known to own the open writer; read it first if what is known is too old.

        Raises:
            NotWriterError: Another region owns the writer, or it is closed, or there is none.
            WriterUnknownError: The writer cannot be read, or not in time.
        """
        if not self._allows_now():
            self._read_if_not_fresh()
        last = self._last
        if last is None or not self._is_valid(last):
            raise WriterUnknownError(self._recent_writer())
        if not last.allows(self._region):
            raise NotWriterError(last.writer)

    def latest(self, max_age: float) -> WriterSighting | None:
        """Return what is known of the writer that is at most `max_age` seconds old; read first if that is not valid."""
        if self._allows_now():
            self.refresh_beside()
        else:
            self._read_if_not_fresh()
        return self.known(max_age)

    def known(self, max_age: float) -> WriterSighting | None:
        """Return what is known of the writer if it is at most `max_age` seconds old; read nothing."""
        last = self._last
        return last if last is not None and last.began.is_within(max_age, self._clock.now()) else None

    def refresh_beside(self) -> None:
        """Read the writer beside the work if what is known is no longer fresh, unless such a read is under way."""
        if self.known(KNOWLEDGE_REFRESH_SECONDS) is None and self._refreshing.acquire(blocking=False):
            self._background(self._refresh)

    @property
    def is_refreshing(self) -> bool:
        """Return whether a read beside the work is under way."""
        return self._refreshing.locked()

    def read(self) -> None:
        """Read the writer now, or the glass if the control table does not answer; what cannot be read is not known."""
        began = self._clock.now()
        try:
            writer = read_writer(self._client, self._control_table)
        except MalformedWriterError:
            return
        except (BotoCoreError, ClientError):
            self._read_glass(began)
            return
        self._failing_since, self._void_glass = None, self._seen_glass
        if writer is not None:
            self._control_epoch = max(self._control_epoch, writer.epoch)
        self._adopt(WriterSighting(writer, began, self._clock.now()))

    def _allows_now(self) -> bool:
        last = self._last
        return last is not None and last.allows(self._region) and self._is_valid(last)

    def _read_if_not_fresh(self) -> None:
        """Read what is older than a second: who is refused loses nothing by waiting, and learns of openings."""
        if self.known(KNOWLEDGE_REFRESH_SECONDS) is None:
            self.read()

    def _refresh(self) -> None:
        try:
            self.read()
        finally:
            self._refreshing.release()

    def _read_glass(self, began: Moment) -> None:
        """Believe broken glass once the control table has not answered for as long as knowledge is valid.

        One slow read is no lost quorum; and glass that this environment saw before the control table answered is void,
        though nobody may have cleared it yet.
        """
        self._failing_since = self._failing_since or began
        if self._failing_since.seconds_until(self._clock.now()) < KNOWLEDGE_VALID_SECONDS:
            return
        try:
            glass = self._glass()
        except (BotoCoreError, ClientError):
            return
        if glass is None or glass.region != self._region:
            return
        self._seen_glass = glass
        if glass.epoch >= self._control_epoch and glass != self._void_glass:
            self._adopt(WriterSighting(glass.writer(), began, self._clock.now(), by_glass=True))

    def _adopt(self, sighting: WriterSighting) -> None:
        with self._adopting:
            if sighting.supersedes(self._last):
                self._last = sighting

    def _is_valid(self, sighting: WriterSighting) -> bool:
        return sighting.began.is_within(KNOWLEDGE_VALID_SECONDS, self._clock.now())

    def _recent_writer(self) -> Writer | None:
        recent = self.known(STANDBY_KNOWLEDGE_SECONDS)
        return recent.writer if recent is not None else None
