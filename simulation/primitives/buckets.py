"""S3 buckets of two regions that replicate to each other."""

import random
from collections.abc import Callable
from typing import Any

from simulation.kernel.loop import Kernel
from simulation.primitives.errors import aws_error
from simulation.primitives.network import Network
from simulation.primitives.service import Answer, Request, Service

_LAG = (1.0, 20.0)
_RETRY_SECONDS = 30.0


class Bucket(Service):
    """One region's bucket; the last version of each object."""

    name = "s3"
    writes = frozenset({"put_object"})
    throttled_code = "SlowDown"
    seconds = (0.01, 0.06)

    def __init__(self, kernel: Kernel, network: Network, place: str, random_: random.Random) -> None:
        super().__init__(place, random_)
        self.objects: dict[str, bytes] = {}
        self.peer: Bucket | None = None
        self.observers: list[Callable[[str, bytes], object]] = []
        self._kernel = kernel
        self._network = network

    def do_put_object(self, request: Request) -> Answer:
        """Write one object and replicate it."""
        body: Any = request["Body"]
        content = body if isinstance(body, bytes) else str(body).encode()
        self.objects[request["Key"]] = content
        for observer in self.observers:
            observer(request["Key"], content)
        self._kernel.after(self.random.uniform(*_LAG), self._replicate, request["Key"], content)
        return {}

    def do_get_object(self, request: Request) -> Answer:
        """Read one object; `Body` is the content itself."""
        if request["Key"] not in self.objects:
            raise aws_error("NoSuchKey", "get_object")
        return {"Body": self.objects[request["Key"]]}

    def do_list_objects_v2(self, request: Request) -> Answer:
        """List the objects below a prefix, all at once."""
        keys = sorted(key for key in self.objects if key.startswith(request.get("Prefix", "")))
        return {"Contents": [{"Key": key, "Size": len(self.objects[key])} for key in keys], "IsTruncated": False}

    def _replicate(self, key: str, content: bytes) -> None:
        peer = self.peer
        if peer is None:
            return
        if self._network.passes(self.place, peer.place):
            peer.objects[key] = content
        else:
            self._kernel.after(_RETRY_SECONDS, self._replicate, key, content)
