"""Broken glass: what two tickers do when the quorum returns."""

from functools import partial

import pytest

from contract.deadlines import SETTLE_SECONDS
from handlers.writer.changes import Author, hold
from handlers.writer.glass import Glass, break_glass
from handlers.writer.item import ClosingKind
from tests.unit.handlers.fakes import PEER, REGION, TABLE
from tests.unit.handlers.pair import Pair
from tests.unit.handlers.payment_function_fakes import emitted

ANN = Author(by="ann", reason="drill", at="2026-01-01T00:00:00.000Z")


class TestBrokenGlass:
    """Ownership by an operator's word while there is no quorum."""

    @pytest.fixture
    def pair(self) -> Pair:
        """The primary is lost and the witness too; glass is broken in the standby."""
        pair = Pair()
        pair.regions[REGION].lost = True
        pair.regions[PEER].isolated = True
        pair.pass_(SETTLE_SECONDS + 2)
        break_glass(pair.regions[PEER].client, TABLE, Glass(PEER, 7, by="ann", reason="fire"))
        return pair

    def test_region_stores(self, pair: Pair) -> None:
        pair.pass_until_stored(PEER, within=3)

    def test_it_claims_ownership_when_the_quorum_returns(self, pair: Pair) -> None:
        pair.pass_(60)
        pair.regions[PEER].isolated = False
        pair.pass_(30)
        assert (pair.writer.allows(PEER), pair.writer.epoch) == (True, 9)
        assert f"control#glass#{PEER}" not in pair.tables[PEER][TABLE]

    def test_returning_primary_stops_within_the_settling_time(self, pair: Pair) -> None:
        pair.pass_(60)
        pair.regions[REGION].lost = pair.regions[PEER].isolated = False
        returned = pair.time.monotonic()
        pair.pass_(60)
        assert max((at for at, region in pair.stored if region == REGION), default=0) < returned + SETTLE_SECONDS
        assert pair.writer.allows(PEER)

    def test_glass_of_another_epoch_is_void_and_rings(self, pair: Pair, capsys: pytest.CaptureFixture[str]) -> None:
        pair.pass_(60)
        capsys.readouterr()
        pair.change(partial(hold, author=ANN))
        pair.regions[PEER].isolated = False
        pair.pass_(10)
        assert f"control#glass#{PEER}" not in pair.tables[PEER][TABLE]
        assert (pair.writer.kind, pair.writer.epoch) == (ClosingKind.HELD, 8)
        assert 1.0 in emitted(capsys.readouterr().out, region=PEER)["GlassBroken"]

    def test_glass_that_was_broken_though_the_quorum_stood_is_found(self) -> None:
        pair = Pair()
        break_glass(pair.regions[PEER].client, TABLE, Glass(PEER, 5))
        pair.pass_(15)
        assert f"control#glass#{PEER}" not in pair.tables[PEER][TABLE]
