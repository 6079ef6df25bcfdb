"""The commands' names, options and help texts, one file a group of commands.

Whatever a command needs for its work (boto3, pydantic, dnspython, DuckDB, the project's own model) takes ten times as
long to import as its options. So the files here import typer and the standard library alone at the top; the function of
a command imports its work from `operations.cli` when it is called. `tests/unit/operations/cli/test_start_up.py` lists
what `--help` must not import.
"""
