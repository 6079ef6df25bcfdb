"""Damages payments as a bad script does, and repairs them by `dr restore`, which is told nothing but the moment.

IAM, with the rights of whoever runs the drill: dynamodb:PutItem and dynamodb:DeleteItem on the primary's replica, and
what `past_payments` needs. `dr restore` takes its own.
"""

import json
import math
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from contract.environment import PARTITION_KEY
from contract.roles import Role
from handlers.payments.model import payment_key
from handlers.runtime import timestamp
from operations.aws import Aws
from operations.cli.exit_status import DONE, FAILED, UNVERIFIED
from operations.clock import OperationsClock, at_least
from operations.drills.bad_data import DamagedPayment, DamageKind, draw_damage
from operations.drills.events import DamageFound, DataDamaged, DataRepaired, PastPaymentsStored, RestoreChecked
from operations.drills.log import EventLog
from operations.drills.operators import CommandError, Operators
from operations.drills.past_payments import PastPayments
from operations.drills.scenario_steps import DamageData, RestoreData, StorePast
from operations.errors import OperationError
from operations.site import Site

_ACTIONS = {
    DamageKind.ALTERED: "overwrite",
    DamageKind.DELETED: "insert",
    DamageKind.DOUBLED: "remove",
    DamageKind.ADDED: "remove",
}
"""What a proposal must do about each kind of damage."""

_SECOND_OPERATOR = "second-operator"
_BEFORE_SECONDS = 2.0
"""Real ones between the moment and the damage: a restore is to the second, and clocks differ."""

_ARRIVAL_SECONDS = 60.0
_REAL_ARRIVAL_SECONDS = 30.0
_POLL_SECONDS = 1.0
_ABANDON_SECONDS = 60

Items = Mapping[str, Mapping[str, Any]]
"""Payments by id, as DynamoDB writes them."""


class DamageError(OperationError):
    """Payments could not be damaged, or are not what they were."""


