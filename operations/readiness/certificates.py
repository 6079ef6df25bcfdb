"""Reads certificates as clients see them: verified for the host, with their expiry date; needs no IAM rights."""

import socket
import ssl
from functools import partial
from typing import Any

from client.addresses import first_reached
from client.https import NotReachedError, trust
from contract.roles import Role
from operations.endpoints import EndpointSettings
from operations.readiness.model import Certificate
from operations.topology.edge import EdgeReader


class Visitor:
    """Makes TLS handshakes with the regions' endpoints; `seconds` limits the connections for one certificate."""

    def __init__(self, edge: EdgeReader, surroundings: EndpointSettings, *, seconds: float) -> None:
        self._edge = edge
        self._port = surroundings.port
        self._trust = trust(surroundings.ca_file)
        self._seconds = seconds

    def certificate(self, role: Role, host: str) -> Certificate:
        """Return the certificate that a region serves for a host: the region's own name or the failover name.

        Raises:
            OSError: The region has no address.
            NotReachedError: None of the region's addresses can be reached.
        """
        addresses = self._edge.addresses_of(role)
        return first_reached(addresses, partial(self._served, host), seconds=self._seconds)

    def _served(self, host: str, address: str, seconds: float) -> Certificate:
        try:
            with (
                socket.create_connection((address, self._port), seconds) as connected,
                self._trust.wrap_socket(connected, server_hostname=host) as secured,
            ):
                certificate: Any = secured.getpeercert()
        except ssl.SSLCertVerificationError as refused:
            return Certificate(expires_at=0.0, problem=refused.verify_message)
        except OSError as error:
            raise NotReachedError(f"{host} at {address}:{self._port} was not reached: {error}") from error
        return Certificate(expires_at=ssl.cert_time_to_seconds(certificate["notAfter"]))
