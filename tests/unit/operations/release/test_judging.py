"""The judge: no data is no pass, more failures are never better, and each kind of bad version is told from its luck."""

from collections import Counter
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract.environment import Function
from contract.releases import FAILING_REQUESTS
from operations.release.figures import ANSWERS, VersionFigures
from operations.release.judging import (
    LEAST_REQUESTS,
    BakeEvidence,
    BakeVerdict,
    Beside,
    judge_bake,
    problem_of,
    surprise,
)
from operations.topology.readings import Known, Unknown

API = Function.PAYMENT_API
ORDER = list(BakeVerdict)
GOOD = VersionFigures(
    requests=300,
    durations=(20.0,) * 300,
    init_durations=(700.0,) * 10,
    memory_used=90,
    memory_size=512,
    outcomes=Counter({"PaymentStored": 290}),
)


def evidence(new: VersionFigures, old: VersionFigures = GOOD, **more: Any) -> BakeEvidence:
    return BakeEvidence({API: Known(Beside(new, old))}, Known(()), Known(""), **{"is_whole": False, **more})


def answered(kind: str, count: int, of: int) -> VersionFigures:
    return replace(GOOD, outcomes=Counter({ANSWERS[kind][0]: count, "PaymentStored": of - count}))


def test_good_version_passes() -> None:
    assert judge_bake(evidence(GOOD)).verdict is BakeVerdict.PASS


@given(st.integers(0, LEAST_REQUESTS - 1))
def test_without_data_nothing_passes(requests: int) -> None:
    judged = judge_bake(evidence(replace(GOOD, requests=requests, durations=(), outcomes=Counter())))
    assert judged.verdict is BakeVerdict.WAIT
    assert f"{requests} of at least" in judged.reason


@pytest.mark.parametrize(
    "unknown",
    [
        BakeEvidence({API: Unknown("no answer")}, Known(()), Known("")),
        BakeEvidence({}, Known(()), Known("")),
        BakeEvidence({API: Known(Beside(GOOD, GOOD))}, Unknown("no answer"), Known("")),
        BakeEvidence({API: Known(Beside(GOOD, GOOD))}, Known(()), Unknown("none yet")),
        BakeEvidence({API: Known(Beside(GOOD, GOOD)), Function.TICKER: Unknown("late")}, Known(()), Known("")),
    ],
)
def test_unknown_is_no_pass(unknown: BakeEvidence) -> None:
    assert judge_bake(unknown).verdict is BakeVerdict.WAIT


@given(
    st.integers(0, 400),
    st.integers(0, 60),
    st.integers(0, 60),
    st.integers(0, 400),
    st.integers(0, 400),
)
def test_more_failures_are_never_better(requests: int, failing: int, more: int, old: int, old_failing: int) -> None:
    before = replace(GOOD, requests=old, failing=min(old, old_failing))
    verdicts = [
        judge_bake(evidence(replace(GOOD, requests=max(requests, count), failing=count), before)).verdict
        for count in (failing, failing + more)
    ]
    assert ORDER.index(verdicts[0]) <= ORDER.index(verdicts[1]) or failing + more > requests


@given(st.integers(FAILING_REQUESTS, 1000), st.integers(0, 100_000), st.integers(0, 100_000))
def test_ten_failing_requests_end_it_unless_as_many_of_the_old_failed(failing: int, requests: int, old: int) -> None:
    new = replace(GOOD, requests=max(requests, failing), failing=failing)
    assert judge_bake(evidence(new, replace(GOOD, requests=old, failing=0))).verdict is BakeVerdict.UNDO
    alike = replace(GOOD, requests=new.requests, failing=failing)
    assert judge_bake(evidence(new, alike)).verdict is BakeVerdict.PASS


@given(st.integers(1, 10_000), st.integers(0, 10_000))
def test_what_is_as_before_is_no_surprise(of: int, deviating: int) -> None:
    count = min(of, deviating)
    assert surprise(count, of, old_deviating=count, old_of=of) < 2


@pytest.mark.parametrize(
    ("new", "said"),
    [
        (replace(GOOD, requests=20, failing=4), "4 of 20 requests failed, beside 0 of 300"),
        (replace(GOOD, requests=20, failing=4, timed_out=3, killed=1), "(3 timed out, 1 were killed)"),
        (replace(GOOD, durations=(100.0,) * 300), "300 of 300 payments took longer than 40 ms, beside 0 of 300"),
        (replace(GOOD, durations=(20.0,) * 280 + (100.0,) * 20), "(whose p99 is 20 ms)"),
        (replace(GOOD, durations=(100.0,) * 12), "12 of 12 payments took longer than 40 ms"),
        (replace(GOOD, init_durations=(1600.0,) * 10), "it starts in 1600 ms, the one before in 700 ms"),
        (replace(GOOD, memory_used=510), "it used 510 of 512 MB, the one before 90"),
        (answered("rejected", 6, 20), "6 of 20 payments were rejected (400), beside 0 of 290"),
        (answered("conflicting", 6, 20), "were conflicting (409)"),
        (answered("queued", 6, 20), "were queued (202)"),
        (answered("refused", 6, 20), "were refused (503)"),
    ],
)
def test_bad_version_is_undone_with_the_reason(new: VersionFigures, said: str) -> None:
    judged = judge_bake(evidence(new))
    assert judged.verdict is BakeVerdict.UNDO
    assert said in judged.reason


