"""Which objects of the shipped code are replaced, and by what."""

import dataclasses
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from importlib import import_module
from typing import Any
from uuid import UUID, uuid4

import handlers.clients
import handlers.runtime
import handlers.telemetry
import handlers.tickers.probe
from contract.environment import HANDLERS
from handlers.writer.item import Writer
from simulation.kernel.loop import current_process
from simulation.patching import patched
from simulation.primitives.sdk import SdkClient
from simulation.shipped.health_probe import SimulatedHealthProbe
from simulation.shipped.hosts import BRIEF, PROBE, current_host
from simulation.shipped.process_threads import ProcessThreads
from simulation.shipped.recorded_telemetry import RecordedTelemetry
from simulation.shipped.replacing import Replacements, replaced


@contextmanager
def simulated() -> Iterator[None]:
    """Replace what the shipped code takes from outside by what the current process's host has."""
    for handler in HANDLERS.values():  # only what is loaded can be replaced
        import_module(handler.rpartition(".")[0])
    replacements: Replacements = [
        (handlers.clients.client, lambda service, region: current_host().client(service, region)),
        (handlers.clients.probe_client, lambda region: current_host().client("dynamodb", region, PROBE)),
        (handlers.clients.brief_client, _brief_client),
        (handlers.clients.guard_writes, _guard_writes),
        (handlers.runtime.variable, _variable),
        (handlers.runtime.in_background, _in_background),
        (handlers.runtime.Clock, lambda: current_host().clock),
        (handlers.telemetry.Telemetry, lambda *_, **__: RecordedTelemetry(current_process(), current_host().history)),
        (handlers.tickers.probe.HealthProbe, SimulatedHealthProbe),
        (dataclasses.replace, _replace),
        (uuid4, lambda: UUID(int=current_host().random.getrandbits(128), version=4)),
        (ThreadPoolExecutor, ProcessThreads),
    ]
    with replaced(replacements), patched(Writer, from_item=_remembered(Writer.from_item)):
        yield


def _brief_client(service: str, region: str) -> "SdkClient | _EventBus":
    return _EventBus() if service == "events" else current_host().client(service, region, BRIEF)


class _EventBus:
    """Takes every event at once: nothing here listens, and no later step rests on one."""

    def put_events(self, **_: object) -> dict[str, object]:
        return {"FailedEntryCount": 0, "Entries": []}


def _variable(name: str) -> str:
    value = current_host().variables.get(name, "")
    if not value:
        raise handlers.runtime.EnvironmentVariableError(f"environment variable {name} is not set")
    return value


def _in_background(work: Callable[[], None]) -> None:
    current_process().spawn(work)


def _guard_writes(client: SdkClient, check: Callable[[], None], *, operation: str = "PutItem") -> None:
    snake = "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in operation).lstrip("_")
    client.guards.append((snake, check))


def _remembered(read: Callable[[Any], Writer]) -> Callable[[Any], Writer]:
    """Return a function that reads each item once: nothing changes an item, nor what it says."""
    known: dict[int, tuple[object, Writer]] = {}

    def remembered(item: Any) -> Writer:  # noqa: ANN401 -- as DynamoDB writes it
        found = known.get(id(item))
        if found is None:
            found = known[id(item)] = item, read(item)  # the item is kept: its id stays its own
        return found[1]

    return remembered


def _replace(before: Any, /, **changes: Any) -> Any:  # noqa: ANN401 -- as dataclasses.replace
    """Do what `dataclasses.replace` does, several times faster, for dataclasses that check nothing when made."""
    kind = type(before)
    is_plain = _PLAIN.get(kind)
    if is_plain is None:
        is_plain = _PLAIN[kind] = hasattr(before, "__dict__") and not hasattr(kind, "__post_init__")
    if is_plain:
        known = before.__dict__
        fields = {**known, **changes}
        if len(fields) == len(known):
            after = object.__new__(kind)
            object.__setattr__(after, "__dict__", fields)  # twice as fast as to fill the one that it has
            return after
    return dataclasses.replace(before, **changes)  # which says what is wrong


_PLAIN: dict[type, bool] = {}
