"""How a ticker tries something: what fails is logged, and the tick goes on."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from botocore.exceptions import BotoCoreError, ClientError

from handlers.telemetry import Telemetry
from handlers.tickers.memory import SupersededRunError


@dataclass
class TickerAttempt:
    """Something that a ticker has tried."""

    failed: bool = False


@contextmanager
def attempting(telemetry: Telemetry, what: str) -> Iterator[TickerAttempt]:
    """Log what fails.

    Raises:
        SupersededRunError: A newer run is the active one, which is no failure.
    """
    attempt = TickerAttempt()
    try:
        yield attempt
    except SupersededRunError:
        raise
    except (BotoCoreError, ClientError) as error:
        attempt.failed = True
        telemetry.warn(f"failed: {what}", error)
    except Exception as error:  # noqa: BLE001 -- the ticker lives on, whatever a tick meets
        attempt.failed = True
        telemetry.fail(f"failed: {what}", error)
