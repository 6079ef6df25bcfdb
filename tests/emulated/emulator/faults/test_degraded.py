"""Regions that are up, but slow or failing by share, for all services or one."""

import time
from typing import Any

import pytest
from botocore.exceptions import ClientError, ConnectionClosedError

from emulator import Emulator
from tests.emulated.emulator.faults.calling import EAST, STANDBY, Client, health
from tests.emulated.emulator.sample_api import SampleApi


class TestDegraded:
    """Slow answers, errors by share."""

    def test_a_slow_region_answers_late(self, emulator: Emulator, client: Client, api: SampleApi) -> None:
        with emulator.inject("region-slow", region=EAST, seconds=1):
            for ask in (lambda: client("sqs", EAST).list_queues(), lambda: health(emulator, EAST)):
                began = time.monotonic()
                ask()
                assert time.monotonic() - began >= 1

    def test_the_other_region_does_not(self, emulator: Emulator, api: SampleApi) -> None:
        late = 30  # far more than a cold start takes on a busy machine
        with emulator.inject("region-slow", region=EAST, seconds=late):
            began = time.monotonic()
            health(emulator, STANDBY)
            assert time.monotonic() - began < late

    @pytest.mark.parametrize(
        ("service", "operation", "arguments", "code"),
        [
            ("dynamodb", "get_item", {"TableName": "t", "Key": {}}, "ProvisionedThroughputExceededException"),
            ("dynamodb", "list_tables", {}, "ThrottlingException"),
            ("dynamodbstreams", "list_streams", {}, "ThrottlingException"),
            ("s3", "list_objects_v2", {"Bucket": "b"}, "SlowDown"),
            ("s3", "put_object", {"Bucket": "b", "Key": "k", "Body": b"x"}, "SlowDown"),
            ("s3", "head_object", {"Bucket": "b", "Key": "k"}, "503"),
            ("sqs", "list_queues", {}, "RequestThrottled"),
            ("sns", "list_topics", {}, "Throttled"),
            ("ssm", "get_parameter", {"Name": "n"}, "ThrottlingException"),
            ("lambda", "list_functions", {}, "TooManyRequestsException"),
            ("apigateway", "get_rest_apis", {}, "TooManyRequestsException"),
            ("events", "list_rules", {}, "ThrottlingException"),
            ("logs", "describe_log_groups", {}, "ThrottlingException"),
            ("cloudwatch", "list_metrics", {}, "Throttling"),
            ("sts", "get_caller_identity", {}, "Throttling"),
            ("kms", "list_keys", {}, "ThrottlingException"),
            ("acm", "list_certificates", {}, "ThrottlingException"),
        ],
    )
    def test_each_service_fails_in_its_own_words(
        self, emulator: Emulator, client: Client, service: str, operation: str, arguments: dict[str, Any], code: str
    ) -> None:
        with (
            emulator.inject("region-errors", region=EAST, share=1),
            pytest.raises(ClientError) as failed,
        ):
            getattr(client(service, EAST), operation)(**arguments)
        assert failed.value.response["Error"]["Code"] == code

    @pytest.mark.parametrize("service", ["iam", "route53"])
    def test_a_global_service_fails_when_it_is_named(self, emulator: Emulator, client: Client, service: str) -> None:
        ask = {"iam": "list_users", "route53": "list_hosted_zones"}[service]
        with emulator.inject("region-errors", region=EAST, share=1):
            getattr(client(service), ask)()
        with (
            emulator.inject("region-errors", region=EAST, share=1, service=service),
            pytest.raises(ClientError, match="Throttling"),
        ):
            getattr(client(service), ask)()

    def test_the_data_plane_fails_alike(self, emulator: Emulator, api: SampleApi) -> None:
        with emulator.inject("region-errors", region=EAST, share=1):
            assert (health(emulator, EAST), health(emulator, STANDBY)) == (503, 200)

    def test_a_share_is_a_share(self, emulator: Emulator, api: SampleApi) -> None:
        with emulator.inject("region-errors", region=EAST, share=0.5, service="execute-api"):
            failed = sum(health(emulator, EAST) == 503 for _ in range(40))
        assert 8 <= failed <= 32

    def test_one_service_is_down_alone(self, emulator: Emulator, client: Client) -> None:
        with emulator.inject("service-down", region=EAST, service="ssm"):
            with pytest.raises(ConnectionClosedError):
                client("ssm", EAST).get_parameter(Name="n")
            assert client("sqs", EAST).list_queues()
