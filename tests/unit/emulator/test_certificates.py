"""Certificates are issued for the name a client asks for; in memory, without sockets."""

import ssl
from pathlib import Path

import pytest

from emulator.certificates import Certificates


def handshake(certificates: Certificates, name: str) -> ssl.SSLObject:
    """Shake hands as a client that trusts the authority and verifies the name."""
    to_client, to_server = ssl.MemoryBIO(), ssl.MemoryBIO()
    trusting = ssl.create_default_context(cafile=str(certificates.ca_file))
    client = trusting.wrap_bio(to_client, to_server, server_hostname=name)
    server = certificates.server_context().wrap_bio(to_server, to_client, server_side=True)
    for _ in range(4):
        for side in (client, server):
            try:
                side.do_handshake()
            except ssl.SSLWantReadError:
                continue
    return client


@pytest.mark.parametrize(
    "name",
    [
        "api.payments.example.com",
        "us-east-1.api.payments.example.com",
        "0a1b2c3d4e.execute-api.us-east-2.amazonaws.com",
        "127.0.1.2",
    ],
)
def test_any_name_and_the_addresses_verify(tmp_path: Path, name: str) -> None:
    assert handshake(Certificates(tmp_path), name).version() in {"TLSv1.2", "TLSv1.3"}


def test_another_authority_is_not_trusted(tmp_path: Path) -> None:
    ours, other = Certificates(tmp_path), tmp_path / "other"
    other.mkdir()
    ours.ca_file = Certificates(other).ca_file
    with pytest.raises(ssl.SSLCertVerificationError):
        handshake(ours, "api.example.com")
