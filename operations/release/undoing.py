"""Puts a release back: says so in the item, moves both regions, ends it; tickers do what is out of reach here."""

from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass, field

from botocore.exceptions import BotoCoreError, ClientError

from handlers.releases.changes import StaleReleaseError, undo_release, undone
from handlers.releases.item import MalformedReleaseError, Release, ReleaseState
from handlers.releases.moving import settle_stage
from handlers.releases.putting_back import PuttingBack, ReleaseUnknownError, put_back
from handlers.releases.site import ReleaseSite
from operations.topology.asking import UNREADABLE, is_denied, reason
from operations.topology.readings import Unknown

OWN_SECONDS = 20.0
"""How long it is tried here: real seconds. The tickers of both regions try beside it, and go on."""

TICKER_SECONDS = 60.0
"""How long tickers are waited for by whoever may not move aliases: they look every few seconds."""

PAUSE_SECONDS = 1.0


@dataclass(frozen=True)
class Undoing:
    """What came of it."""

    release: Release | None
    """As it is now; None if that is not known."""
    left: Mapping[str, str] = field(default_factory=dict)
    """The regions that are not put back, and why."""
    by_tickers: bool = False
    """Whether it was left to the tickers."""
    error: str = ""
    """Why it could not even be said that it is to be undone."""

    @property
    def is_undone(self) -> bool:
        """Return whether both regions run what they ran before."""
        return self.release is not None and self.release.state is ReleaseState.UNDONE

    @property
    def is_done(self) -> bool:
        """Return whether the release had come to its end before."""
        return self.release is not None and self.release.state is ReleaseState.DONE


def undo(
    site: ReleaseSite,
    release: Release,
    *,
    by: str,
    why: str,
    pause: Callable[[float], None],
    told: Callable[[str], None] = lambda _: None,
    own_region: str = "",
    unsettled: Collection[str] = (),
) -> Undoing:
    """Undo a release, whoever else does it at the same time; nothing waits for output, nor depends on it.

    Args:
        site: What is moved.
        release: As it was seen.
        by: Who wants it undone.
        why: For people.
        pause: Waits for real seconds.
        told: Is told why, once the item says it, and what is waited for; if it fails, nothing else does.
        own_region: The region that is put back first: the one that serves.
        unsettled: The regions whose stage was moved without an answer: such a move may land after all this.
    """
    said = _say(site, release, by=by, why=why, pause=pause)
    ended = said if isinstance(said, Undoing) else _put_back(site, said, why, pause, told, own_region)
    for region in unsettled:
        with suppress(*UNREADABLE):  # it is put back already, as far as is known
            settle_stage(site, release, region)
    return ended


def _put_back(
    site: ReleaseSite,
    release: Release,
    why: str,
    pause: Callable[[float], None],
    told: Callable[[str], None],
    own_region: str,
) -> Undoing:
    """Put both regions back, or wait for the tickers."""
    _tell(told, why)
    progress, waited = PuttingBack(), 0.0
    while True:
        silent: dict[str, Exception] = {}
        try:
            progress = put_back(site, release, progress=progress, own_region=own_region) or progress
            if not progress.failures:
                return Undoing(undone(site.client, site.control_table, release))
        except StaleReleaseError as error:  # the tickers have ended it
            return Undoing(error.now)
        except (ReleaseUnknownError, MalformedReleaseError, BotoCoreError, ClientError) as error:
            silent["the control table"] = error
        left = {each: reason(error) for each, error in {**progress.failures, **silent}.items()}
        denied = all(is_denied(Unknown(text)) for text in left.values())
        if waited >= (TICKER_SECONDS if denied else OWN_SECONDS):
            return Undoing(release, left, by_tickers=denied)
        _tell(told, "the tickers put both regions back" if denied else f"{', '.join(left)} does not answer yet")
        pause(PAUSE_SECONDS)
        waited += PAUSE_SECONDS


def _tell(told: Callable[[str], None], text: str) -> None:
    with suppress(Exception):  # the terminal may be gone, the pipe closed, the disk full
        told(text)


def _say(
    site: ReleaseSite, release: Release, *, by: str, why: str, pause: Callable[[float], None]
) -> Release | Undoing:
    """Write that the release is being undone; return it, or how it has ended already."""
    waited = 0.0
    while True:
        try:
            return undo_release(site.client, site.control_table, release, by=by, why=why)
        except StaleReleaseError as error:
            now = error.now
            if now is not None and now.is_same(release) and now.state is ReleaseState.UNDOING:
                return now
            return Undoing(now if now is not None and now.is_same(release) else None, error=str(error))
        except (MalformedReleaseError, BotoCoreError, ClientError) as error:
            if waited >= OWN_SECONDS:
                return Undoing(None, error=f"the control table: {reason(error)}")
        pause(PAUSE_SECONDS)
        waited += PAUSE_SECONDS
