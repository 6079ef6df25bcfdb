"""Decides whether a release may begin: a plan, or every precondition that fails. What is unknown does not hold."""

from collections.abc import Iterator, Mapping
from dataclasses import replace

from contract.environment import Function
from contract.releases import CHANGED_ANSWERS
from contract.roles import Role
from handlers.releases.item import RegionVersions, ReleaseState
from handlers.writer.item import ClosingKind
from operations.plans.plan import Obstacle
from operations.release.release_plan import (
    ReleasePlan,
    ReleaseRefusal,
    ReleaseWishes,
    VersionMove,
    steps_of,
)
from operations.release.situation import FunctionVersions, RegionReleaseState, ReleaseSituation
from operations.topology.readings import Known, Unknown
from operations.topology.release_words import describe_release
from operations.topology.words import who_did_what

_ABORT = "wait for its end (`dr release status`), or `dr release abort`"
_SHOWN = 6

States = Mapping[Role, RegionReleaseState]


def plan_release(situation: ReleaseSituation, wishes: ReleaseWishes) -> ReleasePlan | ReleaseRefusal:
    """Return what a release would do, or why there is none."""
    obstacles = [*_deployed(situation), *_writer(situation), *_no_other(situation), *_reached(situation)]
    states = {role: each.value for role, each in situation.regions.items() if isinstance(each, Known)}
    if len(states) == len(Role):
        obstacles += [*_led_to(situation, states, wishes), *_existing(situation, states, wishes)]
        obstacles += _settled(situation, states)
        if wishes.api and not all(state.leads_to_alias for state in states.values()):
            states = {role: _as_it_runs(state) for role, state in states.items()}
        if not obstacles:
            obstacles += [*_new(situation, states, wishes), *_same_code(states, wishes), *_formats(states, wishes)]
    serving, writer = situation.serving, situation.writer
    if obstacles or serving is None or isinstance(writer, Unknown) or writer.value is None:
        return ReleaseRefusal(situation.site.suffix, tuple(obstacles))
    moves = tuple(_moves(states, wishes))
    ringing = [name for each in situation.alarms.values() if isinstance(each, Known) for name in each.value]
    return ReleasePlan(
        environment=situation.site.suffix,
        idle=serving.peer,
        serving=serving,
        epoch=writer.value.epoch,
        before=_placement(situation, states, {}),
        after=_placement(situation, states, _wanted(states, wishes)),
        moves=moves,
        steps=steps_of(serving.peer, serving, wishes, moves),
        changed_answers=CHANGED_ANSWERS,
        warnings=tuple(_warnings(situation, ringing)),
        ringing=tuple(ringing),
    )


def target_of(versions: FunctionVersions, function: Function, wishes: ReleaseWishes) -> str:
    """Return the version that a function is to run: the one that is asked for, or the newest."""
    return wishes.versions.get(function, versions.newest)


def _deployed(situation: ReleaseSituation) -> Iterator[Obstacle]:
    if not all(each.rest_api_id and each.canary_table_name for each in situation.site.regions.values()):
        found = "the stack's outputs name no APIs or canary tables"
        yield Obstacle("the deployment must have versions", found, "`./run deploy` this version first")


def _writer(situation: ReleaseSituation) -> Iterator[Obstacle]:
    writer, rule = situation.writer, "a region must take payments"
    if isinstance(writer, Unknown):
        yield Obstacle("the writer must be known", writer.reason, "`dr status` says more")
    elif writer.value is None:
        yield Obstacle(rule, "there is no writer yet", "`dr status` says more")
    elif not writer.value.is_open:
        planned = writer.value.kind is ClosingKind.PLANNED
        remedy = "wait until that move has ended" if planned else "see who takes payments first: `dr status`"
        yield Obstacle(rule, who_did_what(writer.value), remedy)
    elif situation.serving is None:
        yield Obstacle("the writer must be of this site", f"it is {writer.value.region}", "`dr status` says more")


def _no_other(situation: ReleaseSituation) -> Iterator[Obstacle]:
    rule, release = "no other release may be under way", situation.release
    if isinstance(release, Unknown):
        yield Obstacle(rule, f"unknown ({release.reason})", "try again once a replica has a quorum")
    elif release.value is not None and release.value.is_under_way:
        yield Obstacle(rule, describe_release(release.value), _ABORT)


def _reached(situation: ReleaseSituation) -> Iterator[Obstacle]:
    for role in Role:
        name, region, health = situation.name(role), situation.regions[role], situation.health[role]
        alarms = situation.alarms[role]
        if isinstance(region, Unknown):
            yield Obstacle(f"{name} must be reached", region.reason, "release once both regions answer", (role,))
        if isinstance(health, Unknown) or not health.value:
            found = f"unknown ({health.reason})" if isinstance(health, Unknown) else "it is unhealthy"
            yield Obstacle(f"{name} must be healthy", found, "repair it before anything is changed", (role,))
        if isinstance(alarms, Unknown):
            yield Obstacle(f"{name}'s alarms must be known", alarms.reason, "they judge the release", (role,))


