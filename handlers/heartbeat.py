"""Entry point of the heartbeat, every minute in each region; the other region watches its age (FACTS 1.3).

IAM: dynamodb:PutItem on `control#heartbeat#<own region>` of the own region's replica.
"""

from collections.abc import Mapping
from functools import cache, partial
from typing import Any

from handlers.clients import client
from handlers.control import put_heartbeat
from handlers.environment import Variable
from handlers.runtime import Clock, Context, prepare, variable


def handler(_event: Mapping[str, Any], _context: Context) -> None:
    """Write one heartbeat; an error is Lambda's to report."""
    _beat()(now=Clock().wall())


@cache
def _beat() -> partial[None]:
    region = variable(Variable.REGION)
    return partial(
        put_heartbeat,
        client("dynamodb", region),
        variable(Variable.TABLE_NAME),
        region,
        release=variable(Variable.RELEASE),
    )


prepare(_beat)
