"""Prints, as JSON, what the functions, `dr` and the emulator of an extended copy do."""

import json
import sys
from types import SimpleNamespace
from typing import Any

from client.attempt_results import Attempt, AttemptResult
from client.errors import answered
from client.https import Response
from emulator.fault_kinds import KINDS
from emulator.faults import ActiveFaults
from handlers.payments.http import MAX_BODY_BYTES
from handlers.payments.logged_payment import CONTENT
from operations.drills.scenario import shipped
from operations.readiness.rules import RULES
from tests.unit.handlers.api import PAYMENT, Api


def payments() -> dict[str, Any]:
    """Post payments with and without a channel."""
    api = Api()
    online = {**PAYMENT, "channel": "online"}
    stored, document = api.post(json.dumps(online))
    queued, _ = api.post(json.dumps({**PAYMENT, "transactionId": "t-2", "channel": "batch"}))
    refused, violations = api.post(json.dumps({**PAYMENT, "transactionId": "t-3", "channel": "fax"}))
    without, _ = api.post(json.dumps({**PAYMENT, "transactionId": "t-4"}))
    return {
        "statuses": [stored, queued, refused, without],
        "channel": document["channel"],
        "messages": [json.loads(each)["channel"] for each in api.payments.queue.bodies],
        "refused": violations["errors"],
        "logged": CONTENT["channel"],
    }


def too_large() -> list[object]:
    """Post a body that is too large; return the status, and what the client makes of it."""
    status, _ = Api().post("x" * (MAX_BODY_BYTES + 1))
    attempt = Attempt("https://api.example.com", AttemptResult.FINAL, "answered", 0.1, Response(status, {}, b"{}"))
    return [status, type(answered(attempt, [attempt], "t-1")).__name__]


def readiness() -> list[object]:
    """Read and judge a bucket without versioning."""
    rule = RULES["bucket_versioning"]
    client = SimpleNamespace(get_bucket_versioning=lambda **_: {"Status": "Suspended"})
    aws: Any = SimpleNamespace(client=lambda *_: client)
    region: Any = SimpleNamespace(name="us-east-1", bucket_name="bucket")
    site: Any = None
    return [rule.check, rule.problem(rule.read(site, region, aws)), rule.problem("Enabled")]


def fault() -> list[object]:
    """Inject the fault, and ask for the region and for another."""
    faults = ActiveFaults()
    faults.inject("checkers-blind", region="us-east-1")
    seen = [faults.checker_sees("eu-west-1", region) for region in ("us-east-1", "us-east-2")]
    return ["checkers-blind" in KINDS, *seen]


if __name__ == "__main__":
    json.dump(
        {
            "payments": payments(),
            "too large": too_large(),
            "readiness": readiness(),
            "scenario": [step.do for step in shipped()["standby-slow"].steps],
            "fault": fault(),
        },
        sys.stdout,
    )
