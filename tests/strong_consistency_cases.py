"""What multi-Region strong consistency promises, as cases that every model of it must pass (FACTS 1.10).

A case is a list of steps, each with what it is expected to bring about. The emulator's rules, a running emulator and
any other model of the same table, with replicas in PRIMARY and STANDBY and a witness in WITNESS, are held to this list.
"""

from collections.abc import Sequence
from typing import Final

from tests.strong_consistency_steps import (
    CatchUp,
    Cut,
    Down,
    Heal,
    Read,
    StrongOutcome,
    StrongStep,
    Up,
    Write,
    WriteAtOnce,
)

PRIMARY: Final = "us-east-1"
STANDBY: Final = "us-east-2"
WITNESS: Final = "us-west-2"

_NO: Final = StrongOutcome.UNAVAILABLE
_ISOLATE_PRIMARY: Final = (Cut(PRIMARY, STANDBY), Cut(PRIMARY, WITNESS))
_RETURN_PRIMARY: Final = (Heal(PRIMARY, STANDBY), Heal(PRIMARY, WITNESS))

CASES: Final[dict[str, Sequence[StrongStep]]] = {
    "a write is read strongly in the other region": (
        Write(PRIMARY, "a", "1"),
        Read(STANDBY, "a", "1"),
        Write(STANDBY, "a", "2"),
        Read(PRIMARY, "a", "2"),
    ),
    "what was never written is not there": (Read(PRIMARY, "a", None), Read(STANDBY, "a", None, strongly=False)),
    "a condition sees the latest value of the other region": (
        Write(PRIMARY, "a", "1", only_if_absent=True),
        Write(STANDBY, "a", "2", only_if_absent=True, expected=StrongOutcome.CONDITION_FAILED),
        Write(STANDBY, "a", None),
        Write(PRIMARY, "a", "3", only_if_absent=True),
        Read(STANDBY, "a", "3"),
    ),
    "an item that is being written elsewhere is in conflict, and can be written afterwards": (
        WriteAtOnce("a", ((PRIMARY, "1"), (STANDBY, "2"))),
        Write(STANDBY, "a", "3"),
        Read(PRIMARY, "a", "3"),
    ),
    "without the witness all goes on": (
        Down(WITNESS),
        Write(PRIMARY, "a", "1"),
        Read(STANDBY, "a", "1"),
        Up(WITNESS),
        Write(STANDBY, "a", "2"),
        Read(PRIMARY, "a", "2"),
    ),
    "with the witness alone a replica goes on": (
        Down(STANDBY),
        Write(PRIMARY, "a", "1"),
        Read(PRIMARY, "a", "1"),
    ),
    "replicas that do not reach each other go on by the witness": (
        Cut(PRIMARY, STANDBY),
        Write(PRIMARY, "a", "1"),
        Read(STANDBY, "a", "1"),
        Write(STANDBY, "a", "2"),
        Read(PRIMARY, "a", "2"),
    ),
    "an isolated replica answers eventually consistent reads with old truths, and nothing else": (
        Write(PRIMARY, "a", "1"),
        *_ISOLATE_PRIMARY,
        Read(PRIMARY, "a", "1", strongly=False),
        Read(PRIMARY, "a", _NO),
        Write(PRIMARY, "a", "2", expected=_NO),
        Write(PRIMARY, "b", "2", only_if_absent=True, expected=_NO),
        Write(STANDBY, "a", "3"),
        Read(PRIMARY, "a", "1", strongly=False),
        Read(STANDBY, "a", "3"),
        Write(STANDBY, "a", None),
        Read(PRIMARY, "a", "1", strongly=False),
    ),
    "a returning replica serves strongly once it has caught up": (
        Write(PRIMARY, "a", "1"),
        *_ISOLATE_PRIMARY,
        Write(STANDBY, "a", "2"),
        Write(STANDBY, "b", "3"),
        *_RETURN_PRIMARY,
        Read(PRIMARY, "a", _NO),
        Write(PRIMARY, "a", "4", expected=_NO),
        Read(PRIMARY, "a", "1", strongly=False),
        CatchUp(),
        Read(PRIMARY, "a", "2"),
        Read(PRIMARY, "b", "3", strongly=False),
        Write(PRIMARY, "a", "4"),
        Read(STANDBY, "a", "4"),
    ),
    "one way back to the witness is enough to return": (
        *_ISOLATE_PRIMARY,
        Write(STANDBY, "a", "1"),
        Heal(PRIMARY, WITNESS),
        Read(PRIMARY, "a", _NO),
        CatchUp(),
        Read(PRIMARY, "a", "1"),
        Write(PRIMARY, "a", "2"),
        Read(STANDBY, "a", "2"),
    ),
    "what was deleted meanwhile is gone once a replica has caught up": (
        Write(PRIMARY, "a", "1"),
        *_ISOLATE_PRIMARY,
        Write(STANDBY, "a", None),
        *_RETURN_PRIMARY,
        CatchUp(),
        Read(PRIMARY, "a", None, strongly=False),
        Write(PRIMARY, "a", "2", only_if_absent=True),
    ),
    "a replica that is cut off while it catches up is isolated, and begins anew": (
        *_ISOLATE_PRIMARY,
        Write(STANDBY, "a", "1"),
        *_RETURN_PRIMARY,
        Read(PRIMARY, "a", _NO),
        *_ISOLATE_PRIMARY,
        CatchUp(),
        Read(PRIMARY, "a", _NO),
        Read(PRIMARY, "a", None, strongly=False),
        *_RETURN_PRIMARY,
        Read(PRIMARY, "a", _NO),
        CatchUp(),
        Read(PRIMARY, "a", "1"),
    ),
    "a replica whose region was lost returns as one that was isolated": (
        Down(STANDBY),
        Write(PRIMARY, "a", "1"),
        Up(STANDBY),
        Read(STANDBY, "a", _NO),
        Read(STANDBY, "a", None, strongly=False),
        CatchUp(),
        Read(STANDBY, "a", "1"),
    ),
    "without two members nothing is committed": (
        Write(PRIMARY, "a", "1"),
        Down(STANDBY),
        Down(WITNESS),
        Write(PRIMARY, "a", "2", expected=_NO),
        Read(PRIMARY, "a", _NO),
        Read(PRIMARY, "a", "1", strongly=False),
        Up(WITNESS),
        Read(PRIMARY, "a", _NO),
        CatchUp(),
        Read(PRIMARY, "a", "1"),
        Write(PRIMARY, "a", "2", only_if_absent=True, expected=StrongOutcome.CONDITION_FAILED),
    ),
    "three members that do not reach one another commit nothing": (
        Cut(PRIMARY, STANDBY),
        Cut(PRIMARY, WITNESS),
        Cut(STANDBY, WITNESS),
        Write(PRIMARY, "a", "1", expected=_NO),
        Write(STANDBY, "a", "2", expected=_NO),
        Heal(STANDBY, WITNESS),
        CatchUp(),
        Write(STANDBY, "a", "3", only_if_absent=True),
        Read(PRIMARY, "a", _NO),
    ),
    "a way that is cut in one direction carries nothing": (
        Cut(PRIMARY, STANDBY, one_way=True),
        Cut(WITNESS, PRIMARY, one_way=True),
        Write(PRIMARY, "a", "1", expected=_NO),
        Write(STANDBY, "a", "2"),
        Read(PRIMARY, "a", None, strongly=False),
    ),
    "nothing that was committed is lost when members are lost one after the other": (
        Down(WITNESS),
        Write(PRIMARY, "a", "1"),
        Up(WITNESS),
        Down(PRIMARY),
        Read(STANDBY, "a", "1"),
        Write(STANDBY, "a", "2"),
        Up(PRIMARY),
        CatchUp(),
        Down(STANDBY),
        Read(PRIMARY, "a", "2"),
        Write(PRIMARY, "a", "3"),
        Up(STANDBY),
        CatchUp(),
        Read(STANDBY, "a", "3"),
    ),
    "items are independent of one another": (
        Write(PRIMARY, "a", "1"),
        Write(STANDBY, "b", "2"),
        Read(STANDBY, "a", "1"),
        Read(PRIMARY, "b", "2"),
    ),
}
"""Every case by what it shows."""
