"""TLS for the data plane: a local certificate authority that issues a certificate for whatever name is asked."""

import ssl
from functools import lru_cache
from pathlib import Path

import trustme

from emulator.regions import ADDRESSES


class Certificates:
    """A certificate authority that exists for one run of the emulator; clients trust `ca_file`."""

    def __init__(self, directory: Path) -> None:
        self._authority = trustme.CA(organization_name="Emulated AWS")
        self._context_for = lru_cache(maxsize=256)(self._issue)
        self.ca_file = directory / "ca.pem"
        self._authority.cert_pem.write_to_path(str(self.ca_file))

    def server_context(self) -> ssl.SSLContext:
        """Return the listeners' TLS context: custom domains are not known at start, so SNI decides.

        A client that sends no server name, as when it connects by address, gets the addresses' certificate.
        """
        context = self._issue(*ADDRESSES.values(), "localhost")
        context.sni_callback = self._choose
        return context

    def _choose(self, connection: ssl.SSLObject | ssl.SSLSocket, name: str | None, _: ssl.SSLContext) -> int | None:
        if name is None:
            return None
        try:
            connection.context = self._context_for(name.lower())
        except ValueError:  # no host name at all, such as an empty label
            return int(ssl.AlertDescription.ALERT_DESCRIPTION_UNRECOGNIZED_NAME)
        return None

    def _issue(self, *names: str) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2  # FACTS 3.6
        context.set_alpn_protocols(["http/1.1"])
        context.num_tickets = 0  # a fifth of what a handshake costs, to be resumed: no client here does
        self._authority.issue_cert(*names).configure_cert(context)
        return context
