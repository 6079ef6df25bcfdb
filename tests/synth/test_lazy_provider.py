"""Loading the provider package lazily changes nothing that is synthesized."""

import pytest

from tests.synth.checkouts import files
from tests.synth.conftest import ORDINARY
from tests.synth.ordinary import Synth


def test_the_same_bytes_come_out_lazily_and_in_the_ordinary_way(pytestconfig: pytest.Config) -> None:
    ordinary = pytestconfig.stash[ORDINARY]
    lazy = Synth(NODE_OPTIONS="--no-warnings")
    try:
        for synth in (lazy, ordinary):
            status, stderr = synth.result()
            assert (status, "warning" in stderr) == (0, False), stderr
        assert any(name.endswith("cdk.tf.json") for name in files(lazy.outdir))
        assert files(lazy.outdir) == files(ordinary.outdir)
    finally:
        lazy.close()
