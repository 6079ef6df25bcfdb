"""Which regions can hold one strongly consistent table."""

from itertools import chain, permutations

import pytest

from dr_constructs.aws_limits import REGIONS
from dr_constructs.region_sets import REGION_SETS, region_set_problems, witness_candidates

PAIRS = [(*pair, regions) for regions in REGION_SETS for pair in permutations(regions, 2)]


def test_no_region_is_in_two_sets() -> None:
    every = list(chain(*REGION_SETS))
    assert len(every) == len(set(every))
    assert set(every) <= REGIONS


@pytest.mark.parametrize(("primary", "standby", "regions"), PAIRS)
def test_every_pair_of_a_set_has_its_rest_as_witnesses(primary: str, standby: str, regions: tuple[str, ...]) -> None:
    candidates = witness_candidates(primary, standby)
    assert {primary, standby, *candidates} == set(regions)
    assert all(not list(region_set_problems(primary, standby, each)) for each in candidates)


@pytest.mark.parametrize(
    ("primary", "standby"), [("us-east-1", "us-west-1"), ("us-east-1", "eu-west-1"), ("sa-east-1", "ca-central-1")]
)
def test_any_other_pair_is_refused_in_one_line_that_lists_the_sets(primary: str, standby: str) -> None:
    assert witness_candidates(primary, standby) == ()
    (line,) = region_set_problems(primary, standby, "us-west-2")
    assert "\n" not in line
    assert all(", ".join(regions) in line for regions in REGION_SETS)


@pytest.mark.parametrize("witness", ["us-east-1", "us-east-2", "us-west-1", "eu-west-1", ""])
def test_any_other_witness_is_refused(witness: str) -> None:
    (line,) = region_set_problems("us-east-1", "us-east-2", witness)
    assert line.startswith("`witness_region` must be us-west-2, ")
