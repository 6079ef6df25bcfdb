"""The verdict: what was measured against the objectives and the budget; what was not measured fails. Pure."""

from collections.abc import Iterator

from pydantic import BaseModel, ConfigDict

from contract.roles import Role
from operations.drills.measurements import Measurements
from operations.drills.released import MeasuredRelease
from operations.drills.restored import MeasuredRestore
from operations.drills.scenario import Expectation, ReleaseExpectation, RestoreExpectation, Scenario

RTO_SECONDS = 15 * 60
RPO_SECONDS = 5 * 60
"""The objectives that the system is built for."""

NOT_MEASURED = "not measured"


class RuleFinding(BaseModel):
    """One rule, what was measured, and whether it holds."""

    model_config = ConfigDict(frozen=True)

    rule: str
    demanded: str
    measured: str
    holds: bool


class DrillVerdict(BaseModel):
    """All rules; the drill passed if every one of them holds."""

    model_config = ConfigDict(frozen=True)

    passed: bool
    findings: tuple[RuleFinding, ...]

    @property
    def failures(self) -> tuple[RuleFinding, ...]:
        """What does not hold."""
        return tuple(each for each in self.findings if not each.holds)


def judge(measured: Measurements, scenario: Scenario, *, complete: bool) -> DrillVerdict:
    """Judge a drill; `complete` tells whether it came through its steps, rolled back and checked."""
    expected = scenario.expect
    findings = (
        *_steady(measured),
        *_recovery_time(measured, expected),
        *_recovery_point(measured, expected, checked=scenario.checks_takeover),
        *_payments(measured, expected),
        *_expected(measured, expected),
        *_released(measured.release, expected.release),
        *_restored(measured.restore, expected.restore, measured.time_scale),
        *_evidence(measured, complete=complete),
    )
    return DrillVerdict(passed=all(each.holds for each in findings), findings=findings)


def seconds(value: float | None) -> str:
    """Return seconds as people read them."""
    return NOT_MEASURED if value is None else f"{value:.1f} s"


def _steady(measured: Measurements) -> Iterator[RuleFinding]:
    yield _finding(
        "steady state",
        "payments are acknowledged, none fails",
        f"{measured.steady_acknowledged} acknowledged, {measured.steady_failures} failed",
        holds=measured.steady_acknowledged > 0 and measured.steady_failures == 0,
    )


def _recovery_time(measured: Measurements, expected: Expectation) -> Iterator[RuleFinding]:
    rto = None if measured.recovery is None else measured.recovery.seconds
    scale = measured.time_scale
    parts = " + ".join(f"{name} {value:g}" for name, value in expected.rto.items())
    yield _at_most("RTO, objective", rto, RTO_SECONDS)
    yield _at_most("RTO, budget", rto, expected.rto_budget(scale), _granted(parts, expected.rto_real, scale))
    if expected.shut is not None:
        made_of = _granted("", expected.shut, scale)
        yield _at_most("no region open", measured.shut_seconds, expected.shut * scale, made_of)


def _recovery_point(measured: Measurements, expected: Expectation, *, checked: bool) -> Iterator[RuleFinding]:
    rpo = measured.rpo_seconds if checked else measured.at_risk_seconds
    what = "RPO" if checked else "at risk, nothing having failed over"
    yield _at_most(f"{what}, objective", rpo, RPO_SECONDS)
    budget, made_of = expected.rpo_budget(measured.time_scale), _granted("", expected.rpo_real, measured.time_scale)
    yield _at_most(f"{what}, budget", rpo, budget, made_of)


def _payments(measured: Measurements, expected: Expectation) -> Iterator[RuleFinding]:
    missing, queued = measured.missing_at_takeover, measured.queued_at_takeover
    demands = {
        "none": ("none", missing == 0),
        "some": ("some, which the fault held back", (missing or 0) > 0),
    }
    if expected.missing_at_takeover in demands:
        demanded, holds = demands[expected.missing_at_takeover]
        told = _count(missing) + (f", and {queued} wait in a retry queue (202)" if queued else "")
        yield _finding("payments missing at the takeover", demanded, told, holds=holds)
    for role in Role:
        yield _none(f"payments missing in the {role}'s replica in the end", measured.missing_after.get(role))
    yield _none("payments missing in the transaction logs", measured.unlogged)
    yield _none("duplicates", measured.duplicates)


def _expected(measured: Measurements, expected: Expectation) -> Iterator[RuleFinding]:
    serving = NOT_MEASURED if measured.serving is None else str(measured.serving)
    yield _finding("DNS leads to", str(expected.serving), serving, holds=measured.serving == expected.serving)
    owner = NOT_MEASURED if measured.owner is None else str(measured.owner)
    yield _finding("the writer belongs to", str(expected.serving), owner, holds=measured.owner == expected.serving)
    if expected.dns_moves is not None:
        moves = len(measured.moves)
        yield _finding("moves of DNS", str(expected.dns_moves), str(moves), holds=moves == expected.dns_moves)
    if expected.owner_moves is not None:
        moves = len(measured.owner_moves)
        yield _finding(
            "moves of the writer", str(expected.owner_moves), str(moves), holds=moves == expected.owner_moves
        )
    for alarm in expected.alarms:
        fired = [each for each in measured.alarms if each.name.startswith(alarm)]
        said = f"{fired[0].name} after {fired[0].at:.0f} s" if fired else "silent"
        yield _finding("alarm", f"{alarm} fires", said, holds=bool(fired))
    if expected.writer_holds:
        late = measured.stored_without_writer
        yield _finding(
            "one writer",
            "a region without the writer stores nothing once that has settled",
            f"{late} payments stored" if measured.writer_lost else NOT_MEASURED,
            holds=measured.writer_lost and late == 0,
        )


