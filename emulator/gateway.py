"""The ASGI application: MiniStack with everything it lacks, told which region's listener a request came to."""

from collections.abc import Callable
from pathlib import Path

from ministack import app
from ministack.core import iam_evaluator

from emulator import data_plane, event_sources, function_logs, leading_keys, mends, validation_errors, workers
from emulator.patching import Theirs, wrap
from emulator.regions import region_of_address


class Gateway:
    """Serves the AWS API over HTTP and every region's data plane over HTTPS."""

    def __init__(self, *, directory: Path, ca_file: Path, data_plane_port: int, ready: Callable[[], None]) -> None:
        self._ready = ready
        wrap(app, "pin_request_origin", _secure_origin)
        wrap(iam_evaluator, "pin_request_origin", _secure_origin)
        data_plane.install()
        leading_keys.install()
        function_logs.install()
        event_sources.install()
        mends.install()
        validation_errors.install()
        workers.install(directory, ca_file, data_plane_port)

    async def __call__(self, scope: Theirs, receive: Theirs, send: Theirs) -> None:
        """Serve one request, or the server's start and end."""
        if scope["type"] == "lifespan":
            await app.app(scope, receive, self._announcing(send))
            return
        # Only the data plane speaks TLS, so the scheme tells the listeners apart, and the address the regions.
        is_data_plane = scope.get("scheme") in ("https", "wss")
        data_plane.serving.set(region_of_address(scope["server"][0]) if is_data_plane else None)
        await app.app(scope, receive, send)

    def _announcing(self, send: Theirs) -> Theirs:
        async def announce(message: Theirs) -> None:
            await send(message)
            if message["type"] == "lifespan.startup.complete":
                self._ready()

        return announce


def _secure_origin(original: Callable[..., None]) -> Callable[..., None]:
    def pin(source_ip: str, secure_transport: bool) -> None:  # noqa: ARG001, FBT001 — MiniStack's signature
        # The API's port is plain HTTP, but loopback only: nothing can listen in. Counted as insecure, it would meet
        # the "deny without TLS" policies that belong on every queue and bucket, and Terraform with it.
        original(source_ip, True)  # noqa: FBT003

    return pin
