"""A release in a person's words."""

from handlers.releases.item import Release, ReleaseState
from operations.timestamps import epoch_seconds, for_people


def describe_release(release: Release) -> str:
    """Return in a line who began a release, and how far it is."""
    who = release.by or "somebody"
    why = f" ({release.reason})" if release.reason else ""
    seconds = epoch_seconds(release.at)
    at = release.at or "an unknown time" if seconds is None else for_people(seconds)
    began = f"{who} began one at {at}{why}"
    match release.state:
        case ReleaseState.RUNNING:
            return f"{began}: {release.step or 'it begins'}"
        case ReleaseState.UNDOING:
            return f"{began}; {release.ended_by} has it put back: {release.ended_why}"
        case ReleaseState.DONE:
            return f"{began}; it is done"
        case ReleaseState.UNDONE:
            return f"{began}; it was undone by {release.ended_by}: {release.ended_why}"
