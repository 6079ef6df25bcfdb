"""Faults of whole places and of what connects them."""

import random

from simulation.kernel.process import Process
from simulation.nemesis.faults import Fault, fault_kind, serving
from simulation.primitives.network import OUTSIDE
from simulation.world import PRIMARY, REGIONS, STANDBY, WITNESS, World

MEMBERS = (*REGIONS, WITNESS)


@fault_kind(weight=3)
def region_loss(world: World, draw: random.Random) -> Fault:
    """A region is lost with everything that runs in it, or stands still as a whole and goes on later."""
    return losing(world, draw.choice(MEMBERS), stands_still=draw.random() < 0.25)  # noqa: PLR2004


@fault_kind(weight=0)
def primary_loss(world: World, _: random.Random) -> Fault:
    """The primary is lost."""
    return losing(world, PRIMARY)


@fault_kind(weight=0)
def standby_loss(world: World, _: random.Random) -> Fault:
    """The standby is lost."""
    return losing(world, STANDBY)


@fault_kind(weight=0)
def owner_loss(world: World, _: random.Random) -> Fault:
    """The region is lost that owns the writer, whichever it is by then."""
    return losing(world, world.history.writer[-1].region if world.history.writer else PRIMARY)


@fault_kind(weight=3)
def isolation(world: World, draw: random.Random) -> Fault:
    """A region lives and is cut off from the other regions, perhaps from the outside too."""
    place = draw.choice(MEMBERS)
    others = [other for other in MEMBERS if other != place]
    if draw.random() < 0.5:  # noqa: PLR2004
        others += OUTSIDE
    cuts = [(place, other) for other in others] + [(other, place) for other in others]
    return cutting(world, f"{place} is cut off from {', '.join(others)}", (place,), cuts)


@fault_kind(weight=2)
def partition(world: World, draw: random.Random) -> Fault:
    """Two regions do not reach each other, or one does not reach the other."""
    one, other = draw.sample(MEMBERS, 2)
    cuts = [(one, other)]
    if draw.random() < 0.7:  # noqa: PLR2004
        cuts.append((other, one))
    arrow = "<->" if len(cuts) > 1 else "->"
    return cutting(world, f"{one} {arrow} {other} is cut", (one, other), cuts)


@fault_kind(weight=2)
def quorum_loss(world: World, draw: random.Random) -> Fault:
    """No two of the three regions reach each other, though all live; or two of them are lost."""
    if draw.random() < 0.5:  # noqa: PLR2004
        cuts = [(one, other) for one in MEMBERS for other in MEMBERS if one != other]
        return cutting(world, "all regions are cut off from each other", MEMBERS, cuts)
    losses = [losing(world, place) for place in draw.sample(MEMBERS, 2)]

    def begin() -> None:
        for loss in losses:
            loss.begin()

    def end() -> None:
        for loss in losses:
            loss.end()

    touches = tuple(place for loss in losses for place in loss.touches)
    return Fault(" and ".join(loss.text for loss in losses), touches, begin, end)


@fault_kind()
def front_cut(world: World, draw: random.Random) -> Fault:
    """Clients do not reach a region, or its answers do not reach them."""
    place = draw.choice(REGIONS)
    outsides = draw.choice((OUTSIDE, OUTSIDE[:1], OUTSIDE[1:]))
    there = [(outside, place) for outside in outsides]
    back = [(place, outside) for outside in outsides]
    cuts = draw.choice((there + back, there, back))
    return cutting(world, f"{place} is cut off from {', '.join(outsides)}", (place,), cuts)


@fault_kind(weight=2)
def black_hole(world: World, draw: random.Random) -> Fault:
    """Functions of a region live, and what they send to AWS there gets lost, or the answers do."""
    place = serving(world, draw)
    return cutting(world, f"{place} is a black hole for its own functions", (place,), [(place, place)])


@fault_kind()
def bad_link(world: World, draw: random.Random) -> Fault:
    """A link loses or delays what it carries."""
    one, other = draw.sample((*MEMBERS, *OUTSIDE), 2)
    link = world.network.link
    loss, delay = draw.uniform(0.1, 0.9), draw.choice((0.0, 0.3, 3.0, 10.0))

    def begin() -> None:
        link(one, other).loss, link(one, other).delay = loss, (0.0, delay)
        world.network.changed()

    def end() -> None:
        link(one, other).loss, link(one, other).delay = 0.0, (0.0, 0.0)
        world.network.changed()

    return Fault(f"{one} -> {other} loses {loss:.0%} and delays by {delay} s", (one, other), begin, end)


def losing(world: World, place: str, *, stands_still: bool = False) -> Fault:
    """Return the fault that takes a place away with everything that runs in it, or makes it stand still."""
    pools = list(world.regions[place].pools.values()) if place in world.regions else []
    frozen: list[Process] = []

    def begin() -> None:
        world.network.down[place] = world.network.down.get(place, 0) + 1
        for pool in pools:
            if stands_still:
                frozen.extend(pool.freeze())
            else:
                pool.kill()
        world.network.changed()

    def end() -> None:
        world.network.down[place] -= 1
        if not world.network.down[place]:
            del world.network.down[place]
        for process in frozen:
            process.resume()
        world.network.changed()

    return Fault(f"{place} {'stands still' if stands_still else 'is lost'}", (place,), begin, end)


def cutting(world: World, text: str, touches: tuple[str, ...], cuts: list[tuple[str, str]]) -> Fault:
    """Return the fault that cuts links, each from one place to another."""
    network = world.network

    def begin() -> None:
        for ends in cuts:
            network.link(*ends).cuts += 1
        network.changed()

    def end() -> None:
        for ends in cuts:
            network.link(*ends).cuts -= 1
        network.changed()

    return Fault(text, touches, begin, end)
