"""What probes ask: whether the region is well, and who owns the writer."""

import pytest

from contract.deadlines import (
    KNOWLEDGE_VALID_SECONDS,
    PROBE_CONNECT_TIMEOUT_SECONDS,
    PROBE_READ_TIMEOUT_SECONDS,
    STANDBY_KNOWLEDGE_SECONDS,
)
from handlers.writer.glass import Glass, break_glass
from handlers.writer.item import ClosingKind, Writer
from tests.unit.handlers.api import Api, rest
from tests.unit.handlers.fakes import CONTROL_TABLE, PEER, REGION, TABLE, aws_error, throttled, timed_out
from tests.unit.handlers.payment_function_fakes import closing_in, open_in


@pytest.fixture
def api() -> Api:
    return Api()


class TestHealth:
    """200 only if the region could take a payment now were it the writer."""

    def ask(self, api: Api) -> tuple[int, str]:
        status, document = api.send(rest("GET", "/health"))
        assert document["region"] == REGION
        return status, document["status"]

    @pytest.mark.parametrize("writer", [None, open_in(), open_in(PEER), closing_in(PEER, ClosingKind.HELD)])
    def test_200_wherever_the_writer_is(self, api: Api, writer: Writer | None) -> None:
        api.payments.set_writer(writer)
        assert self.ask(api) == (200, "healthy")

    def test_one_call_reads_and_writes_the_table(self, api: Api) -> None:
        self.ask(api)
        assert api.payments.probe.keys_of("update_item") == [f"control#health#{REGION}"]
        assert api.payments.table.items[f"control#health#{REGION}"]["count"] == {"N": "1"}

    def test_table_is_touched_once_a_second_however_many_ask(self, api: Api) -> None:
        for _ in range(3):
            assert self.ask(api) == (200, "healthy")
        assert len(api.payments.probe.keys_of("update_item")) == 1
        api.payments.time.advance(1.1)
        self.ask(api)
        assert len(api.payments.probe.keys_of("update_item")) == 2

    def test_503_when_only_writes_fail(self, api: Api) -> None:
        api.payments.probe.fail("update_item", timed_out())
        assert self.ask(api) == (503, "unhealthy")

    @pytest.mark.parametrize("error", [timed_out(), aws_error("AccessDeniedException"), aws_error("X", status=503)])
    def test_503_when_the_table_fails(self, api: Api, error: Exception) -> None:
        api.payments.probe.fail("update_item", error)
        assert self.ask(api) == (503, "unhealthy")

    def test_429_when_the_table_throttles(self, api: Api) -> None:
        """Neither well nor ill: the other region would meet the same load."""
        api.payments.probe.fail("update_item", throttled())
        assert self.ask(api) == (429, "throttled")

    def test_503_when_the_control_table_does_not_answer(self, api: Api) -> None:
        api.payments.probe.down.add(CONTROL_TABLE)
        assert self.ask(api) == (503, "unhealthy")

    def test_200_on_an_answer_of_the_control_table_that_is_young(self, api: Api) -> None:
        self.ask(api)
        api.payments.probe.down.add(CONTROL_TABLE)
        api.payments.time.advance(KNOWLEDGE_VALID_SECONDS)
        assert self.ask(api) == (200, "healthy")
        api.payments.time.advance(0.1)
        assert self.ask(api) == (503, "unhealthy")

    def test_glass_is_no_answer_of_the_control_table(self, api: Api) -> None:
        api.payments.probe.down.add(CONTROL_TABLE)
        break_glass(api.payments.table, TABLE, Glass(REGION, 7))
        assert self.ask(api) == (503, "unhealthy")
        api.payments.time.advance(KNOWLEDGE_VALID_SECONDS)
        assert api.post()[0] == 201
        assert self.ask(api) == (503, "unhealthy")

    def test_writer_is_read_beside_once_it_is_no_longer_fresh(self, api: Api) -> None:
        self.ask(api)
        api.payments.time.advance(2)
        api.payments.probe.calls.clear()
        assert self.ask(api)[0] == 200
        assert [name for name, _ in api.payments.probe.calls] == ["update_item"]
        api.payments.beside.work()
        assert api.payments.probe.keys_of("get_item") == ["writer"]

    def test_fresh_function_waits_for_the_read_of_the_writer_however_slow_its_table(self, api: Api) -> None:
        api.payments.probe.before_call = lambda _: api.payments.time.advance(0.4)
        assert self.ask(api) == (200, "healthy")

    @pytest.mark.parametrize("failing", ["update_item", "get_item"])
    def test_it_ends_within_a_second(self, api: Api, failing: str) -> None:
        """Each call is cut off after 0.8 s; the read of the writer goes on beside that of the table."""
        api.payments.probe.fail(failing, timed_out())
        api.payments.beside.work = lambda: None  # type: ignore[method-assign]
        call = PROBE_CONNECT_TIMEOUT_SECONDS + PROBE_READ_TIMEOUT_SECONDS
        api.payments.probe.before_call = lambda _: api.payments.time.advance(call)
        began = api.payments.time.monotonic()
        assert self.ask(api)[0] == 503
        assert api.payments.time.monotonic() - began < 1

    def test_it_does_not_wait_for_a_read_that_has_failed(self, api: Api) -> None:
        api.payments.probe.down.add(CONTROL_TABLE)
        began = api.payments.time.monotonic()
        assert self.ask(api)[0] == 503
        assert api.payments.time.monotonic() - began < 0.1


