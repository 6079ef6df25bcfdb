"""The evidence of a move: its journal, and what payers saw according to the deployment's metrics and logs."""

from collections.abc import Mapping

from contract.deadlines import SETTLE_SECONDS
from operations.aws import Aws
from operations.evidence.logged_stamps import StoredStamp, first_stored, last_stored
from operations.evidence.move_record import EvidenceModel, MoveRecord
from operations.evidence.payment_gap import PaymentGap, payment_gap
from operations.evidence.payment_minutes import MinuteRange, Minutes, PaymentMinute, read_minutes
from operations.site import Site
from operations.timestamps import for_people
from operations.topology.readings import Known, Reading, Unknown
from operations.topology.site_clock import SiteClock

MARGIN_SECONDS = 300
"""What is shown before and after the move: payers with old DNS answers go on asking the region that was left."""

MOST_SECONDS = 12 * 3600
"""Of a longer move this much is shown: from its beginning where it was over for payers by then, else up to that."""

_NOT_READ = "CloudWatch shows minutes late"
_NO_CLOCK = "the journal does not say by how much this machine's clock was wrong"


class RegionMinutes(EvidenceModel):
    """The answers to payers in one region."""

    minutes: tuple[PaymentMinute | None, ...]
    """None where nothing is known of a minute."""
    unknown: str = ""
    """Why nothing is known of the region; empty where it could be read."""


class MoveEvidence(EvidenceModel):
    """The content of `evidence.json`; times are seconds since the epoch."""

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
    unread_from: float | None
    """From here to `minutes_from` nothing was read, as the move took too long; None where everything was."""
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
    """When metrics and logs were read, by the site's clock; None where only the journal was."""
    complete_from: float
    """Reading again since then finds every minute."""

    @property
    def is_complete(self) -> bool:
        """Return whether every region could be read and had published all minutes of the move."""
        has_arrived = self.read_at is not None and self.read_at >= self.complete_from
        return has_arrived and not self.unread and self.unread_from is None

    @property
    def unread(self) -> tuple[str, ...]:
        """Return the regions whose metrics could not be read."""
        return tuple(name for name in self.regions if self.payments[name].unknown)


def evidence_range(move: MoveRecord) -> MinuteRange:
    """Return the minutes that the evidence of a move covers; those around its end for payers are always included."""
    margin = MARGIN_SECONDS / move.time_scale
    begin = _begin(move)
    end = min(move.ended + margin, max(begin + MOST_SECONDS, move.pivots[1] + margin))
    return MinuteRange.around(max(begin, end - MOST_SECONDS), end, scale=move.time_scale)


def _begin(move: MoveRecord) -> float:
    return min(move.began, move.pivots[0]) - MARGIN_SECONDS / move.time_scale


def journal_evidence(move: MoveRecord, *, journal: str, site: Site, surroundings: str) -> MoveEvidence:
    """Return the evidence at the end of a move: only its journal, because metrics arrive minutes late."""
    unread = {region.name: Unknown(_NOT_READ) for region in site.regions.values()}
    return _evidence(move, unread, journal=journal, site=site, surroundings=surroundings, now=None)


def read_evidence(
    move: MoveRecord, *, journal: str, site: Site, aws: Aws, surroundings: str, clock: SiteClock
) -> MoveEvidence:
    """Read the deployment's metrics and logs of a move.

    Args:
        move: The move; nothing is read if its times are unknown by the site's clock.
        journal: The name of its journal.
        site: The site.
        aws: The clients, whose answers set the clock.
        surroundings: AWS, or an emulator.
        clock: The site's.
    """
    if move.machine_ahead is None:
        unread: dict[str, Reading[Minutes]] = {region.name: Unknown(_NO_CLOCK) for region in site.regions.values()}
        return _evidence(move, unread, journal=journal, site=site, surroundings=surroundings, now=clock.time())
    minutes = read_minutes(site, aws, evidence_range(move), clock=clock)
    now = clock.time()
    last = first = None
    opening = next((each for each in reversed(move.changes) if each.state == "open"), None)
    if move.source is not None and move.refused_since is not None:
        until = opening.sent_at if opening is not None else _settled_at(move, move.refused_since)
        last = last_stored(site, aws, move.source, closed=move.refused_since, before=until)
    if opening is not None and move.opened_at is not None:
        first = first_stored(site, aws, opening.region, opened=move.opened_at, since=opening.sent_at)
    return _evidence(move, minutes, last, first, journal=journal, site=site, surroundings=surroundings, now=now)


def _settled_at(move: MoveRecord, refused_since: float) -> float:
    """Return since when no payment from before a closing can be stored; an opening by others is not in the journal."""
    return next((each.at for each in move.changes if each.state != "open"), refused_since) + SETTLE_SECONDS


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
    asked, begin = evidence_range(move), _begin(move)
    known = last is not None and first is not None and last.at is not None and first.at is not None
    return MoveEvidence(
        journal=journal,
        move=move,
        surroundings=surroundings,
        regions=tuple(region.name for region in (site.primary, site.standby)),
        resolution_seconds=asked.period,
        minutes_from=asked.first,
        minutes_until=asked.end,
        unread_from=begin if begin < asked.first else None,
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
    """Describe when a payment was stored."""
    if stamp is None:
        return "unknown: nothing was read"
    if stamp.at is None:
        return f"unknown in {stamp.region}: {stamp.says}"
    seconds = f"{for_people(stamp.at)[:-4]}.{round(stamp.at * 1000) % 1000:03} UTC"
    return f"{seconds} in {stamp.region}" + (f" ({stamp.says})" if stamp.says else "")
