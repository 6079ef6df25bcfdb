"""The evidence report: one self-contained HTML page, for light and dark screens and for print. Pure."""

from collections.abc import Sequence

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape
from markupsafe import Markup

from operations.drills.events import (
    AnyEvent,
    Began,
    DamageFound,
    DataDamaged,
    DataRepaired,
    FaultChange,
    LogCheck,
    ReleaseEnded,
    ReplicaCheck,
    RestoreChecked,
    StepChange,
    VersionPublished,
)
from operations.drills.measurements import Measurements
from operations.drills.scenario import Scenario
from operations.drills.selecting import of_kind
from operations.drills.verdict import NOT_MEASURED, DrillVerdict, seconds
from operations.evidence.picture import PALETTE, TONES
from operations.evidence.provenance import Provenance
from operations.timestamps import for_people

_Restored = DataDamaged | DamageFound | DataRepaired | RestoreChecked
_Shown = StepChange | FaultChange | VersionPublished | ReleaseEnded | ReplicaCheck | LogCheck | _Restored


def render(
    events: Sequence[AnyEvent],
    measured: Measurements,
    verdict: DrillVerdict,
    *,
    scenario: Scenario,
    provenance: Provenance,
    picture: str,
) -> str:
    """Return the page; the picture is a finished SVG element."""
    began = of_kind(events, Began)[0]
    shown = [each for each in events if isinstance(each, _Shown)]
    return (
        _environment()
        .get_template("report.html.j2")
        .render(
            began=began,
            started=for_people(began.at),
            ended=for_people(events[-1].at),
            measured=measured,
            verdict=verdict,
            scenario=scenario,
            provenance=provenance,
            budget=scenario.expect.rto_budget(measured.time_scale),
            picture=Markup(picture),  # noqa: S704 — every text in it is escaped where it is drawn
            palette=Markup(PALETTE),  # noqa: S704 — a constant
            tones=TONES,
            story=[(each.elapsed, *_told(each)) for each in shown],
            seconds=seconds,
            not_measured=NOT_MEASURED,
        )
    )


def _environment() -> Environment:
    return Environment(
        loader=PackageLoader("operations.evidence", "templates"),
        autoescape=select_autoescape(default=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _told(event: _Shown) -> tuple[str, str]:
    """Return an event for the story: its CSS class and its text."""
    match event:
        case StepChange():
            return event.state, f"{event.says}" + (f": {event.detail}" if event.detail else "")
        case FaultChange():
            return "fault", event.says
        case VersionPublished():
            return "fault", f"{event.role}: version {event.version} is published beside {event.before}"
        case ReleaseEnded():
            return "check", f"the release ended: {event.outcome}, {event.reason}"
        case DataDamaged() | DamageFound() | DataRepaired() | RestoreChecked():
            return _told_of_damage(event)
        case ReplicaCheck() | LogCheck():
            missing = event.missing if isinstance(event, ReplicaCheck) else event.unlogged
            where = f"{event.replica}'s replica" if isinstance(event, ReplicaCheck) else "transaction logs"
            found = event.error if missing is None else f"{len(missing)} of {event.payments} missing"
            return "check", f"{where}: {found}"


def _told_of_damage(event: _Restored) -> tuple[str, str]:
    match event:
        case DataDamaged():
            kinds = ", ".join(f"{len(ids)} {kind}" for kind, ids in event.damaged.items())
            return "fault", f"damaged by seed {event.seed}, right until {for_people(event.moment)}: {kinds}"
        case DamageFound():
            said = f"{event.repairs} repairs, {len(event.missed)} missed, {len(event.unexpected)} unexpected"
            return "check", f"the proposal: {said}, {event.added} later payments in order"
        case DataRepaired():
            return "check", f"{event.repairs} repaired, {len(event.others)} were something else by then"
        case RestoreChecked():
            said = (
                f"{len(event.wrong)} damaged payments wrong, {len(event.changed)} of {event.untouched} others changed"
            )
            return "check", f"both replicas: {said}; a second comparison would repair {event.left}"
