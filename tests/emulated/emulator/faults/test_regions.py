"""Regions that go down: their APIs and data planes are out of reach, others are not, and everything heals."""

import http.client
import socket
import ssl
import threading
import time

import pytest
from botocore.config import Config
from botocore.exceptions import ClientError, ConnectionClosedError, HTTPClientError, ReadTimeoutError

from emulator import Emulator
from tests.emulated.emulator.faults.calling import EAST, STANDBY, Client, health
from tests.emulated.emulator.sample_api import FAILOVER_NAME, SampleApi, administrator
from tests.emulated.emulator.sending import ApiCaller


class TestRegionDown:
    """A region that refuses: its API and its data plane, but not its neighbours and not what is global."""

    def test_its_data_plane_refuses_connections_and_returns(self, emulator: Emulator, api: SampleApi) -> None:
        with emulator.inject("region-down", region=EAST):
            with pytest.raises(ConnectionRefusedError):
                health(emulator, EAST)
            assert health(emulator, STANDBY) == 200
        assert health(emulator, EAST) == 200

    def test_it_returns_whatever_else_went_wrong_meanwhile(self, emulator: Emulator, api: SampleApi) -> None:
        with emulator.inject("region-down", region=EAST), emulator.inject("control-plane-down"):
            pass
        assert health(emulator, EAST) == 200

    @pytest.mark.parametrize("mode", ["refuse", "hang"])
    def test_connections_that_are_kept_open_break(self, emulator: Emulator, api: SampleApi, mode: str) -> None:
        context = ssl.create_default_context(cafile=emulator.ca_file)
        address = (emulator.addresses[EAST], emulator.data_plane_port)
        with (
            socket.create_connection(address, 60) as connected,
            context.wrap_socket(connected, server_hostname=FAILOVER_NAME, suppress_ragged_eofs=False) as kept,
        ):
            kept.sendall(f"GET /health HTTP/1.1\r\nHost: {FAILOVER_NAME}\r\n\r\n".encode())
            answer = http.client.HTTPResponse(kept)
            answer.begin()
            assert answer.read()  # whatever it says: a function that starts on a busy machine may be late
            fault = emulator.inject("region-down", region=EAST, mode=mode)
            if mode == "hang":  # nothing comes, not even an end, until the region is back and remembers nothing
                kept.settimeout(0.5)
                with pytest.raises(TimeoutError):
                    kept.recv(1)
                fault.heal()
            kept.settimeout(60)
            # Some versions of Python tell a reset as the end that TLS did not announce.
            with pytest.raises((ConnectionResetError, ssl.SSLEOFError)):
                kept.recv(1)

    def test_its_api_breaks_connections(self, emulator: Emulator, client: Client) -> None:
        with emulator.inject("region-down", region=EAST):
            with pytest.raises(ConnectionClosedError):
                client("sqs", EAST).list_queues()
            assert client("sqs", STANDBY).list_queues()
        assert client("sqs", EAST).list_queues()

    def test_its_buckets_are_out_of_reach_from_everywhere(self, emulator: Emulator, client: Client) -> None:
        client("s3", EAST).create_bucket(Bucket="in-east")
        where = {"CreateBucketConfiguration": {"LocationConstraint": STANDBY}}
        client("s3", STANDBY).create_bucket(Bucket="in-standby", **where)
        client("s3", EAST).put_object(Bucket="in-east", Key="k", Body=b"x")
        with emulator.inject("region-down", region=EAST):
            for region in (EAST, STANDBY):
                with pytest.raises(ConnectionClosedError):
                    client("s3", region).get_object(Bucket="in-east", Key="k")
            client("s3", STANDBY).put_object(Bucket="in-standby", Key="k", Body=b"x")
            with pytest.raises(ClientError, match="ServiceUnavailable"):  # FACTS 9.3
                client("s3", STANDBY).put_bucket_versioning(
                    Bucket="in-standby", VersioningConfiguration={"Status": "Enabled"}
                )
        assert client("s3", EAST).get_object(Bucket="in-east", Key="k")["Body"].read() == b"x"

    def test_iam_and_route_53_answer_but_do_not_change(
        self, emulator: Emulator, client: Client, api: SampleApi
    ) -> None:
        zone = client("route53").create_hosted_zone(Name="fault.example.com", CallerReference="1")["HostedZone"]["Id"]
        with emulator.inject("region-down", region=EAST):
            assert client("iam").get_user(UserName="payer")
            assert client("route53").list_resource_record_sets(HostedZoneId=zone)
            with pytest.raises(ClientError, match="ServiceUnavailable"):
                client("iam").create_user(UserName="nobody")
            with pytest.raises(ClientError, match="ServiceUnavailable"):
                client("route53").delete_hosted_zone(Id=zone)
            # Policies are evaluated where the request is, as on AWS.
            paid = ApiCaller(emulator, FAILOVER_NAME, credentials=api.payer).post(STANDBY, {})
            refused = ApiCaller(emulator, FAILOVER_NAME, credentials=api.stranger).post(STANDBY, {})
            assert (paid.status, refused.status) == (200, 403)
        client("route53").delete_hosted_zone(Id=zone)

    def test_another_region_does_not_stop_changes(self, emulator: Emulator, client: Client) -> None:
        with emulator.inject("region-down", region=STANDBY):
            client("iam").create_user(UserName="somebody")


class TestRegionHangs:
    """A region that takes requests and never answers."""

    def test_nothing_is_answered_in_time(self, emulator: Emulator, client: Client, api: SampleApi) -> None:
        with emulator.inject("region-down", region=EAST, mode="hang"):
            with pytest.raises(ReadTimeoutError):
                client("sqs", EAST).list_queues()
            address = (emulator.addresses[EAST], emulator.data_plane_port)
            with socket.create_connection(address, 2) as silent:
                silent.settimeout(0.5)
                silent.sendall(b"\x16\x03\x01\x00\x05hello")  # no TLS, to which a living server would object
                with pytest.raises(TimeoutError):
                    silent.recv(1)
        assert health(emulator, EAST) == 200
        assert client("sqs", EAST).list_queues()

    def test_what_hung_is_lost_when_it_returns(self, emulator: Emulator) -> None:
        patient = administrator(emulator, Config(retries={"total_max_attempts": 1}, read_timeout=30))("sqs", EAST)
        with emulator.inject("region-down", region=EAST, mode="hang"):
            errors: list[Exception] = []

            def wait_for_answer() -> None:
                try:
                    patient.list_queues()
                except HTTPClientError as error:
                    errors.append(error)

            waiting = threading.Thread(target=wait_for_answer)
            waiting.start()
            time.sleep(2)  # time enough for the request to be on its way, on a busy machine too
            assert waiting.is_alive()
        waiting.join(30)
        assert [type(error) for error in errors] == [ConnectionClosedError]
