"""Whose processes an injected crash ends."""

from typing import Any

import pytest
from ministack.core import lambda_runtime

from emulator.faults import ActiveFaults
from emulator.functions.function_faults import FunctionFaults

REGION, ACCOUNT = "us-east-2", "000000000000"


def test_crash_ends_the_version_that_ran(monkeypatch: pytest.MonkeyPatch) -> None:
    faults = ActiveFaults()
    faults.inject("function-crash", function="pay", at="invoke")
    keys = [f"{ACCOUNT}:{REGION}:pay:{version}" for version in ("1", "2")]
    monkeypatch.setattr(lambda_runtime, "_workers", {key: [key] for key in keys})
    monkeypatch.setattr(lambda_runtime, "kill_workers", lambda _: None)
    arn = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:pay:live"
    function = {"config": {"FunctionName": "pay", "FunctionArn": arn, "Version": "2"}}

    def never(*_: Any) -> None:
        pytest.fail("it does not run")

    result = FunctionFaults(faults)._crashing(never)(function, {}, "id")
    assert result["body"]["errorType"] == "Runtime.ExitError"
    assert list(lambda_runtime._workers) == keys[:1]
