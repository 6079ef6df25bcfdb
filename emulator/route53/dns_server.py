"""The DNS server's sockets: UDP and TCP on one loopback address, the same port for both."""

import asyncio
import contextlib
import socket
from collections.abc import Callable
from dataclasses import dataclass
from typing import cast

from emulator.listeners import ListenError
from emulator.route53.messages import Resolve, respond

_FREE_PORT_ATTEMPTS = 20
_IDLE_SECONDS = 10
"""How long a TCP client may say nothing, in real seconds."""


@dataclass(frozen=True)
class DnsSockets:
    """Bound sockets."""

    udp: socket.socket
    tcp: socket.socket

    @property
    def port(self) -> int:
        """The port of both."""
        return int(self.udp.getsockname()[1])


def bind(host: str, port: int) -> DnsSockets:
    """Bind a port for UDP and TCP; port 0 picks one that is free for both.

    Raises:
        ListenError: The port is taken or not permitted.
    """
    for attempt in range(_FREE_PORT_ATTEMPTS):
        udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        tcp = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        tcp.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            udp.bind((host, port))
            tcp.bind((host, udp.getsockname()[1]))
            tcp.listen(128)
        except OSError as error:
            udp.close()
            tcp.close()
            if port or attempt == _FREE_PORT_ATTEMPTS - 1:
                raise ListenError(f"cannot serve DNS on {host}:{port}: {error.strerror}") from error
        else:
            udp.setblocking(False)  # noqa: FBT003 — the standard library's own signature
            tcp.setblocking(False)  # noqa: FBT003
            return DnsSockets(udp, tcp)
    raise AssertionError("unreachable")


class DnsServer:
    """Answers queries until it is cancelled."""

    name = "dns"

    def __init__(self, *, sockets: DnsSockets, resolve: Resolve, report: Callable[[str], None]) -> None:
        self._sockets = sockets
        self._resolve = resolve
        self._report = report

    async def run(self) -> None:
        """Serve on both sockets."""
        loop = asyncio.get_running_loop()
        transport, _ = await loop.create_datagram_endpoint(lambda: _Udp(self._over_udp), sock=self._sockets.udp)
        try:
            server = await asyncio.start_server(self._over_tcp, sock=self._sockets.tcp)
            async with server:
                await server.serve_forever()
        finally:
            transport.close()

    def _over_udp(self, packet: bytes) -> bytes | None:
        return respond(packet, self._resolve, self._report, udp=True)

    async def _over_tcp(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one client's queries; each is preceded by its length (RFC 7766)."""
        with contextlib.suppress(OSError, TimeoutError, asyncio.IncompleteReadError):
            while True:
                async with asyncio.timeout(_IDLE_SECONDS):
                    length = int.from_bytes(await reader.readexactly(2), "big")
                    packet = await reader.readexactly(length)
                answer = respond(packet, self._resolve, self._report, udp=False)
                if answer is None:
                    break
                writer.write(len(answer).to_bytes(2, "big") + answer)
                await writer.drain()
        writer.close()


class _Udp(asyncio.DatagramProtocol):
    def __init__(self, respond_to: Callable[[bytes], bytes | None]) -> None:
        self._respond_to = respond_to
        self._transport: asyncio.DatagramTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.DatagramTransport", transport)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        answer = self._respond_to(data)
        if answer is not None and self._transport is not None:
            self._transport.sendto(answer, addr)
