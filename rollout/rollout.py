"""One rollout: plan, show, ask, apply to the region that does not serve, verify, apply the rest, verify."""

from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from botocore.exceptions import BotoCoreError, ClientError

from contract.roles import Role
from handlers.releases.item import MalformedReleaseError, read_release
from operations.current_writer import current_writer
from operations.errors import OperationError, UsageError, one_line
from operations.site import Site
from rollout.changes import TerraformPlan, read_plan
from rollout.held_data import refusals
from rollout.order import RolloutOrder, come_since, in_order, touched_besides
from rollout.show import change_line, count, order_lines
from rollout.terraform import Terraform, TerraformInterruptedError
from rollout.verifying import RegionsSeen, Watch, require_same_writer


class RefusedRolloutError(UsageError):
    """The plan must not be applied in this way; the text has a line for each reason."""


class HalfwayError(OperationError):
    """The rollout stopped after something was applied; the text says what is and what is not."""


class InterruptedRolloutError(HalfwayError):
    """It was interrupted after something was applied."""


class UnverifiedRolloutError(HalfwayError):
    """Everything is applied, and the regions are not as well as before, or it cannot be told."""


@contextmanager
def _saying(standing: str, *, kind: type[HalfwayError] = HalfwayError) -> Iterator[None]:
    """Have what goes wrong end with what is applied, what is not, and how to go on."""
    goes_on = "`./run rollout` goes on from there, or goes back when run from what was deployed before"
    try:
        yield
    except (TerraformInterruptedError, KeyboardInterrupt) as error:
        reason = "interrupted" if isinstance(error, KeyboardInterrupt) else one_line(error)
        raise InterruptedRolloutError(f"{standing}. Stopped: {reason}. {goes_on}") from None
    except (OperationError, BotoCoreError, ClientError) as error:
        raise kind(f"{standing}. Stopped: {one_line(error)}. {goes_on}") from None


@dataclass(frozen=True)
class RolloutWishes:
    """What the command line says."""

    dry_run: bool
    watch_seconds: float
    """For how long a region must be well without a gap, in emulated seconds."""
    may_destroy: Collection[str]