def _existing(situation: ReleaseSituation, states: States, wishes: ReleaseWishes) -> Iterator[Obstacle]:
    for function, version in wishes.versions.items():
        for role, state in states.items():
            there = state.functions[function].versions
            if version not in there:
                rule = f"--version {function}={version} must exist in {situation.name(role)}"
                yield Obstacle(rule, f"there are {_few(there)}", "name one of them")


def _led_to(situation: ReleaseSituation, states: States, wishes: ReleaseWishes) -> Iterator[Obstacle]:
    """Require that payers reach the aliases, or that nothing but that is released."""
    astray = [situation.name(role) for role, state in states.items() if not state.leads_to_alias]
    if astray and (wishes.versions or not wishes.api):
        found = f"the stage of {' and '.join(astray)} leads to the functions themselves, as before releases"
        yield Obstacle("the APIs must lead to the aliases", found, "`dr release start --api` first, without --version")


def _as_it_runs(state: RegionReleaseState) -> RegionReleaseState:
    """Return a region's state without versions that could be released."""
    functions = {
        function: replace(each, versions={number: at for number, at in each.versions.items() if number == each.live})
        for function, each in state.functions.items()
    }
    return replace(state, functions=functions)


def _settled(situation: ReleaseSituation, states: States) -> Iterator[Obstacle]:
    shared = [
        f"{situation.name(role)}'s {function}"
        for role, state in states.items()
        for function, each in state.functions.items()
        if each.shared
    ]
    if shared:
        rule = "each alias must point at one version"
        yield Obstacle(rule, f"{', '.join(shared)} shares with another", "`dr release abort` puts it back")


def _new(situation: ReleaseSituation, states: States, wishes: ReleaseWishes) -> Iterator[Obstacle]:
    if wishes.api or any(move.before != move.after for move in _moves(states, wishes)):
        return
    found = "both regions run the newest versions"
    yield Obstacle(
        f"{situation.site.suffix} must have new versions",
        found,
        "`./run deploy` ships some; `dr release start --api` releases the API's definition alone",
    )


def _same_code(states: States, wishes: ReleaseWishes) -> Iterator[Obstacle]:
    for function in states[Role.PRIMARY].functions:
        digests = set()
        for state in states.values():
            versions = state.functions[function]
            version = versions.versions.get(target_of(versions, function, wishes))
            digests.add(version.code if version else None)
        if len(digests) > 1:
            rule = f"{function}'s new version must be the same code in both regions"
            yield Obstacle(rule, "it is not", "`./run deploy` ships one to both; or name versions with --version")


def _formats(states: States, wishes: ReleaseWishes) -> Iterator[Obstacle]:
    """Require that every new version works beside every version that runs: they read each other's items."""
    running, coming = [], []
    for role, state in states.items():
        for function, versions in state.functions.items():
            running.append((role, function, versions.versions.get(versions.live)))
            coming.append((role, function, versions.versions.get(target_of(versions, function, wishes))))
    conflicts = set()
    for _, function, new in coming:
        for _, beside, old in running:
            if new is None or old is None or new.formats is None or old.formats is None:
                silent = function if new is None or new.formats is None else beside
                conflicts.add((f"{silent}'s versions must say which data formats they work with", "one does not"))
            elif not new.formats.works_beside(old.formats):
                found = f"{function} {new.number}: {new.formats.text()}; {beside} {old.number}: {old.formats.text()}"
                conflicts.add(("the new versions must work beside the running ones", found))
    for rule, found in sorted(conflicts)[:_SHOWN]:
        yield Obstacle(rule, found, "release a version in between that reads both")


def _wanted(states: States, wishes: ReleaseWishes) -> dict[tuple[Role, Function], str]:
    return {(move.role, move.function): move.after for move in _moves(states, wishes)}


def _moves(states: States, wishes: ReleaseWishes) -> Iterator[VersionMove]:
    for role, state in states.items():
        for function, versions in state.functions.items():
            yield VersionMove(role, function, versions.live, target_of(versions, function, wishes))


def _placement(
    situation: ReleaseSituation, states: States, wanted: Mapping[tuple[Role, Function], str]
) -> dict[str, RegionVersions]:
    return {
        situation.name(role): RegionVersions(
            {str(function): wanted.get((role, function), each.live) for function, each in state.functions.items()},
            state.api,
        )
        for role, state in states.items()
    }


def _warnings(situation: ReleaseSituation, ringing: list[str]) -> Iterator[str]:
    if ringing:
        yield f"in ALARM already, so that these do not judge: {', '.join(ringing)}"
    release = situation.release.value if isinstance(situation.release, Known) else None
    if release is not None and release.state is ReleaseState.UNDONE:
        yield f"{describe_release(release)}"


def _few(versions: Mapping[str, object]) -> str:
    newest = sorted(versions, key=int, reverse=True)
    return ", ".join(newest[:_SHOWN]) + (f" and {len(newest) - _SHOWN} older ones" if len(newest) > _SHOWN else "")