class DrillDamage:
    """The damage of one drill.

    Args:
        past: Stores and reads payments; None where nothing is damaged.
        site: The site's names.
        aws: Clients with the rights of whoever runs the drill.
        operators: Who run `dr restore`.
        clock: What waits.
        log: Where it is recorded what was done, and what became of it.
    """

    def __init__(
        self,
        past: PastPayments | None,
        *,
        site: Site,
        aws: Aws,
        operators: Operators,
        clock: OperationsClock,
        log: EventLog,
    ) -> None:
        self._past, self._site, self._aws = past, site, aws
        self._operators, self._clock, self._log = operators, clock, log
        self._stored = 0
        self._moment = 0.0
        self._damaged: list[DamagedPayment] = []
        self._is_restoring = False

    @property
    def has_damaged(self) -> bool:
        """Whether payments may have to be put back."""
        return bool(self._damaged)

    def store(self, step: StorePast) -> None:
        """Store payments past the API; raises what `PastPayments` does."""
        self._stored = step.count(self._clock.scale)
        self._reading().store(self._stored)
        self._log.record(PastPaymentsStored, payments=self._stored)

    def damage(self, step: DamageData) -> None:
        """Damage payments of this drill that are older than a moment, in the primary's replica.

        Raises:
            DamageError: There are too few.
            BotoCoreError, ClientError: The table refuses.
        """
        self._moment = math.ceil(self._clock.time())
        self._clock.sleep((self._moment - self._clock.time() + _BEFORE_SECONDS) * self._clock.scale)
        seed, at = secrets.randbits(32), timestamp(self._clock.time())
        before = timestamp(self._moment)
        items = [each for each in self._reading().items(Role.PRIMARY).values() if each["storedAt"]["S"] < before]
        try:
            self._damaged = draw_damage(items, step.counts(self._stored), seed, at=at)
        except ValueError as error:
            raise DamageError(str(error)) from None
        for each in self._damaged:
            self._put(each.transaction_id, each.after)
        ids = {kind: tuple(each.transaction_id for each in self._damaged if each.kind is kind) for kind in DamageKind}
        self._log.record(DataDamaged, moment=self._moment, seed=seed, damaged=ids)

    def restore(self, step: RestoreData) -> None:
        """Plan, agree, repair and compare again by `dr restore`, and record what each came to.

        Raises:
            CommandError: A command failed, or did not say how it ended.
        """
        found = self._reading().items(Role.PRIMARY)
        settle = ("--settle", f"{step.settle:g}")
        self._is_restoring = True
        to = timestamp(self._moment).replace(".000Z", "Z")
        planned = self._run(("restore", "plan", "--to", to, *settle), step.within, (DONE, FAILED, UNVERIFIED))
        self._log.record(DamageFound, **self._compared(planned))
        digest = str(planned["digest"])
        self._run(("restore", "agree", "--digest", digest, "--operator", _SECOND_OPERATOR), step.within, (DONE,))
        repaired = self._run(("restore", "repair", "--digest", digest), step.within, (DONE, FAILED))
        self._log.record(DataRepaired, repairs=int(repaired["done"]), others=tuple(repaired["others"]))
        again = self._run(("restore", "finish", "--yes", *settle), step.within, (DONE, FAILED))
        self._is_restoring = again.get("state") != "finished"
        self._log.record(RestoreChecked, left=int(again["repairs"]), kept=int(again["kept"]), **self._checked(found))

    def put_back(self) -> None:
        """Give up a restore that is under way, and put back what is still damaged.

        Raises:
            CommandError: The restore could not be given up.
            BotoCoreError, ClientError: The table refuses.
        """
        try:
            if self._is_restoring:
                self._run(("restore", "finish", "--abandon", "--yes"), _ABANDON_SECONDS, (DONE,))
        finally:
            held = self._reading().items(Role.PRIMARY)
            for each in self._damaged:
                if held.get(each.transaction_id) != each.before:
                    self._put(each.transaction_id, each.before)
            self._damaged = []

    def _put(self, transaction_id: str, item: Mapping[str, Any] | None) -> None:
        client, table = self._aws.client("dynamodb", self._site.primary.name), self._site.table_name
        if item is None:
            client.delete_item(TableName=table, Key={PARTITION_KEY: {"S": payment_key(transaction_id)}})
        else:
            client.put_item(TableName=table, Item=dict(item))

    def _run(self, arguments: tuple[str, ...], within: float, well: tuple[int, ...]) -> Any:  # noqa: ANN401 — JSON
        messages = self._operators.command(arguments, within=within, well=well)
        try:
            return json.loads(messages.with_suffix(".out").read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise CommandError(f"dr {' '.join(arguments)} did not say how it ended: {error!r}") from error

    def _compared(self, planned: Mapping[str, Any]) -> dict[str, Any]:
        """Return what a proposal lacks of the damage, and what it names besides."""
        wanted = {(each.transaction_id, _ACTIONS[each.kind]) for each in self._damaged}
        try:
            _, *lines = Path(planned["proposal"]).read_text(encoding="utf-8").splitlines()
            named = {(each["id"], each["action"]) for each in map(json.loads, lines)}
        except (OSError, ValueError, LookupError) as error:
            raise CommandError(f"the proposal cannot be read: {error!r}") from error
        return {
            "repairs": planned["repairs"],
            "added": planned["added"],
            "missed": tuple(sorted(id_ for id_, _ in wanted - named)),
            "unexpected": tuple(sorted(f"{id_}: {action}" for id_, action in named - wanted)),
            "unknown": tuple(planned["unknown"]),
        }

    def _checked(self, found: Items) -> dict[str, Any]:
        """Compare both replicas with what was there before the damage, and before the repair."""
        damaged = {each.transaction_id: each.before for each in self._damaged}
        later = {id_: item for id_, item in found.items() if id_ not in damaged}
        limit = self._log.elapsed() + at_least(_ARRIVAL_SECONDS, real=_REAL_ARRIVAL_SECONDS, scale=self._clock.scale)
        while True:
            held = [self._reading().items(role) for role in Role]
            wrong = sorted(id_ for id_, before in damaged.items() if any(each.get(id_) != before for each in held))
            changed = sorted(id_ for id_, item in later.items() if any(each.get(id_) != item for each in held))
            if not (wrong or changed) or self._log.elapsed() > limit:
                since = timestamp(self._moment)
                made = sum(item["storedAt"]["S"] >= since for item in later.values())
                return {"wrong": tuple(wrong), "changed": tuple(changed), "untouched": len(later), "later": made}
            self._clock.sleep(at_least(_POLL_SECONDS, real=_POLL_SECONDS, scale=self._clock.scale))

    def _reading(self) -> PastPayments:
        if self._past is None:
            raise DamageError("nobody may damage payments here")
        return self._past
