"""What people see of releases: plans, refusals, steps, and how they end."""

from collections.abc import Callable

from rich.console import Console

from contract.releases import ChangedAnswer
from contract.roles import Role
from handlers.releases.item import RegionVersions, Release, ReleaseState
from operations.cli.release_status import versions_table
from operations.release.driver import ReleaseAccount, ReleaseOutcome
from operations.release.preflight import plan_release
from operations.release.release_display import ReleaseDisplay
from operations.release.release_plan import ReleasePlan, ReleaseRefusal, ReleaseWishes
from operations.release.stored_payments import StoredByRelease
from operations.release.undoing import Undoing
from tests.unit.operations.plans.topologies import NAMES
from tests.unit.operations.release.world import NEW, RELEASABLE, ReleaseWorld

_WISHES = ReleaseWishes(shares=(0.01, 0.10), bake_seconds=600, versions={})
_FAILED = "us-east-1, payment-api: 4 of 21 requests failed, beside 0 of 2107 (3 timed out)"
_PLACED = {NAMES[role]: RegionVersions({"payment-api": "7", "ticker": "7"}, "d7") for role in Role}
_RELEASE = Release("r1", "d1", ReleaseState.UNDOING, 9, 7, _PLACED, _PLACED, by="bob")


def releases() -> dict[str, Callable[[Console], None]]:
    """Return each screen's title, and what draws it."""
    return {
        "dr release start --dry-run": _planned,
        "dr release start, refused": _refused,
        "dr release start, its steps": _steps,
        "dr release start, put back": lambda at: _ended(
            at,
            ReleaseAccount(ReleaseOutcome.UNDONE, _FAILED),
            StoredByRelease(("rent-7", "rent-8", "rent-9"), in_doubt=("rent-9",)),
        ),
        "dr release start, put back, and the logs are not read": lambda at: _ended(
            at,
            ReleaseAccount(ReleaseOutcome.UNDONE, "interrupted, by Ctrl-C or a signal", interrupted=True),
            StoredByRelease((), ("the log of payment-api in us-east-1: no answer in time",)),
        ),
        "dr release abort, a region is lost": lambda at: _ended(
            at,
            ReleaseAccount(
                ReleaseOutcome.LEFT, "wrong totals", undoing=Undoing(_RELEASE, {"us-east-1": "no connection"})
            ),
            StoredByRelease(()),
        ),
        "dr release start, done": lambda at: _ended(at, ReleaseAccount(ReleaseOutcome.DONE), None),
        "dr release status, its versions": _versions,
    }


def _display(console: Console) -> ReleaseDisplay:
    return ReleaseDisplay(console, RELEASABLE)


def _plan(world: ReleaseWorld) -> ReleasePlan | ReleaseRefusal:
    return plan_release(world.reader().read(), _WISHES)


def _planned(console: Console) -> None:
    plan = _plan(ReleaseWorld())
    assert isinstance(plan, ReleasePlan)
    changed = ChangedAnswer("amount-too-large", "the limit is 14 digits")
    _display(console).plan(
        ReleasePlan(**{**vars(plan), "changed_answers": (changed,), "warnings": ("in ALARM already: x-us-east-1-dev",)})
    )


def _refused(console: Console) -> None:
    world = ReleaseWorld()
    world.down.add(NAMES[Role.STANDBY])
    refusal = _plan(world)
    assert isinstance(refusal, ReleaseRefusal)
    _display(console).refusal(refusal)


def _steps(console: Console) -> None:
    plan, display = _plan(ReleaseWorld()), _display(console)
    assert isinstance(plan, ReleasePlan)
    display.steps = len(plan.steps)
    for number, step in enumerate(plan.steps[:3], start=1):
        display.begins(number, step)
        display.ends(number, step, "118 requests, none of them beyond what the version before did")
    display.puts_back(_FAILED)


def _ended(console: Console, account: ReleaseAccount, stored: StoredByRelease | None) -> None:
    _display(console).outcome(account, stored)


def _versions(console: Console) -> None:
    world = ReleaseWorld()
    for (region, _), alias in world.aliases.items():
        if region == NAMES[Role.STANDBY]:
            alias["version"] = NEW
        else:
            alias["weights"] = {NEW: 0.01}
    console.print(versions_table(world.reader().read()))
