"""The same SQL for Athena: what cannot be run here is compared with what is."""

import re
from pathlib import Path

import pytest
import sqlglot
from sqlglot import exp

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


RELATION = ["id", "content", "region", "stored_at", "logged_at", "request_id"]


@pytest.mark.parametrize("text", [COMPARE, TOUCHED, ATHENA])
def test_athena_can_parse_each_statement(text: str) -> None:
    statements = [each for each in sqlglot.parse(text, dialect="athena") if isinstance(each, exp.Create | exp.Select)]
    assert len(statements) == len([each for each in re.sub(r"--.*", "", text).split(";") if each.strip()])


@pytest.mark.parametrize(
    ("text", "dialect", "names"),
    [(ATHENA, "athena", ["primary_table", "primary_logs"]), (DUCKDB, "duckdb", ["table_items", "log_lines"])],
    ids=["athena", "duckdb"],
)
def test_what_they_compare_has_the_same_columns_in_the_same_order(text: str, dialect: str, names: list[str]) -> None:
    created = [each for each in sqlglot.parse(text, dialect=dialect) if isinstance(each, exp.Create)]
    made = {next(each.find_all(exp.Table)).name: each.expression for each in created}
    assert [made[name].find(exp.Select).named_selects for name in names] == [RELATION, RELATION]