def _released(measured: MeasuredRelease | None, expected: ReleaseExpectation | None) -> Iterator[RuleFinding]:
    if expected is None:
        return
    if measured is None:
        yield _finding("the release", "a bad version is published and released", NOT_MEASURED, holds=False)
        return
    told = NOT_MEASURED if measured.outcome is None else f"{measured.outcome}: {measured.reason or 'no reason given'}"
    judged = measured.outcome == "undone" and measured.judged
    yield _finding("the release", "its figures have it put back", told, holds=judged)
    answered = f"{measured.answered} answers"
    yield _finding("payers met the bad version", "some answers", answered, holds=measured.answered > 0)
    yield _finding(
        "requests that failed, from the first weight until both regions were back",
        f"some, and at most {expected.errors:.0%}",
        NOT_MEASURED if measured.requests is None else f"{measured.failing} of {measured.requests}",
        holds=0 < (measured.failing or 0) <= expected.errors * (measured.requests or 0),
    )
    back = measured.put_back
    yield _finding(
        "both regions back, budget",
        f"at most {expected.put_back:g} real s after the tenth failing request, or the last of fewer",
        seconds(back),
        holds=back is not None and back <= expected.put_back,
    )
    listed = f"{measured.stored} known, {_count(measured.unlisted)} not listed, {_count(measured.listed)} listed"
    more = "".join(f"; perhaps more: {each}" for each in measured.unknown)
    yield _finding(
        "payments that the bad version stored",
        "each is listed",
        f"{listed}{more}",
        holds=measured.stored > 0 and measured.unlisted == 0,
    )
    as_before = {None: NOT_MEASURED, True: "they do", False: "they do not"}[measured.both_as_before]
    yield _finding(
        "versions in the end", "both regions run what they ran before", as_before, holds=bool(measured.both_as_before)
    )


def _restored(
    measured: MeasuredRestore | None, expected: RestoreExpectation | None, scale: float
) -> Iterator[RuleFinding]:
    if expected is None:
        return
    if measured is None:
        yield _finding("the damage", "payments are damaged and restored", NOT_MEASURED, holds=False)
        return
    yield _at_most("damage found by an alarm, budget", measured.found_seconds, expected.found)
    made_of = _granted("", expected.repaired_real, scale)
    yield _at_most("damage repaired, budget", measured.repaired_seconds, expected.repaired_budget(scale), made_of)
    yield _none(f"damaged payments that the proposal misses, of {measured.damaged}", measured.missed)
    yield _none("other payments that the proposal names", measured.unexpected)
    unknown = "; ".join(measured.unknown)
    yield _finding("witnesses of the restore", "all are read", unknown or "all", holds=not unknown)
    yield _none("damaged payments that are not what they were", measured.wrong)
    others = f", of {measured.untouched}" if measured.untouched is not None else ""
    yield _none(f"other payments that are not byte for byte what they were{others}", measured.changed)
    yield _none("left by a second comparison", measured.left)
    yield _finding(
        "payments at risk, of a restore of the whole table",
        "counted",
        _count(measured.at_risk),
        holds=measured.at_risk is not None,
    )


def _evidence(measured: Measurements, *, complete: bool) -> Iterator[RuleFinding]:
    missing = ", ".join(measured.unobserved)
    yield _finding("evidence", "every observer saw something", missing or "they did", holds=not missing)
    for rule, failed in (("steps", measured.failed_steps), ("roll back", measured.not_put_back)):
        yield _finding(rule, "all done", "; ".join(failed) or "all done", holds=not failed)
    yield _finding("end", "reached, rolled back and checked", "yes" if complete else "no", holds=complete)


def _at_most(rule: str, value: float | None, limit: float, made_of: str = "") -> RuleFinding:
    demanded = f"at most {limit:g} s" + (f" ({made_of})" if made_of else "")
    return _finding(rule, demanded, seconds(value), holds=value is not None and value <= limit)


def _granted(made_of: str, real: float, scale: float) -> str:
    """Return what a budget is made of; on a faster clock, with the real seconds that are granted at least."""
    granted = f"at least {real:g} real seconds" if real and scale != 1 else ""
    return "; ".join(filter(None, (made_of, granted)))


def _none(rule: str, value: int | None) -> RuleFinding:
    return _finding(rule, "none", _count(value), holds=value == 0)


def _count(value: int | None) -> str:
    return NOT_MEASURED if value is None else str(value)


def _finding(rule: str, demanded: str, measured: str, *, holds: bool) -> RuleFinding:
    return RuleFinding(rule=rule, demanded=demanded, measured=measured, holds=holds)
