"""What functions log: enough to find a payment again, and nothing of what it holds."""

from typing import Any

import pytest

from client.https import Response
from contract.environment import Function
from sandbox.payer import RequestSender
from tests.emulated.faults import closed_port, variables
from tests.emulated.payments import new_payment, queue_message
from tests.emulated.records import access_lines, log_lines, log_records
from tests.emulated.site import PRIMARY, REGIONS, STANDBY, Site
from tests.emulated.table_proxy import payments_away
from tests.emulated.waiting import eventually

SECRETS = ("739184.62", "738184.62", "Rosebud")
"""Amounts and metadata that occur nowhere else."""

_SCHEDULE_SECONDS = 120
"""By then every scheduled function has run."""

Records = list[dict[str, Any]]


@pytest.fixture(scope="module")
def payment() -> dict[str, Any]:
    return new_payment(amount=SECRETS[0], metadata={"word": SECRETS[2]})


@pytest.fixture(scope="module")
def answers(site: Site, payer: RequestSender, payment: dict[str, Any]) -> dict[str, Response]:
    """The answers to one payment in every way in which it can be taken, from both regions' retry queues at last."""
    queued, queued_there = (
        {**payment, "transactionId": f"{payment['transactionId']}-queued-{region}"} for region in REGIONS
    )
    unknown = {**payment, "transactionId": f"{payment['transactionId']}-unknown"}
    answers = {
        "stored": payer.post(PRIMARY, payment),
        "replayed": payer.post(PRIMARY, payment),
        "conflict": payer.post(PRIMARY, {**payment, "amount": SECRETS[1]}),
        "invalid": payer.post(PRIMARY, {**payment, "amount": f"-{SECRETS[1]}"}),
    }
    with payments_away(site, Function.PAYMENT_API, PRIMARY):
        answers["queued"] = payer.post(PRIMARY, queued)
    with payments_away(site, Function.PAYMENT_API, PRIMARY, AWS_ENDPOINT_URL_SQS=closed_port()):
        answers["refused"] = payer.post(PRIMARY, queued)
    with variables(site, Function.PAYMENT_API, PRIMARY, AWS_ENDPOINT_URL_DYNAMODB=closed_port()):
        answers["unknown"] = payer.post(PRIMARY, unknown)
    # Accepted by the standby while it owned the writer: its worker forwards the message to the owner's queue.
    site.aws("sqs", STANDBY).send_message(
        QueueUrl=site.queue("retry", STANDBY), MessageBody=queue_message(queued_there, STANDBY)
    )

    def arrived() -> None:
        assert payer.get(STANDBY, queued["transactionId"]).status == 200
        assert payer.get(PRIMARY, queued_there["transactionId"]).status == 200

    eventually(arrived)
    return answers


def correlated(site: Site, function: Function, answer: Response) -> Records:
    """Return what a function logged about the request that was answered so."""
    correlation_id = answer.headers["x-correlation-id"]
    return [record for record in log_records(site, function, PRIMARY) if record.get("correlation_id") == correlation_id]


@pytest.mark.parametrize(
    ("what", "status", "message"),
    [
        ("stored", 201, "payment stored"),
        ("replayed", 200, "payment replayed"),
        ("conflict", 409, "payment conflict"),
        ("queued", 202, "payment queued"),
        ("refused", 503, "payment refused: nothing durable took it"),
        ("unknown", 503, "payment refused: the region is not known to be the writer"),
    ],
)
def test_a_payment_can_be_found_by_its_ids(
    site: Site, payment: dict[str, Any], answers: dict[str, Response], what: str, status: int, message: str
) -> None:
    assert answers[what].status == status
    (record,) = correlated(site, Function.PAYMENT_API, answers[what])
    assert record["message"] == message
    assert record["transaction_id"].startswith(payment["transactionId"])
    assert (record["region"], record["service"]) == (PRIMARY, "payment-api")


@pytest.mark.parametrize(("what", "ending"), [("stored", ""), ("queued", f"-queued-{PRIMARY}")])
def test_the_payment_keeps_the_request_that_the_access_log_shows(
    site: Site, payment: dict[str, Any], answers: dict[str, Response], what: str, ending: str
) -> None:
    item = site.stored(PRIMARY, f"{payment['transactionId']}{ending}")
    assert item is not None
    request = answers[what].headers["x-correlation-id"]
    assert item["requestId"]["S"] == request
    (line,) = [line for line in access_lines(site, PRIMARY) if line["requestId"] == request]
    assert (line["httpMethod"], line["resourcePath"]) == ("POST", "/payment")
    assert line["status"] == str(answers[what].status)


def test_bad_input_is_logged_by_its_rules(site: Site, answers: dict[str, Response]) -> None:
    (record,) = correlated(site, Function.PAYMENT_API, answers["invalid"])
    assert (answers["invalid"].status, record["rules"]) == (400, ["positive"])


def test_the_correlation_id_reaches_the_retry_worker(site: Site, answers: dict[str, Response]) -> None:
    def logged() -> None:
        messages = [record["message"] for record in correlated(site, Function.RETRY_WORKER, answers["queued"])]
        assert messages == ["queued payment stored"]

    eventually(logged)


def test_the_transaction_log_names_the_payment(
    site: Site, payment: dict[str, Any], answers: dict[str, Response]
) -> None:
    def logged() -> None:
        records = log_records(site, Function.TRANSACTION_LOG, PRIMARY)
        assert any(payment["transactionId"] in record.get("transaction_ids", []) for record in records)

    eventually(logged)


@pytest.mark.parametrize("region", REGIONS)
@pytest.mark.parametrize("function", [each for each in Function if each is not Function.PAYMENT_CANARY])
def test_amounts_and_metadata_are_never_logged(
    site: Site, answers: dict[str, Response], function: Function, region: str
) -> None:
    def logged() -> list[str]:
        lines = log_lines(site, function, region)
        assert lines
        return lines

    lines = eventually(logged, within=_SCHEDULE_SECONDS)
    assert not [line for line in lines for secret in SECRETS if secret in line]
