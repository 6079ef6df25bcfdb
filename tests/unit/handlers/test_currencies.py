"""The functions' table of currencies is the standard's."""

import pytest

from handlers.payments.currencies import MINOR_UNITS
from scripts import currencies

BY_DECIMALS = {
    0: "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF",
    3: "BHD IQD JOD KWD LYD OMR TND",
    4: "CLF UYW",
}


def test_the_table_is_what_the_standard_says() -> None:
    assert currencies.minor_units() == MINOR_UNITS
    assert currencies.module() == currencies.MODULE.read_text(encoding="utf-8"), "run scripts/currencies.py"


@pytest.mark.parametrize("decimals", BY_DECIMALS)
def test_currencies_have_their_decimals(decimals: int) -> None:
    assert {code for code, each in MINOR_UNITS.items() if each == decimals} == set(BY_DECIMALS[decimals].split())


def test_all_other_currencies_have_two_decimals() -> None:
    assert set(MINOR_UNITS.values()) == {2, *BY_DECIMALS}


@pytest.mark.parametrize("code", ["XAU", "XBA", "XTS", "XXX", "BGN", "DEM"])
def test_nobody_pays_with_metals_test_codes_or_withdrawn_currencies(code: str) -> None:
    assert code not in MINOR_UNITS
