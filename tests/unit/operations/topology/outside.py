"""The outside of a site, without sockets: pages by URL and addresses by name."""

from collections.abc import Mapping, Sequence

from client.https import NotReachedError, Response
from contract.outputs import CheckName
from operations.endpoints import EndpointSettings
from operations.topology.asking import UnknownError
from operations.topology.edge import EdgeReader, _Answer
from tests.unit.operations.fakes import FakeAws
from tests.unit.operations.plans.topologies import SITE

CHECKED = SITE.model_copy(update={"health_check_ids": {name: name.value for name in CheckName}})


class Outside(EdgeReader):
    """What is in neither table is not reached, and has no address."""

    def __init__(
        self,
        *,
        pages: Mapping[str, Response] | None = None,
        names: Mapping[str, str] | None = None,
        aws: FakeAws | None = None,
    ) -> None:
        super().__init__(CHECKED, aws or FakeAws(), EndpointSettings(nameserver=("127.0.0.1", 1)), seconds=1)
        self._pages, self._names = pages or {}, names or {}

    def _get(self, url: str, *, addresses: Sequence[str] = ()) -> Response:
        if url not in self._pages:
            raise NotReachedError(url)
        return self._pages[url]

    def _resolve(self, host: str) -> _Answer:
        if host not in self._names:
            raise UnknownError(f"{host} has no address")
        return _Answer((self._names[host],), 60.0)