NOBODY = {"region": None, "epoch": None, "state": None, "servedBy": REGION}


class TestWriter:
    """Who owns the right to store; DNS follows."""

    @pytest.fixture
    def standby(self) -> Api:
        return Api(is_primary=False)

    def ask(self, api: Api) -> tuple[int, dict[str, object]]:
        return api.send(rest("GET", "/writer"))

    @pytest.mark.parametrize("is_primary", [True, False])
    @pytest.mark.parametrize(
        "writer", [open_in(), closing_in(REGION, ClosingKind.HELD), closing_in(REGION, ClosingKind.PLANNED)]
    )
    def test_200_in_the_owner_open_or_not(self, is_primary: bool, writer: Writer) -> None:  # noqa: FBT001
        api = Api(is_primary=is_primary)
        api.payments.set_writer(writer)
        assert self.ask(api) == (200, {**writer.document(), "servedBy": REGION})

    @pytest.mark.parametrize("is_primary", [True, False])
    @pytest.mark.parametrize("writer", [open_in(PEER), closing_in(PEER, ClosingKind.TAKEOVER)])
    def test_404_in_the_other_region(self, is_primary: bool, writer: Writer) -> None:  # noqa: FBT001
        api = Api(is_primary=is_primary)
        api.payments.set_writer(writer)
        assert self.ask(api) == (404, {**writer.document(), "servedBy": REGION})

    @pytest.mark.parametrize("is_primary", [True, False])
    def test_404_when_nobody_owns(self, is_primary: bool) -> None:  # noqa: FBT001
        api = Api(is_primary=is_primary)
        api.payments.set_writer(None)
        assert self.ask(api) == (404, NOBODY)

    def test_standby_that_does_not_know_is_503_and_the_primary_200(self, api: Api, standby: Api) -> None:
        for each, status in ((api, 200), (standby, 503)):
            each.payments.probe.fail("get_item", timed_out())
            assert self.ask(each) == (status, NOBODY)

    @pytest.mark.parametrize(("owner", "before", "after"), [(REGION, 200, 503), (PEER, 404, 503)])
    def test_standby_trusts_knowledge_of_fifteen_seconds(
        self, standby: Api, owner: str, before: int, after: int
    ) -> None:
        standby.payments.set_writer(open_in(owner))
        self.ask(standby)
        standby.payments.probe.down.add(CONTROL_TABLE)
        standby.payments.time.advance(STANDBY_KNOWLEDGE_SECONDS)
        assert self.ask(standby)[0] == before
        standby.payments.time.advance(0.1)
        assert self.ask(standby) == (after, NOBODY)

    def test_primary_denies_on_such_knowledge_alone(self, api: Api) -> None:
        api.payments.set_writer(open_in(PEER))
        assert self.ask(api)[0] == 404
        api.payments.probe.down.add(CONTROL_TABLE)
        api.payments.time.advance(STANDBY_KNOWLEDGE_SECONDS + 0.1)
        assert self.ask(api)[0] == 200

    def test_glass_counts_as_ownership(self, standby: Api) -> None:
        standby.payments.set_writer(open_in(PEER))
        assert self.ask(standby)[0] == 404
        standby.payments.probe.down.add(CONTROL_TABLE)
        break_glass(standby.payments.table, TABLE, Glass(REGION, 7))
        standby.payments.time.advance(2)
        assert self.ask(standby)[0] == 404  # what is known lasts longer than one read that fails
        standby.payments.time.advance(KNOWLEDGE_VALID_SECONDS)
        assert self.ask(standby) == (200, {**open_in().document(), "servedBy": REGION})
