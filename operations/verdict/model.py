"""The model of a verdict; its JSON form, `docs/verdict.schema.json`, stays compatible for its consumers."""

from enum import StrEnum

from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel


class TrafficSituation(StrEnum):
    """The situation, the most urgent first."""

    STEADY = "steady"  # the primary takes payments, and nothing is wrong
    STANDBY_SERVES = "standby-serves"  # the standby takes payments, and nothing is wrong
    TAKEN_OVER = "taken-over"  # payments are taken by a region that took over by itself; reconcile
    AUTOMATIC_OFF = "automatic-off"  # payments are taken; no takeover happens unattended
    RESERVE_LOST = "reserve-lost"  # payments are taken; the other region could not take over
    LAGGING = "lagging"  # payments are taken, and reach the other region late
    FLAPPING = "flapping"  # payments are taken; the other region takes over only after a long time
    DNS_ASTRAY = "dns-astray"  # payments are taken, and DNS leads payers to the region that refuses them
    PARKED = "parked"  # payments are taken; accepted ones wait, were given up on, or not logged
    ALARMED = "alarmed"  # payments are taken, and alarms are in ALARM
    RELEASING = "releasing"  # payments are taken; a release is under way, or is being put back
    RELEASE_UNDONE = "release-undone"  # payments are taken; the last release was put back
    DOUBTFUL = "doubtful"  # payments are taken as far as is known; something could not be read
    GLASS_BROKEN = "glass-broken"  # a region takes payments without a quorum
    GLASS_LEFT = "glass-left"  # payments are taken; a break glass item is left over
    SERVING_LOST = "serving-lost"  # the region that may take payments, or its API, does not answer
    SERVING_UNFIT = "serving-unfit"  # the region that may take payments says that it cannot
    SERVING_CUT_OFF = "serving-cut-off"  # the region that may take payments has no quorum
    CLOSING_PLANNED = "closing-planned"  # an operator moves payments to the other region
    CLOSING_TAKEOVER = "closing-takeover"  # a region takes over
    HELD = "held"  # an operator stopped payments
    ABSENT = "absent"  # the writer does not exist
    NO_QUORUM = "no-quorum"  # no region that answers has a quorum, as far as is known
    NO_RIGHTS = "no-rights"  # the caller may not read the writer
    NOT_REACHED = "not-reached"  # no region answers from here
    NOT_READ = "not-read"  # what regions answer says nothing of the writer, or the writer item is malformed
    NOT_DEPLOYED = "not-deployed"  # there is no control table


class TrafficAlert(StrEnum):
    """The severity."""

    WELL = "well"
    ATTENTION = "attention"
    """Payments are taken; something must be repaired."""
    OUTAGE = "outage"
    """Nobody takes payments."""
    UNKNOWN = "unknown"
    """It is not known whether all is well, or who takes payments."""


class _Said(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", alias_generator=to_camel, populate_by_name=True)


class NextStep(_Said):
    """The recommended next step."""

    command: str | None = None
    """The command, as it is typed; None when there is nothing to do, or no command does it."""
    says: str
    """When to give it, or what to do instead."""


class TrafficVerdict(_Said):
    """Who takes payments, since when, what is at risk, and the one next command."""

    situation: TrafficSituation
    alert: TrafficAlert
    takes_payments: str | None
    """The region that takes payments as far as is known; None when nobody does or is known to, or both do."""
    since: str | None
    """Since when that is so (ISO 8601, UTC), by the clock of whoever made it so; None if that is not known."""
    automatic: bool | None
    """Whether a region may take over unattended; None if that is not known."""
    says: str
    """The first line."""
    risks: tuple[str, ...] = ()
    """What may be lost or go wrong, the most urgent first."""
    next: NextStep
