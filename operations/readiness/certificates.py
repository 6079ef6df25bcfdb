"""Reads certificates as clients see them: served, verified for the host, with their date of expiry; needs no rights."""

import socket
import ssl
from typing import Any

from client.https import trust
from operations.readiness.model import Certificate
from operations.site import Role
from operations.surroundings import Surroundings
from operations.topology.edge import EdgeReader


class Visitor:
    """Shakes hands with the regions' endpoints; `seconds` limits each handshake."""

    def __init__(self, edge: EdgeReader, surroundings: Surroundings, *, seconds: float) -> None:
        self._edge = edge
        self._port = surroundings.port
        self._trust = trust(surroundings.ca_file)
        self._seconds = seconds

    def certificate(self, role: Role, host: str) -> Certificate:
        """Return what a region serves for a host, be it the region's own name or the failover name.

        Raises:
            OSError: The region is not reached.
        """
        with socket.create_connection((self._edge.address_of(role), self._port), self._seconds) as connected:
            try:
                with self._trust.wrap_socket(connected, server_hostname=host) as secured:
                    certificate: Any = secured.getpeercert()
            except ssl.SSLCertVerificationError as refused:
                return Certificate(expires_at=0.0, problem=refused.verify_message)
        return Certificate(expires_at=ssl.cert_time_to_seconds(certificate["notAfter"]))
