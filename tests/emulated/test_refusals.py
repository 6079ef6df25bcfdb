"""What each role may not do; what it may do stands beside it, so that a refusal is for want of that right alone."""

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

import pytest
from botocore.credentials import Credentials

from handlers.environment import Function
from tests.emulated.attempts import Attempt, delete, get, on_bucket, on_queue, on_table, put, update
from tests.emulated.site import PRIMARY, STANDBY, Aws, Site
from tests.emulated.users import acting_as, clients

pytestmark = pytest.mark.may_be_refused

PAYMENT = "payment#of-somebody"
OWN_FENCE, PEER_FENCE = f"control#fence#{STANDBY}", f"control#fence#{PRIMARY}"
OWN_HEARTBEAT, PEER_HEARTBEAT = f"control#heartbeat#{STANDBY}", f"control#heartbeat#{PRIMARY}"
OWN_ACTIVITY, OWN_MEMORY = f"control#activity#{STANDBY}", f"control#sentinel#{STANDBY}"
LATER: dict[str, Any] = {"MessageBody": "{}", "DelaySeconds": 900}
"""A message that nobody receives while the tests run."""
LOG: dict[str, Any] = {"Key": f"transaction-logs/{STANDBY}/rights/empty.jsonl"}
EMPTY: dict[str, Any] = {"Body": b""}

# The roles of the standby; Attempts are made there unless they name another region.
ALLOWED: Mapping[Function, list[Attempt]] = {
    Function.PAYMENT_API: [put(PAYMENT), get(PAYMENT), get(OWN_FENCE), get(PEER_FENCE), get(OWN_HEARTBEAT)],
    Function.RETRY_WORKER: [put(PAYMENT), get(OWN_FENCE)],
    Function.TRANSACTION_LOG: [on_bucket("put_object", **LOG, **EMPTY), put(OWN_ACTIVITY)],
    Function.HEARTBEAT: [put(OWN_HEARTBEAT)],
    Function.SENTINEL: [get(PEER_HEARTBEAT), get(OWN_FENCE), get(OWN_ACTIVITY), put(OWN_MEMORY), update(PEER_FENCE)],
}
REFUSED: Mapping[Function, list[Attempt]] = {
    Function.PAYMENT_API: [
        *(put(key) for key in (OWN_FENCE, PEER_FENCE, OWN_HEARTBEAT, PEER_HEARTBEAT, OWN_ACTIVITY, OWN_MEMORY)),
        *(update(key) for key in (PAYMENT, OWN_FENCE, PEER_FENCE)),
        get(PEER_HEARTBEAT),
        delete(PAYMENT),
        on_table("scan"),
        put(PAYMENT, PRIMARY),
        get(PAYMENT, PRIMARY),
        on_queue("send_message", "retry", PRIMARY, **LATER),
        on_queue("send_message", "dead_letter", **LATER),
        on_queue("receive_message", "retry"),
        on_bucket("get_object", **LOG),
    ],
    Function.RETRY_WORKER: [
        get(PAYMENT),
        get(PEER_FENCE),
        *(put(key) for key in (OWN_FENCE, OWN_HEARTBEAT)),
        update(OWN_FENCE),
        put(PAYMENT, PRIMARY),
        *(on_queue("send_message", kind, **LATER) for kind in ("retry", "dead_letter", "stream_failure")),
        on_queue("receive_message", "retry", PRIMARY),
        on_queue("purge_queue", "retry"),
    ],
    Function.TRANSACTION_LOG: [
        get(PAYMENT),
        put(PAYMENT),
        put(OWN_FENCE),
        put(f"control#activity#{PRIMARY}"),
        on_table("scan"),
        on_bucket("get_object", **LOG),
        on_bucket("delete_object", **LOG),
        on_bucket("list_objects_v2"),
        on_bucket("put_object", Key=f"transaction-logs/{PRIMARY}/rights/empty.jsonl", **EMPTY),
        on_bucket("put_object", Key="backups/empty", **EMPTY),
        on_bucket("put_object", PRIMARY, **LOG, **EMPTY),
        on_queue("send_message", "retry", **LATER),
        on_queue("receive_message", "stream_failure"),
    ],
    Function.HEARTBEAT: [
        *(put(key) for key in (PEER_HEARTBEAT, OWN_FENCE, OWN_ACTIVITY, PAYMENT)),
        put(OWN_HEARTBEAT, PRIMARY),
        get(OWN_HEARTBEAT),
        delete(OWN_HEARTBEAT),
    ],
    Function.SENTINEL: [
        update(OWN_FENCE),
        update(PEER_FENCE, PRIMARY),
        *(put(key) for key in (PEER_FENCE, PEER_HEARTBEAT, PAYMENT)),
        delete(PEER_FENCE),
        get(PAYMENT),
        on_table("scan"),
    ],
}

As = Callable[[str], Aws]


@pytest.fixture(scope="module")
def rights_of(site: Site) -> As:
    """Make clients with the rights of a role, by its name."""
    return cache(lambda role: acting_as(site, role))


@pytest.mark.parametrize(
    ("function", "attempt"),
    [(function, attempt) for function, attempts in ALLOWED.items() for attempt in attempts],
    ids=str,
)
def test_allowed(site: Site, rights_of: As, function: Function, attempt: Attempt) -> None:
    assert attempt.is_allowed(site, rights_of(site.name(function, STANDBY)))


@pytest.mark.parametrize(
    ("function", "attempt"),
    [(function, attempt) for function, attempts in REFUSED.items() for attempt in attempts],
    ids=str,
)
def test_refused(site: Site, rights_of: As, function: Function, attempt: Attempt) -> None:
    assert not attempt.is_allowed(site, rights_of(site.name(function, STANDBY)))


class TestPrimarysSentinel:
    """In the primary it observes, and nothing else: a primary never fences the standby by itself."""

    @pytest.mark.parametrize(
        "attempt",
        [
            *(update(f"control#fence#{region}", PRIMARY) for region in (PRIMARY, STANDBY)),
            *(put(f"control#fence#{region}", PRIMARY) for region in (PRIMARY, STANDBY)),
            put(f"control#sentinel#{PRIMARY}", PRIMARY),
            get(PEER_FENCE, PRIMARY),
        ],
        ids=str,
    )
    def test_refused(self, site: Site, rights_of: As, attempt: Attempt) -> None:
        assert not attempt.is_allowed(site, rights_of(site.name(Function.SENTINEL, PRIMARY)))

    def test_allowed(self, site: Site, rights_of: As) -> None:
        assert get(OWN_HEARTBEAT, PRIMARY).is_allowed(site, rights_of(site.name(Function.SENTINEL, PRIMARY)))


def test_payers_reach_nothing_but_the_api(site: Site, payer_credentials: Credentials) -> None:
    payers_clients = clients(site.deployment.emulator.endpoint_url, payer_credentials)
    attempts = [get(PAYMENT), put(PAYMENT), on_table("scan"), on_queue("send_message", "retry", **LATER)]
    assert not [str(attempt) for attempt in attempts if attempt.is_allowed(site, payers_clients)]
