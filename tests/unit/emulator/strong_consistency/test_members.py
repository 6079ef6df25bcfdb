"""Which regions can hold a strongly consistent table together."""

import pytest

from emulator.dynamodb.strong_consistency.members import REGION_SETS, Members, UnsupportedMembersError, members_of


@pytest.mark.parametrize(
    ("replicas", "witnesses"),
    [
        (["us-east-1", "us-east-2"], ["us-west-2"]),
        (["us-west-2", "us-east-2"], ["us-east-1"]),
        (["us-east-1", "us-east-2", "us-west-2"], []),
        (["eu-west-1", "eu-central-1"], ["eu-west-3"]),
        (["ap-northeast-1", "ap-northeast-3"], ["ap-northeast-2"]),
    ],
)
def test_three_regions_of_one_set(replicas: list[str], witnesses: list[str]) -> None:
    assert set(members_of(replicas, witnesses).regions) == {*replicas, *witnesses}


@pytest.mark.parametrize(
    ("replicas", "witnesses"),
    [
        (["us-east-1", "us-east-2"], []),
        (["us-east-1"], ["us-west-2"]),
        (["us-east-1", "us-east-2"], ["us-east-2"]),
        (["us-east-1", "us-east-1"], ["us-west-2"]),
        (["us-east-1", "us-east-2", "us-west-2"], ["us-west-1"]),
    ],
)
def test_other_than_three_regions_are_refused(replicas: list[str], witnesses: list[str]) -> None:
    with pytest.raises(UnsupportedMembersError, match="three replicas, or two replicas and a witness"):
        members_of(replicas, witnesses)


@pytest.mark.parametrize(
    ("replicas", "witness"),
    [
        (("us-east-1", "us-east-2"), "eu-west-1"),
        (("us-east-1", "us-west-1"), "us-west-2"),
        (("sa-east-1", "us-east-2"), "us-west-2"),
    ],
)
def test_regions_of_several_sets_are_refused_with_the_sets(replicas: tuple[str, ...], witness: str) -> None:
    with pytest.raises(UnsupportedMembersError, match="us-east-1, us-east-2, us-west-2; eu-central-1"):
        Members(replicas, witness)


def test_two_witnesses_are_refused() -> None:
    with pytest.raises(UnsupportedMembersError, match="one witness at most"):
        members_of(["us-east-1"], ["us-east-2", "us-west-2"])


def test_the_sets_are_disjoint() -> None:
    assert sum(map(len, REGION_SETS)) == len(frozenset().union(*REGION_SETS))