@dataclass(frozen=True)
class Rollout:
    """What a rollout works with."""

    terraform: Terraform
    watch: Watch
    wishes: RolloutWishes
    say: Callable[[str], None]
    confirm: Callable[[], None]
    """Asks; raises where the answer is no."""

    def run(self) -> None:
        """Apply a change one region at a time; return once both regions have it and are well, or nothing is to change.

        Raises:
            RefusedRolloutError: Nothing was changed.
            HalfwayError: A part is applied.
            OperationError: Something failed before anything was changed.
        """
        self.say("Synthesizing and planning.")
        self.terraform.synthesize()
        path, changes = self.terraform.plan("whole")
        if not changes:
            self.say("No changes: the deployment is as it is synthesized.")
            return
        plan = self._read(path)
        site = self._site(plan)
        if refused := refusals(plan, self.wishes.may_destroy):
            raise RefusedRolloutError("\n".join(refused))
        quiet = self._serving(site).peer
        regions = {role: each.name for role, each in site.regions.items()}
        order = in_order(plan, quiet=quiet, regions=regions)
        first = self._first_half(order, site)
        for line in order_lines(order, regions):
            self.say(line)
        if self.wishes.dry_run:
            self.say("Nothing was changed.")
            return
        self.confirm()
        self._require_serving(site, quiet.peer)
        self._apply(site, plan, order, first, self.watch.look(site))

    def _apply(
        self, site: Site, plan: TerraformPlan, order: RolloutOrder, first: Path | None, before: RegionsSeen
    ) -> None:
        quiet = site.regions[order.quiet].name
        applied = "applied: "
        if first is not None:
            with _saying(f"applied: at most a part of {count(order.first)} of {quiet}, and nothing else"):
                self.say(f"Applying to {quiet}.")
                self.terraform.apply(first)
            applied += f"{count(order.first)} of {quiet}"
            with _saying(f"{applied}; not applied: the other {count(order.rest)}"):
                self.say(f"Verifying {quiet}.")
                self._verify(self._site_between(plan, site), before, {order.quiet})
            applied += ", and "
        with _saying(f"{applied}at most a part of the other {count(order.rest)}"):
            self._apply_rest(site, plan, order, before)
        with _saying(f"applied: all of {count(plan.changes)}", kind=UnverifiedRolloutError):
            self.say("Verifying both regions.")
            self._verify(Site.from_outputs(self.terraform.outputs()), before, set(Role))
        self.say("Done: both regions have the change, and are as well as before.")

    def _apply_rest(self, site: Site, plan: TerraformPlan, order: RolloutOrder, before: RegionsSeen) -> None:
        """Plan anew, since the state has changed; what nobody agreed to is not applied."""
        path, changes = self.terraform.plan("rest")
        if not changes:
            return
        if new := come_since(plan, self._read(path)):
            named = "; ".join(change_line(each) for each in new)
            raise OperationError(f"the plan of the rest holds what was not shown: {named}")
        require_same_writer(before.topology, self.watch.look(site).topology)
        self._require_serving(site, order.quiet.peer)  # and no release, which may have begun meanwhile
        self.say("Applying the rest.")
        self.terraform.apply(path)

    def _verify(self, site: Site, before: RegionsSeen, roles: Collection[Role]) -> None:
        self.watch.until_well(site, before, roles, seconds=self.wishes.watch_seconds)

    def _first_half(self, order: RolloutOrder, site: Site) -> Path | None:
        """Plan the first half by its targets, and refuse what that would change besides."""
        if not order.first:
            return None
        path, changes = self.terraform.plan("first", targets=order.targets)
        if besides := touched_besides(self._read(path), order):
            quiet = site.regions[order.quiet].name
            raise RefusedRolloutError(
                "\n".join(
                    f"the half of {quiet} cannot go first, it would also change {each.address}" for each in besides
                )
            )
        return path if changes else None

    def _read(self, path: Path) -> TerraformPlan:
        return read_plan(self.terraform.show(path), self.terraform.state())

    def _site(self, plan: TerraformPlan) -> Site:
        if not plan.outputs_before:
            raise UsageError("nothing is deployed yet, so that nobody is to be spared: `./run deploy`")
        return Site.from_outputs(plan.outputs)

    def _site_between(self, plan: TerraformPlan, site: Site) -> Site:
        """Return the site between both halves, as far as the plan has told it before."""
        try:
            return Site.from_outputs({**plan.outputs_before, **plan.outputs_planned})
        except OperationError:
            return site

    def _serving(self, site: Site) -> Role:
        """Return the role of the region that serves.

        Raises:
            UsageError: None does, or a release is under way.
        """
        writer = current_writer(site, self.watch.aws)
        serving = None if writer is None or not writer.is_open else site.role_of(writer.region)
        if serving is None:
            state = "absent" if writer is None else f"{writer.state} in {writer.region}"
            raise UsageError(f"the writer must be open in a region, which is changed last; it is {state}")
        client = self.watch.aws.client("dynamodb", site.regions[serving].name)
        try:
            release = read_release(client, site.control_table_name)
        except (MalformedReleaseError, BotoCoreError, ClientError) as error:
            raise OperationError(f"whether a release is under way must be known: {one_line(error)}") from None
        if release is not None and release.is_under_way:
            raise UsageError(f"no release must be under way, but one is, by {release.by}: `dr release status`")
        return serving

    def _require_serving(self, site: Site, role: Role) -> None:
        """Look again after somebody was asked, or time has passed."""
        if self._serving(site) is not role:
            raise UsageError(f"{site.regions[role].name} must still serve, and no longer does: plan again")
