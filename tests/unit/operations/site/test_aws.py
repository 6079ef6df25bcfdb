"""Clients that are made once, with short time-outs, and with rights that somebody has."""

import socket
import struct
from typing import Any

import boto3
import pytest

from client.aws_profile import BadAwsProfileError
from operations.aws import Aws
from operations.errors import OperationError


class Session:
    """Makes clients that remember what they were made with; nobody is logged in."""

    def __init__(self) -> None:
        self.made: list[tuple[str, str]] = []

    def client(self, service: str, *, region_name: str, config: Any) -> Any:
        self.made.append((service, region_name))
        return config

    def get_credentials(self) -> None:
        return None


@pytest.fixture
def session() -> Any:
    return Session()


def test_a_client_is_made_once_for_a_service_and_region(session: Any) -> None:
    aws = Aws(session=session)
    assert aws.client("sqs", "us-east-1") is aws.client("sqs", "us-east-1")
    aws.client("sqs", "us-east-2")
    assert session.made == [("sqs", "us-east-1"), ("sqs", "us-east-2")]


def test_time_outs_are_short(session: Any) -> None:
    limits = Aws(session=session).client("sqs", "us-east-1")
    assert (limits.connect_timeout, limits.read_timeout, limits.retries["total_max_attempts"]) == (1, 5, 2)


def test_in_a_hurry_there_is_one_attempt(session: Any) -> None:
    limits = Aws(session=session).hurried(connect_timeout=0.5, read_timeout=0.7).client("sqs", "us-east-1")
    assert (limits.connect_timeout, limits.read_timeout, limits.retries["total_max_attempts"]) == (0.5, 0.7, 1)


def test_without_credentials_no_role_is_assumed(session: Any) -> None:
    with pytest.raises(OperationError, match="--role needs AWS credentials that may assume arn:role; there are none"):
        Aws(session=session).assuming("arn:role", "us-east-2", "us-east-1", operator=None)


def test_what_cannot_be_made_of_the_configuration_is_one_line(session: Any) -> None:
    def client(*_: object, **__: object) -> None:
        raise ValueError("Invalid endpoint: x")

    session.client = client
    said = "^AWS's configuration for sqs in us-east-1 cannot be used: Invalid endpoint: x$"
    with pytest.raises(BadAwsProfileError, match=said):
        Aws(session=session).client("sqs", "us-east-1")


def test_clients_that_insert_make_one_attempt_of_which_nothing_arrives_later() -> None:
    own = boto3.Session(aws_access_key_id="a", aws_secret_access_key="b")
    made = Aws(session=own).inserting().client("dynamodb", "us-east-1")
    assert made.meta.config.retries["total_max_attempts"] == 1
    options = made._endpoint.http_session._manager.connection_pool_kw["socket_options"]
    assert (socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0)) in options
