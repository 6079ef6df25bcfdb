"""Describes the writer item in words."""

import re

from handlers.writer.item import ClosingKind, Writer
from operations.timestamps import epoch_seconds, for_people


def who_did_what(writer: Writer) -> str:
    """Return who made the last change of the writer, when, and why."""
    reason = f": {writer.reason}" if writer.reason else ""
    return f"{author_of(writer)} {_deed(writer)} at {moment(writer)} (epoch {writer.epoch}{reason})"


def author_of(writer: Writer) -> str:
    """Return who changed the writer last: an operator, or a region's ticker."""
    region = ticker_of(writer)
    return f"{region}'s ticker" if region else writer.by or "somebody"


def ticker_of(writer: Writer) -> str | None:
    """Return the region whose ticker changed the writer last; None if an operator did."""
    ticker = re.fullmatch(r"ticker (\S+)", writer.by)  # `handlers.tickers.acting.author_name`
    return ticker[1] if ticker else None


def takes_over(writer: Writer) -> bool:
    """Return whether a change takes payments from a region; tickers count these, not a first writer or break glass."""
    return ticker_of(writer) is None or writer.automatic_changes > 0


def state_of(writer: Writer) -> str:
    """Return the writer's state, without its author."""
    automatic = "" if writer.automatic else ", automatic takeover off"
    match writer.kind:
        case None:
            return f"open in {writer.region}{automatic}"
        case ClosingKind.PLANNED:
            return f"closing in {writer.region} in favour of {writer.destination}{automatic}"
        case ClosingKind.TAKEOVER:
            return f"closing, to be opened in {writer.region}{automatic}"
        case ClosingKind.HELD:
            return f"held by an operator, owned by {writer.region}{automatic}"


def moment(writer: Writer) -> str:
    """Return when the writer was changed, by its author's clock."""
    return written_time(writer.at)


def written_time(at: str) -> str:
    """Format a time in an item of the control table."""
    seconds = epoch_seconds(at)
    return at or "an unknown time" if seconds is None else for_people(seconds)


def _deed(writer: Writer) -> str:
    if writer.switches_automatic:
        return (
            f"switched automatic takeover {'on' if writer.automatic else 'off'}, {writer.region} stays {writer.state}"
        )
    match writer.kind:
        case None:
            return f"opened {writer.region}"
        case ClosingKind.PLANNED:
            return f"began to close {writer.region} in favour of {writer.destination}"
        case ClosingKind.TAKEOVER:
            return f"began to open {writer.region}"
        case ClosingKind.HELD:
            return "stopped both regions"
