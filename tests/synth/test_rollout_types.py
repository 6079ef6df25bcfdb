"""Of every resource type that is synthesized it is known what is lost with it; unknown ones are never replaced."""

from rollout.held_data import HOLDS, REMADE
from tests.synth.reading import Synthesized


def test_what_is_lost_with_every_resource_type_is_known(shipped: Synthesized) -> None:
    assert {kind for kind in shipped.json["resource"] if kind not in HOLDS and not kind.startswith(REMADE)} == set()
