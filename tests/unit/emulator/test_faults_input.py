"""A bad fault name or value is one line that names what can be."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator.fault_kinds import KINDS, BadFaultError, read
from emulator.faults import ActiveFaults
from emulator.regions import CHECKER_REGIONS

LINK = {"source": "us-east-1", "destination": "us-east-2"}


@pytest.mark.parametrize(
    ("name", "values", "said"),
    [
        ("region-dwon", {}, "unknown fault 'region-dwon'; did you mean 'region-down'?"),
        ("region-down", {"region": "us-est-1"}, "unknown region 'us-est-1'; did you mean 'us-east-1'?"),
        ("region-down", {}, "region-down needs region=… (a region)"),
        ("region-down", {"region": None}, "region-down needs region=… (a region)"),
        ("region-down", {"regoin": "us-east-1"}, "region-down takes no 'regoin'; did you mean 'region'?"),
        ("region-down", {"region": "us-east-1", "mode": "x"}, "unknown mode 'x'; there are refuse, hang"),
        ("region-down", {"region": {"a": 1}}, "region must be text or a number, got {'a': 1}"),
        ("region-slow", {"region": "us-east-1", "seconds": "-1"}, "seconds must be a number above 0 and at most 3600"),
        ("region-slow", {"region": "us-east-1", "seconds": True}, "seconds must be text or a number, got True"),
        ("region-errors", {"region": "us-east-1", "share": "30"}, "share must be a number above 0 and at most 1, got"),
        ("region-errors", {"region": "us-east-1", "share": "nan"}, "share must be a number above 0 and at most 1, got"),
        ("service-down", {"region": "us-east-1", "service": "dynamo"}, "did you mean 'dynamodb'?"),
        ("partition", {**LINK, "destination": "us-east-1"}, "partition needs two regions, got us-east-1 twice"),
        ("replication-paused", {**LINK, "kind": "sqs"}, "unknown kind 'sqs'"),
        (
            "checkers-partial",
            {"endpoint": "us-east-1", "checkers": "us-west-2,us-east-2"},
            f"checkers are in {', '.join(CHECKER_REGIONS)}, got 'us-east-2'",
        ),
        ("checkers-partial", {"endpoint": "us-east-1", "checkers": ""}, "sa-east-1, got ''"),
        ("function-crash", {"function": ""}, "a function's name must not be empty"),
        ("control-plane-down", {"service": "sqs"}, "unknown global service 'sqs'; there are iam, route53, s3"),
    ],
)
def test_it_is_told(name: str, values: dict[str, object], said: str) -> None:
    with pytest.raises(BadFaultError) as told:
        read(name, values)
    assert said in str(told.value)
    assert "\n" not in str(told.value)


def test_healing_names_the_nearest_id() -> None:
    faults = ActiveFaults()
    with pytest.raises(BadFaultError, match="no fault 'x' is injected; there are none"):
        faults.heal("x")
    faults.inject("region-down", region="us-east-1")
    with pytest.raises(BadFaultError, match="did you mean 'region-down-1'"):
        faults.heal("region-down-2")


def test_values_may_be_text_numbers_or_lists() -> None:
    assert read("region-slow", {"region": "us-east-1", "seconds": 2})["seconds"] == 2
    listed = read("checkers-partial", {"endpoint": "us-east-1", "checkers": ["us-west-1", "us-west-2"]})
    assert listed == read("checkers-partial", {"endpoint": "us-east-1", "checkers": "us-west-1, us-west-2"})


@given(
    st.sampled_from(list(KINDS)) | st.text(),
    st.dictionaries(
        st.sampled_from(["region", "mode", "share", "seconds", "service", "name", "self"]) | st.text(),
        st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.lists(st.text()),
    ),
)
def test_no_input_ends_otherwise(name: str, values: dict[str, object]) -> None:
    faults = ActiveFaults()
    refusal = ""
    try:
        faults.inject(name, **values)
    except BadFaultError as error:
        refusal = str(error)
    assert bool(faults.active) != bool(refusal)
    assert "\n" not in refusal
