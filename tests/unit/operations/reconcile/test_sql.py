"""The same SQL for Athena: what cannot be run here is compared with what is."""

import re
from pathlib import Path

import operations.reconcile

HERE = Path(operations.reconcile.__file__).parent
COMPARE, DUCKDB, ATHENA = (
    (HERE / name).read_text(encoding="utf-8") for name in ("compare.sql", "sources.duckdb.sql", "sources.athena.sql")
)


def test_both_take_log_lines_apart_with_the_same_pattern() -> None:
    (here,), (there,) = (re.findall(r"'(\^.*\$)'", text) for text in (DUCKDB, ATHENA))
    assert there.replace("\\\\", "\\").replace('("metadata"', '(?:"metadata"') == here


def test_the_comparison_reads_nothing_but_the_relations_that_both_make() -> None:
    made = {"primary_table", "standby_table", "primary_logs", "standby_logs", "known_places", "period"}
    own = {"evidence", "since_then", "versions", "suspects"}
    assert set(re.findall(r"(?:FROM|JOIN) (\w+)", COMPARE)) == made | own


def test_the_comparison_uses_nothing_that_one_of_them_lacks() -> None:
    statement = re.sub(r"--.*", "", COMPARE)
    functions = set(re.findall(r"([A-Z]+)\(", statement))
    assert functions == {"MAX", "COUNT"}
    assert "::" not in statement