@pytest.mark.parametrize(
    ("new", "old"),
    [
        (replace(GOOD, requests=300, failing=2), GOOD),
        (replace(GOOD, requests=100, failing=5), replace(GOOD, requests=1000, failing=50)),
        (answered("rejected", 6, 60), answered("rejected", 30, 290)),
        (replace(GOOD, requests=180_000, failing=10), replace(GOOD, requests=180_000, failing=30)),
        (replace(GOOD, requests=6, failing=3), replace(GOOD, requests=735, failing=7)),
        (replace(GOOD, durations=(39.0,) * 300), GOOD),
        (replace(GOOD, durations=(20.0,) * 98 + (500.0,) * 2), GOOD),
        (replace(GOOD, init_durations=(950.0,) * 10), GOOD),
        (replace(GOOD, init_durations=(1600.0,) * 4), GOOD),
        (replace(GOOD, durations=(10.0,) * 300), replace(GOOD, durations=(2.0,) * 300)),
        (replace(GOOD, durations=(500.0,) * 5), GOOD),
        (replace(GOOD, memory_used=500), replace(GOOD, memory_used=501)),
    ],
)
def test_luck_and_what_was_so_before_are_no_problem(new: VersionFigures, old: VersionFigures) -> None:
    assert problem_of(Beside(new, old)) == ""


def test_alarm_and_canary_undo() -> None:
    rings = BakeEvidence({API: Known(Beside(GOOD, GOOD))}, Known(("api-errors",)), Known(""))
    assert judge_bake(rings).reason == "in ALARM: api-errors"
    differs = BakeEvidence({API: Unknown("late")}, Known(()), Known("store-euro: 500"))
    assert judge_bake(differs).verdict is BakeVerdict.UNDO


def test_other_functions_are_judged_by_their_failures_alone() -> None:
    slow = replace(answered("conflicting", 6, 20), durations=(100.0,) * 300)
    assert problem_of(Beside(slow, GOOD), Function.RETRY_WORKER) == ""
    assert problem_of(Beside(replace(slow, failing=10), GOOD), Function.RETRY_WORKER)


@pytest.mark.parametrize(
    ("kind", "verdict"),
    [
        ("rejected", BakeVerdict.PASS),
        ("conflicting", BakeVerdict.PASS),
        ("queued", BakeVerdict.UNDO),
        ("refused", BakeVerdict.UNDO),
    ],
)
def test_one_payers_mistakes_undo_nothing_where_the_old_version_meets_none(kind: str, verdict: BakeVerdict) -> None:
    assert judge_bake(evidence(answered(kind, 6, 20), is_whole=True)).verdict is verdict


NONE = VersionFigures()
NO_PAYMENTS = replace(GOOD, outcomes=Counter())


@pytest.mark.parametrize(
    ("new", "old", "said"),
    [
        (replace(GOOD, requests=10, failing=9), NONE, "0 of at least 5 requests of the version before were seen"),
        (GOOD, NONE, "0 of at least 5 requests of the version before were seen"),
        (NO_PAYMENTS, GOOD, "0 of at least 1 payments were seen"),
        (GOOD, NO_PAYMENTS, "0 of at least 1 payments of the version before were seen"),
    ],
)
def test_without_both_versions_nothing_passes_where_payers_pay(
    new: VersionFigures, old: VersionFigures, said: str
) -> None:
    judged = judge_bake(evidence(new, old, serves=True))
    assert judged.verdict is not BakeVerdict.PASS
    assert said in judged.reason


def test_idle_region_passes_without_payments() -> None:
    assert judge_bake(evidence(NO_PAYMENTS, NO_PAYMENTS)).verdict is BakeVerdict.PASS


def test_what_a_bake_before_saw_does_not_count_again() -> None:
    beside = Beside(GOOD, GOOD, before=(296, 290))
    judged = judge_bake(BakeEvidence({API: Known(beside)}, Known(()), Known("")))
    assert judged.reason == "unknown: 4 of at least 5 requests were seen"


def test_late_log_is_unknown_but_its_lines_count() -> None:
    behind = {API: Known(Beside(GOOD, GOOD, behind=31.0))}
    judged = judge_bake(BakeEvidence(behind, Known(()), Known("")))
    assert judged.reason == "unknown: what payment-api logged in the last 31 s"
    failing = {API: Known(Beside(replace(GOOD, failing=10), GOOD, behind=31.0))}
    assert judge_bake(BakeEvidence(failing, Known(()), Known(""))).verdict is BakeVerdict.UNDO


def test_lost_region_ends_the_release() -> None:
    lost = BakeEvidence({API: Unknown("no connection")}, Known(()), Known(""), lost="it has not answered for 31 s")
    assert judge_bake(lost).verdict is BakeVerdict.UNDO
