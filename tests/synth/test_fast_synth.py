"""Loading the provider package lazily changes nothing that is synthesized."""

import pytest

from tests.synth.conftest import ORDINARY
from tests.synth.ordinary import Synth


def test_the_same_bytes_come_out_lazily_and_in_the_ordinary_way(pytestconfig: pytest.Config) -> None:
    lazy = Synth(NODE_OPTIONS="--no-warnings")
    try:
        digests = lazy.digests()
    finally:
        lazy.close()
    assert any(name.endswith("cdk.tf.json") for name in digests)
    assert digests == pytestconfig.stash[ORDINARY].digests()
