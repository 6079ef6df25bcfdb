"""What interrupts a drill, and what nothing interrupts."""

import os
import signal
from collections.abc import Iterator

import pytest

from operations import signals

ALL = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@pytest.fixture(autouse=True)
def _defaults() -> Iterator[None]:
    before = {each: signal.signal(each, signal.SIG_DFL) for each in ALL[1:]}
    yield
    for each, handler in before.items():
        signal.signal(each, handler)


@pytest.mark.parametrize("sent", [signal.SIGTERM, signal.SIGHUP])
def test_a_connection_that_breaks_is_a_ctrl_c(sent: signal.Signals) -> None:
    signals.taken_for_ctrl_c()
    with pytest.raises(KeyboardInterrupt):
        os.kill(os.getpid(), sent)


def test_nohup_lets_it_go_on() -> None:
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    signals.taken_for_ctrl_c()
    os.kill(os.getpid(), signal.SIGHUP)


@pytest.mark.parametrize("sent", ALL)
def test_the_way_back_hears_none(sent: signal.Signals) -> None:
    signals.taken_for_ctrl_c()
    before = signal.getsignal(sent)
    with signals.ignored():
        os.kill(os.getpid(), sent)
    assert signal.getsignal(sent) is before


def test_second_hang_up_is_ignored() -> None:
    signals.taken_for_ctrl_c()
    with pytest.raises(KeyboardInterrupt):
        os.kill(os.getpid(), signal.SIGHUP)
    os.kill(os.getpid(), signal.SIGHUP)
