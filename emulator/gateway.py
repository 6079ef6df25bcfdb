"""The ASGI application: MiniStack, told which region's listener a request came to, with the emulator's parts around."""

import json
import sys
from collections.abc import Callable

from ministack import app

from emulator.apigateway import data_plane
from emulator.background_tasks import Parts
from emulator.outage import RequestFaults
from emulator.patching import Theirs
from emulator.regions import region_of_address


class Gateway:
    """Serves the AWS API over HTTP and every region's data plane over HTTPS."""

    def __init__(self, *, outage: RequestFaults, parts: Parts, ready: Callable[[], None]) -> None:
        self._outage = outage
        self._parts = parts
        self._ready = ready

    async def __call__(self, scope: Theirs, receive: Theirs, send: Theirs) -> None:
        """Serve one request, or the server's start and end."""
        if scope["type"] == "lifespan":
            await app.app(scope, self._ending(receive), self._announcing(send))
            return
        # Only the data plane speaks TLS, so the scheme tells the listeners apart, and the address the regions.
        is_data_plane = scope.get("scheme") in ("https", "wss")
        data_plane.serving.set(region_of_address(scope["server"][0]) if is_data_plane else None)
        if scope["type"] == "http":
            await self._serve_http(scope, receive, send)
        else:
            await self._outage.serve(scope, receive, send)

    async def _serve_http(self, scope: Theirs, receive: Theirs, send: Theirs) -> None:
        answered = False

        async def answer(message: Theirs) -> None:
            nonlocal answered
            answered = True
            await send(message)

        try:
            await self._outage.serve(scope, receive, answer)
        except Exception as error:  # whatever a malformed request upsets in MiniStack is that request's affair
            if answered:
                raise
            malformed = isinstance(error, ValueError)  # undecodable text among others
            if not malformed:
                failed = f"{scope['method']} {scope['path']} failed: {type(error).__name__}: {error}"
                print("emulator:", *failed.split(), file=sys.stderr, flush=True)  # one line, whatever was in it
            status, code = (400, "SerializationException") if malformed else (500, "InternalFailure")
            body = json.dumps({"__type": code, "message": str(error)}).encode()
            headers = [(b"content-type", b"application/x-amz-json-1.0"), (b"x-amzn-errortype", code.encode())]
            await send({"type": "http.response.start", "status": status, "headers": headers})
            await send({"type": "http.response.body", "body": body})

    def _announcing(self, send: Theirs) -> Theirs:
        async def announce(message: Theirs) -> None:
            await send(message)
            if message["type"] == "lifespan.startup.complete":
                self._parts.start()
                self._ready()

        return announce

    def _ending(self, receive: Theirs) -> Theirs:
        async def end() -> Theirs:
            message = await receive()
            if message["type"] == "lifespan.shutdown":
                await self._parts.stop()
            return message

        return end
