"""The same SQL for Athena: what cannot be run here is compared with what is."""

import re
from pathlib import Path

import pytest

import operations.reconcile
from handlers.payments.logged_payment import CONTENT

HERE = Path(operations.reconcile.__file__).parent
COMPARE, TOUCHED, DUCKDB, ATHENA = (
    (HERE / name).read_text(encoding="utf-8")
    for name in ("compare.sql", "touched.sql", "sources.duckdb.sql", "sources.athena.sql")
)


def test_neither_names_a_field_of_a_payments_content() -> None:
    """A new one touches the handlers and the API alone."""
    text = f"{COMPARE}{TOUCHED}{DUCKDB}{ATHENA}"
    assert [name for name in CONTENT if re.search(rf"\b{name}\b", text)] == []


def test_the_comparison_reads_nothing_but_the_relations_that_both_make() -> None:
    places = {"primary_table", "standby_table", "primary_logs", "standby_logs"}
    own = {"evidence", "versions", "suspects"}
    assert set(re.findall(r"(?:FROM|JOIN) (\w+)", COMPARE)) == {*places, "known_places", "period", "touched", *own}
    assert set(re.findall(r"(?:FROM|JOIN) (\w+)", TOUCHED)) == {*places, "period"}


@pytest.mark.parametrize("text", [COMPARE, TOUCHED])
def test_the_comparison_uses_nothing_that_one_of_them_lacks(text: str) -> None:
    statement = re.sub(r"--.*", "", text)
    functions = set(re.findall(r"([A-Z]+)\(", statement))
    assert functions <= {"MAX", "COUNT"}
    assert "::" not in statement
