"""A response's head travels with its body."""

import asyncio
from types import SimpleNamespace

import h11
from hypercorn.events import RawData

from emulator.single_write import with_body


def written(request: bytes, *events: h11.Event) -> list[bytes]:
    """Let a server answer a request with events; return what it wrote, write by write."""
    writes: list[bytes] = []

    async def write(event: RawData) -> None:
        writes.append(event.data)

    connection = h11.Connection(h11.SERVER)
    connection.receive_data(request)
    while connection.next_event() is not h11.PAUSED and connection.their_state is h11.SEND_BODY:
        pass
    protocol = SimpleNamespace(connection=connection, send=write)
    send = with_body(None)

    async def answer() -> None:
        for event in events:
            await send(protocol, event)

    asyncio.run(answer())
    return writes


GET = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
OK = h11.Response(status_code=200, headers=[("Content-Length", "4")])


def test_head_and_body_are_one_write() -> None:
    writes = written(GET, OK, h11.Data(data=b"body"), h11.EndOfMessage())
    assert writes[0].startswith(b"HTTP/1.1 200")
    assert writes[0].endswith(b"\r\n\r\nbody")
    assert b"".join(writes[1:]) == b""


def test_the_rest_of_a_body_follows_at_once() -> None:
    writes = written(GET, OK, h11.Data(data=b"bo"), h11.Data(data=b"dy"), h11.EndOfMessage())
    assert [write[-2:] for write in writes[:2]] == [b"bo", b"dy"]


def test_an_empty_response_is_written_at_its_end() -> None:
    writes = written(GET, h11.Response(status_code=204, headers=[]), h11.EndOfMessage())
    assert len(writes) == 1
    assert writes[0].startswith(b"HTTP/1.1 204")
