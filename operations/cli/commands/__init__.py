"""The commands' names, options and help texts, one file per group of commands.

The imports that a command works with (boto3, pydantic, dnspython, DuckDB, the project's own model) take ten times as
long as those for its options. So these files import only typer and the standard library at the top; a command's
function imports its work from `operations.cli` when it is called. `tests/unit/operations/cli/test_start_up.py` lists
what `--help` must not import.
"""
