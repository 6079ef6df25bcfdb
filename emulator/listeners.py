"""The emulator's sockets: one for the AWS API, and one a region for the data plane, all on loopback."""

import errno
import ipaddress
import socket
from contextlib import ExitStack
from dataclasses import dataclass

from emulator.regions import ADDRESSES

_FREE_PORT_ATTEMPTS = 20


class ListenError(Exception):
    """An address cannot be listened on; the message names address, port and reason."""


@dataclass(frozen=True)
class Listeners:
    """Bound sockets with the ports they got."""

    api: socket.socket
    data_plane: tuple[socket.socket, ...]
    control: socket.socket

    @property
    def port(self) -> int:
        """The port of the AWS API."""
        return int(self.api.getsockname()[1])

    @property
    def api_url(self) -> str:
        """Where the AWS API is reached."""
        host, port = self.api.getsockname()
        return f"http://{host}:{port}"

    @property
    def data_plane_port(self) -> int:
        """The port of the data plane, the same on every region's address."""
        return int(self.data_plane[0].getsockname()[1])

    @property
    def control_port(self) -> int:
        """The port of the control interface."""
        return int(self.control.getsockname()[1])


def listen(host: str, port: int, data_plane_port: int, control_port: int) -> Listeners:
    """Bind every address; port 0 picks a free one.

    Raises:
        ListenError: An address is taken, not allowed or not loopback.
    """
    _require_loopback(host)
    with ExitStack() as opened:
        api = opened.enter_context(_bind(host, port))
        data_plane = tuple(opened.enter_context(each) for each in _bind_data_plane(data_plane_port))
        control = opened.enter_context(_bind(host, control_port))
        opened.pop_all()  # all are bound: they stay open
    return Listeners(api, data_plane, control)


def _require_loopback(host: str) -> None:
    try:
        address = ipaddress.IPv4Address(host)
    except ValueError:
        address = None
    if address is None or not address.is_loopback:
        # The root key is public: nobody else may reach it.
        raise ListenError(f"--host must be an IPv4 loopback address such as 127.0.0.1, got {host}")


def _bind_data_plane(port: int) -> list[socket.socket]:
    """Bind one port on every region's address; a free port must be free on all of them."""
    for attempt in range(_FREE_PORT_ATTEMPTS):
        bound: list[socket.socket] = []
        try:
            for address in ADDRESSES.values():
                # Bound by number: a listener that closes for a fault keeps its port only if it was asked for.
                chosen = port or (bound[0].getsockname()[1] if bound else _free_port(address))
                bound.append(_bind(address, chosen))
        except ListenError:
            for each in bound:
                each.close()
            if port or attempt == _FREE_PORT_ATTEMPTS - 1:
                raise
        else:
            return bound
    raise AssertionError("unreachable")


def _free_port(address: str) -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.bind((address, 0))
        return int(probe.getsockname()[1])


def _bind(address: str, port: int) -> socket.socket:
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((address, port))
        # Connections wait in the backlog until the server accepts them, so that "ready" can be said early.
        listener.listen(128)
    except OSError as error:
        listener.close()
        raise ListenError(f"cannot listen on {address}:{port}: {_reason(error)}") from error
    listener.setblocking(False)  # noqa: FBT003 — the standard library's own signature
    return listener


def _reason(error: OSError) -> str:
    match error.errno:
        case errno.EADDRINUSE:
            return "the port is taken; stop its user or choose another port"
        case errno.EACCES:
            return "not permitted; choose a port above 1024"
        case errno.EADDRNOTAVAIL:
            return "this system has no such loopback address"
        case _:
            return error.strerror or str(error)
