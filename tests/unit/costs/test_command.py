"""`./run cost`: a table for a stack, one line for anything else."""

import json
from pathlib import Path

import pytest
import typer

from costs.__main__ import main


def write(path: Path, **resources: object) -> Path:
    path.write_text(json.dumps({"resource": resources}))
    return path


FUNCTION = {"function_name": "payment-api-us-east-1-dev", "memory_size": 512, "environment": {"variables": {}}}


def test_prices_a_stack(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(stack=write(tmp_path / "cdk.tf.json", aws_lambda_function={"f": FUNCTION}))
    shown = capsys.readouterr().out
    assert "10,000 payments/s" in shown
    assert "API Gateway" in shown


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "must be a synthesized stack, got no file: run `./run synth`"),
        ("{", "must be a synthesized stack of this project, got"),
        ("[]", "must be a synthesized stack of this project, got"),
        ('{"resource": []}', "must be a synthesized stack of this project, got"),
        ('{"resource": {"aws_lambda_function": {"f": {"memory_size": 1}}}}', "got KeyError('function_name')"),
        ('{"resource": {}}', "must have payment functions, got none"),
        (
            json.dumps({"resource": {"aws_rds_cluster": {}, "aws_lambda_function": {"f": FUNCTION}}}),
            "got aws_rds_cluster",
        ),
    ],
)
def test_anything_else_is_one_line_and_a_failure(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], content: str | None, message: str
) -> None:
    path = tmp_path / "cdk.tf.json"
    if content is not None:
        path.write_text(content)
    with pytest.raises(typer.Exit) as ended:
        main(stack=path)
    told = capsys.readouterr()
    assert ended.value.exit_code == 1
    assert message in told.err
    assert told.err.count("\n") == 1
    assert not told.out
