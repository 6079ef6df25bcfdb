"""Describes a release in words."""

from handlers.releases.item import Release, ReleaseState
from operations.topology.words import written_time


def describe_release(release: Release) -> str:
    """Return one line: who began a release, and its progress."""
    who = release.by or "somebody"
    why = f" ({release.reason})" if release.reason else ""
    began = f"{who} began one at {written_time(release.at)}{why}"
    match release.state:
        case ReleaseState.RUNNING:
            return f"{began}: {release.step or 'it begins'}"
        case ReleaseState.UNDOING:
            return f"{began}; {release.ended_by} has it put back: {release.ended_why}"
        case ReleaseState.DONE:
            return f"{began}; it is done"
        case ReleaseState.UNDONE:
            return f"{began}; it was undone by {release.ended_by}: {release.ended_why}"
