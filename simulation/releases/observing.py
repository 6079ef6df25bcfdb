"""Writes down what happens to releases: the item, aliases, stages, and the requests that new versions end."""

from contract.environment import RELEASE_KEY, TICKER_PREFIX, Function
from simulation.kernel.process import Process
from simulation.primitives.api_deployments import StageChange
from simulation.primitives.functions import FIRST_VERSION, EndedInvocation
from simulation.primitives.strong_table import StrongChange
from simulation.primitives.versions import AliasChange
from simulation.release_history import PayerRequest, ReleasePeriod, TrafficMove
from simulation.world import World

_INTERNAL_ERROR = 500


def observe_releases(world: World) -> None:
    """Have the world's history told of everything."""
    observer = _Observer(world)
    world.consensus.observers.append(observer.item_changed)
    for region in world.regions.values():
        region.releases.aliases.observers.append(observer.alias_moved)
        region.releases.deployments.observers.append(observer.stage_moved)
        region.releases.logs.ended = observer.request_ended
        for pool in region.pools.values():
            pool.log = region.releases.logs


class _Observer:
    def __init__(self, world: World) -> None:
        self._history = world.history
        self._releases = world.history.releases

    def item_changed(self, change: StrongChange) -> None:
        if change.key.startswith(TICKER_PREFIX):
            self._ticker_beats(change)
        if change.key != RELEASE_KEY:
            return
        now, item, old, releases = self._history.now(), change.new, change.old or {}, self._releases
        id_ = item["id"]["S"]
        if item["beat"] != old.get("beat") or id_ != old.get("id", {}).get("S"):
            releases.beats.setdefault(id_, []).append(now)
        if item.get("step") != old.get("step"):
            self._history.note(f"release step {item['step']['S']}")
        if any(item[name] != old.get(name) for name in ("id", "driver", "state")):
            texts = {name: item[name]["S"] for name in ("id", "state", "driver", "before", "after", "by")}
            process = _name(change.process)
            releases.periods.append(ReleasePeriod(now, **texts, epoch=int(item["epoch"]["N"]), process=process))

    def _ticker_beats(self, change: StrongChange) -> None:
        process, is_first = change.process, change.old is None or change.new["run"] != change.old["run"]
        if process is not None and process.version != FIRST_VERSION and not is_first:  # a claim is no beat
            key = (process.place, process.version)
            self._releases.ticker_beats.setdefault(key, []).append(self._history.now())

    def alias_moved(self, change: AliasChange) -> None:
        function = change.function.partition(f"-{change.place}")[0]
        self._moved(change.place, function, change.version, change.other, change.share, change.process)

    def stage_moved(self, change: StageChange) -> None:
        self._moved(change.place, "api", change.deployment, "", 0.0, change.process)

    def _moved(self, place: str, target: str, version: str, other: str, share: float, process: Process | None) -> None:
        now = self._history.now()
        self._releases.moves.append(TrafficMove(now, place, target, version, other, share, _name(process)))

    def request_ended(self, process: Process, ended: EndedInvocation) -> None:
        if process.version == FIRST_VERSION or not process.name.startswith(f"{Function.PAYMENT_API}@"):
            return
        is_payment = str(ended.event.get("resource", "")).startswith("/payment")
        failed = ended.why is not None or ended.result["statusCode"] == _INTERNAL_ERROR
        now = self._history.now()
        self._releases.served.append(PayerRequest(now, process.place, process.version, is_payment, failed))


def _name(process: Process | None) -> str:
    return process.name if process is not None else ""
