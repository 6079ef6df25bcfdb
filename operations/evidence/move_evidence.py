"""The evidence of a move: what its journal says, and what payers saw by the deployment's own metrics and logs."""

from collections.abc import Mapping

from operations.aws import Aws
from operations.evidence.logged_stamps import StoredStamp, first_stored, last_stored
from operations.evidence.move_record import EvidenceModel, MoveRecord
from operations.evidence.payment_gap import PaymentGap, payment_gap
from operations.evidence.payment_minutes import MinuteRange, Minutes, PaymentMinute, read_minutes
from operations.site import Site
from operations.timestamps import for_people
from operations.topology.readings import Known, Reading, Unknown

MARGIN_SECONDS = 300
"""What is shown before and after the move: payers with old DNS answers go on asking the region that was left."""

MOST_SECONDS = 12 * 3600
"""A move that was taken up again later than this is shown up to here."""

_NOT_READ = "not read yet: CloudWatch shows minutes late"


class RegionMinutes(EvidenceModel):
    """What payers were answered in one region."""

    minutes: tuple[PaymentMinute | None, ...]
    """None where nothing is known of a minute."""
    unknown: str = ""
    """Why nothing is known of the region; empty where it could be read."""


class MoveEvidence(EvidenceModel):
    """What `evidence.json` holds; moments are seconds since the epoch."""

    journal: str
    """The file's name; a copy lies beside it."""
    move: MoveRecord
    surroundings: str
    """AWS, or an emulator with its time scale."""
    regions: tuple[str, ...]
    """The primary first."""
    resolution_seconds: int
    """Of the metrics, in real seconds, of which an emulator's minute may have fewer: no number tells more than that."""
    minutes_from: float
    minutes_until: float
    payments: Mapping[str, RegionMinutes]
    """By region."""
    gap: PaymentGap
    last_stored: StoredStamp | None
    """Before the move, in the region that owned the writer; None where none did, or it was not read."""
    first_stored: StoredStamp | None
    """Since the move, in the region that owns it; None where none does, or it was not read."""
    stored_gap_seconds: float | None
    """Between the two, by the functions' clocks; None if either is unknown."""
    read_at: float | None
    """When metrics and logs were read; None where only the journal was."""
    complete_from: float
    """Reading again since then finds every minute."""

    @property
    def is_complete(self) -> bool:
        """Return whether every region could be read, and all minutes had arrived by then."""
        return self.read_at is not None and self.read_at >= self.complete_from and not self.unread

    @property
    def unread(self) -> tuple[str, ...]:
        """Return the regions whose metrics could not be read."""
        return tuple(name for name in self.regions if self.payments[name].unknown)


def evidence_range(move: MoveRecord) -> MinuteRange:
    """Return the minutes that evidence of a move is about."""
    margin = MARGIN_SECONDS / move.time_scale
    begin = min(move.began, move.pivots[0]) - margin
    return MinuteRange.around(begin, min(move.ended + margin, begin + MOST_SECONDS), scale=move.time_scale)


def journal_evidence(move: MoveRecord, *, journal: str, site: Site, surroundings: str) -> MoveEvidence:
    """Return what is known when the move ends: its journal alone, since metrics arrive minutes late."""
    unread = {region.name: Unknown(_NOT_READ) for region in site.regions.values()}
    return _evidence(move, unread, journal=journal, site=site, surroundings=surroundings, now=None)


def read_evidence(
    move: MoveRecord, *, journal: str, site: Site, aws: Aws, surroundings: str, now: float
) -> MoveEvidence:
    """Read what the deployment's metrics and logs tell of a move."""
    minutes = read_minutes(site, aws, evidence_range(move), now=now)
    last = first = None
    opening = next((each for each in reversed(move.changes) if each.state == "open"), None)
    if move.source is not None and move.refused_since is not None:
        until = opening.sent_at if opening is not None else now
        last = last_stored(site, aws, move.source, closed=move.refused_since, before=until)
    if opening is not None and move.opened_at is not None:
        first = first_stored(site, aws, opening.region, opened=move.opened_at, since=opening.sent_at)
    return _evidence(move, minutes, last, first, journal=journal, site=site, surroundings=surroundings, now=now)


def _evidence(
    move: MoveRecord,
    minutes: Mapping[str, Reading[Minutes]],
    last: StoredStamp | None = None,
    first: StoredStamp | None = None,
    *,
    journal: str,
    site: Site,
    surroundings: str,
    now: float | None,
) -> MoveEvidence:
    asked = evidence_range(move)
    known = last is not None and first is not None and last.at is not None and first.at is not None
    return MoveEvidence(
        journal=journal,
        move=move,
        surroundings=surroundings,
        regions=tuple(region.name for region in (site.primary, site.standby)),
        resolution_seconds=asked.period,
        minutes_from=asked.first,
        minutes_until=asked.end,
        payments={name: _region(found, asked) for name, found in minutes.items()},
        gap=payment_gap(minutes, asked, move.pivots, now=move.ended if now is None else now),
        last_stored=last,
        first_stored=first,
        stored_gap_seconds=round(first.at - last.at, 3) if known else None,  # type: ignore[union-attr,operator]
        read_at=now,
        complete_from=asked.end + asked.arrives_within,
    )


def _region(found: Reading[Minutes], asked: MinuteRange) -> RegionMinutes:
    if isinstance(found, Known):
        return RegionMinutes(minutes=tuple(found.value.get(at) for at in asked))
    return RegionMinutes(minutes=(None,) * len(list(asked)), unknown=found.reason)


def stamp_words(stamp: StoredStamp | None) -> str:
    """Return when a payment was stored, for people."""
    if stamp is None:
        return "unknown: nothing was read"
    if stamp.at is None:
        return f"unknown in {stamp.region}: {stamp.says}"
    seconds = f"{for_people(stamp.at)[:-4]}.{round(stamp.at * 1000) % 1000:03} UTC"
    return f"{seconds} in {stamp.region}" + (f" ({stamp.says})" if stamp.says else "")
