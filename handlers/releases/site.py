"""Where a release happens: the control table that says what is under way, and what each region has to move."""

from dataclasses import dataclass

from handlers.clients import TableClient
from handlers.releases.item import Release, read_release
from handlers.releases.targets import ReleaseClients, ReleaseTargets


@dataclass(frozen=True)
class ReleaseSite:
    """Where a release happens: the control table by a client of a region that answers, the targets, their clients."""

    client: TableClient
    control_table: str
    targets: ReleaseTargets
    clients: ReleaseClients

    def read(self) -> Release | None:
        """Read the release item."""
        return read_release(self.client, self.control_table)
