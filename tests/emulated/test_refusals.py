"""What each role may not do; what it may do stands beside it, so that a refusal is for want of that right alone."""

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

import pytest
from botocore.credentials import Credentials

from contract.environment import Function
from tests.emulated.attempts import (
    Attempt,
    delete,
    get,
    on_bucket,
    on_control,
    on_control_table,
    on_queue,
    on_table,
    put,
    update,
)
from tests.emulated.site import PRIMARY, STANDBY, Aws, Site
from tests.emulated.users import acting_as, clients

pytestmark = pytest.mark.may_be_refused

PAYMENT = "payment#of-somebody"
OWN_HEARTBEAT, PEER_HEARTBEAT = f"control#heartbeat#{STANDBY}", f"control#heartbeat#{PRIMARY}"
OWN_HEALTH, OWN_GLASS, PEER_GLASS = f"control#health#{STANDBY}", f"control#glass#{STANDBY}", f"control#glass#{PRIMARY}"
OWN_PROOF, PEER_PROOF = f"proof#{STANDBY}", f"proof#{PRIMARY}"
OWN_MEMORY, PEER_MEMORY = f"ticker#{STANDBY}", f"ticker#{PRIMARY}"
OWN_EPOCH, PEER_EPOCH = f"epoch#{STANDBY}#1", f"epoch#{PRIMARY}#1"
LATER: dict[str, Any] = {"MessageBody": "{}", "DelaySeconds": 900}
"""A message that nobody receives while the tests run."""
LOG: dict[str, Any] = {"Key": f"transaction-logs/{STANDBY}/rights/empty.jsonl"}
EMPTY: dict[str, Any] = {"Body": b""}

# The roles of the standby; Attempts are made there unless they name another region.
ALLOWED: Mapping[Function, list[Attempt]] = {
    Function.PAYMENT_API: [
        *(put(PAYMENT), get(PAYMENT), get(OWN_GLASS), update(OWN_HEALTH)),
        *(on_control("get", "writer"), on_control("get", OWN_PROOF), on_control("update", OWN_PROOF)),
    ],
    Function.RETRY_WORKER: [
        *(put(PAYMENT), get(OWN_GLASS), on_control("get", "writer")),
        *(on_queue("send_message", kind, **LATER) for kind in ("retry", "dead_letter")),
        on_queue("send_message", "retry", PRIMARY, **LATER),
    ],
    Function.TRANSACTION_LOG: [on_bucket("put_object", **LOG, **EMPTY)],
    Function.TICKER: [
        *(put(OWN_HEARTBEAT), get(PEER_HEARTBEAT), get(OWN_GLASS), delete(OWN_GLASS)),
        *(on_control("get", key) for key in ("writer", OWN_PROOF, PEER_PROOF, OWN_MEMORY)),
        *(on_control("put", key) for key in ("writer", OWN_MEMORY, OWN_EPOCH)),
        on_control("update", OWN_PROOF),
    ],
}
REFUSED: Mapping[Function, list[Attempt]] = {
    Function.PAYMENT_API: [
        *(put(key) for key in (OWN_HEALTH, OWN_GLASS, OWN_HEARTBEAT, PEER_HEARTBEAT)),
        *(update(key) for key in (PAYMENT, OWN_GLASS, f"control#health#{PRIMARY}")),
        *(on_control(operation, "writer") for operation in ("put", "update", "delete")),
        *(on_control("update", PEER_PROOF), on_control("put", OWN_PROOF), on_control("get", OWN_MEMORY)),
        on_control_table("scan"),
        get(PEER_HEARTBEAT),
        get(PEER_GLASS),
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
        get(PEER_GLASS),
        *(put(key) for key in (OWN_GLASS, OWN_HEARTBEAT)),
        *(on_control(operation, "writer") for operation in ("put", "update", "delete")),
        on_control("update", OWN_PROOF),
        put(PAYMENT, PRIMARY),
        *(on_queue("send_message", kind, PRIMARY, **LATER) for kind in ("dead_letter", "stream_failure")),
        on_queue("send_message", "stream_failure", **LATER),
        on_queue("receive_message", "retry", PRIMARY),
        on_queue("purge_queue", "retry"),
    ],
    Function.TRANSACTION_LOG: [
        get(PAYMENT),
        put(PAYMENT),
        put(OWN_HEARTBEAT),
        on_control("get", "writer"),
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
    Function.TICKER: [
        *(put(key) for key in (PEER_HEARTBEAT, PAYMENT, OWN_GLASS)),
        *(get(PAYMENT), delete(PAYMENT), delete(OWN_HEARTBEAT), on_table("scan"), put(OWN_HEARTBEAT, PRIMARY)),
        *(on_control("put", key) for key in (PEER_MEMORY, PEER_EPOCH, OWN_PROOF)),
        *(on_control("get", PEER_MEMORY), on_control("update", PEER_PROOF), on_control("delete", "writer")),
        on_control_table("scan"),
        on_control_table("delete_table"),
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


def test_payers_reach_nothing_but_the_api(site: Site, payer_credentials: Credentials) -> None:
    payers_clients = clients(site.deployment.emulator.endpoint_url, payer_credentials)
    attempts = [get(PAYMENT), put(PAYMENT), on_table("scan"), on_queue("send_message", "retry", **LATER)]
    assert not [str(attempt) for attempt in attempts if attempt.is_allowed(site, payers_clients)]
