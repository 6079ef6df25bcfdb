"""The same SQL for Athena: what cannot be run here is compared with what is."""

import re
from pathlib import Path

import pytest
import sqlglot
from sqlglot import exp

import operations.restore

HERE = Path(operations.restore.__file__).parent
COMPARE, DUCKDB, ATHENA = (
    (HERE / name).read_text(encoding="utf-8") for name in ("compare.sql", "sources.duckdb.sql", "sources.athena.sql")
)
RELATIONS = {"restored", "serving_table", "other_table", "primary_logs", "standby_logs", "answers", "moment"}
TABLE = ["id", "state", "request_id", "region", "stored_at"]


def test_the_comparison_reads_nothing_but_the_relations() -> None:
    statement = sqlglot.parse_one(COMPARE, dialect="athena")
    own = {each.alias for each in statement.find_all(exp.CTE)}
    assert {each.name for each in statement.find_all(exp.Table)} - own == RELATIONS


def test_the_comparison_uses_nothing_that_one_of_them_lacks() -> None:
    statement = re.sub(r"--.*", "", COMPARE)
    functions = set(re.findall(r"([A-Z]+)\(", statement))
    assert functions <= {"MAX", "COUNT", "COALESCE", "RANK"}
    assert "::" not in statement


@pytest.mark.parametrize("text", [COMPARE, ATHENA])
def test_athena_can_parse_each_statement(text: str) -> None:
    statements = [each for each in sqlglot.parse(text, dialect="athena") if isinstance(each, exp.Create | exp.Select)]
    assert len(statements) == len([each for each in re.sub(r"--.*", "", text).split(";") if each.strip()])


def test_both_make_the_same_columns() -> None:
    created = [each for each in sqlglot.parse(ATHENA, dialect="athena") if isinstance(each, exp.Create)]
    made = {next(each.find_all(exp.Table)).name: each.expression for each in created}
    assert made["restored"].find(exp.Select).named_selects == TABLE
    assert made["primary_logs"].find(exp.Select).named_selects == [*TABLE, "changed_at"]
    assert made["answers"].find(exp.Select).named_selects == ["request_id", "taken", "in_doubt"]
    listed = [line.strip() for line in DUCKDB.splitlines() if line.strip().startswith("request_id, region, stored_at,")]
    assert listed == ["request_id, region, stored_at, item", "request_id, region, stored_at, changed_at, content"]
