"""Sends the head of a response together with the start of its body, where hypercorn sends each on its own.

Terraform's provider (AWS SDK for Go) was seen to close a connection between the two and to repeat a request that had
been served, so that a create fails as "already exists"; with one write it was not. Its own error text was not seen, but
aws-sdk-go-v2 issue 2737 ("use of closed network connection") describes the like.
"""

from collections.abc import Awaitable, Callable
from typing import Any

import h11
from hypercorn.events import RawData
from hypercorn.protocol.h11 import H11Protocol

from emulator.patching import Theirs, wrap

_HEAD = "_emulator_head"


def install() -> None:
    """Make hypercorn's HTTP/1.1 connections write this way."""
    wrap(H11Protocol, "_send_h11_event", with_body)


def with_body(_: object) -> Callable[..., Awaitable[None]]:
    """Return a sender of events that holds a response's head until what follows it."""

    async def send(protocol: Theirs, event: h11.Event) -> None:
        try:
            data = protocol.connection.send(event) or b""
        except h11.LocalProtocolError:
            # The client broke the protocol first: there is nobody to answer any more.
            if protocol.connection.their_state is not h11.ERROR:
                raise
            return
        held: Any = getattr(protocol, _HEAD, b"")
        if isinstance(event, h11.Response):
            setattr(protocol, _HEAD, data)
            return
        setattr(protocol, _HEAD, b"")
        if held or data:  # the end of a body has no bytes of its own, unless it is chunked
            await protocol.send(RawData(data=held + data))

    return send
