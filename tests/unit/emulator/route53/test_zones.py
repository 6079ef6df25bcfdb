"""What DNS answers, as a function of records and health."""

from collections.abc import Mapping
from itertools import product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator.regions import ADDRESSES
from emulator.route53.records import RecordSet
from emulator.route53.zones import Answer, Rcode, Record, UnanswerableRecordError, Zone, answer, choose

SOA = "ns-1.awsdns-1.com. awsdns-hostmaster.amazon.com. 1 7200 900 1209600 86400"
PRIMARY, STANDBY = ADDRESSES["us-east-1"], ADDRESSES["us-east-2"]


def rset(name: str, type_: str, *values: str, ttl: int = 300, **more: Any) -> dict[str, Any]:
    plain = {"TTL": str(ttl), "ResourceRecords": list(values)} if values else {}
    return {"Name": name, "Type": type_, **plain, **more}


def alias(name: str, target: str, *, zone: str = "ZAWS", type_: str = "A", **more: Any) -> dict[str, Any]:
    evaluates = more.pop("evaluates", False)
    return rset(
        name,
        type_,
        AliasTarget={"HostedZoneId": zone, "DNSName": target, "EvaluateTargetHealth": evaluates},
        **more,
    )


def api(region: str, name: str = "api.example.com") -> str:
    return f"{name}.execute-api.{region}.amazonaws.com."


ZONE = Zone(
    "Z1",
    "example.com.",
    [
        rset("example.com.", "SOA", SOA, ttl=900),
        rset("example.com.", "NS", "ns-1.awsdns-1.com.", "ns-2.awsdns-2.net.", ttl=172800),
        alias("us-east-1.api.example.com.", api("us-east-1")),
        alias("api.example.com.", api("us-east-1"), Failover="PRIMARY", SetIdentifier="p", HealthCheckId="serving"),
        alias("api.example.com.", api("us-east-2"), Failover="SECONDARY", SetIdentifier="s"),
        rset("plain.example.com.", "A", "192.0.2.1", "192.0.2.2"),
        rset("plain.example.com.", "TXT", '"two" "strings"'),
        rset("www.example.com.", "CNAME", "Plain.example.com"),
        rset("out.example.com.", "CNAME", "elsewhere.example.net."),
        rset("nowhere.example.com.", "CNAME", "missing.example.com."),
        rset("circle.example.com.", "CNAME", "circle.example.com."),
        alias("same.example.com.", "plain.example.com.", zone="Z1"),
        alias("circle-alias.example.com.", "circle-alias.example.com.", zone="Z1"),
        alias("dangling.example.com.", "missing.example.com.", zone="Z1"),
        alias("cdn.example.com.", "d1.cloudfront.net."),
        rset(r"\052.wild.example.com.", "A", "192.0.2.9"),
        rset("exists.wild.example.com.", "TXT", '"x"'),
        rset("a.b.c.example.com.", "A", "192.0.2.3"),
        rset("sub.example.com.", "NS", "ns.example.net."),
        rset("weighted.example.com.", "A", "192.0.2.4", Weight=1, SetIdentifier="w"),
    ],
)


def ask(name: str, type_: str = "A", *, unhealthy: frozenset[str] = frozenset()) -> Answer:
    return answer([ZONE], name, type_, lambda check_id: check_id not in unhealthy)


class TestFailover:
    """The record that clients use (FACTS 2.5)."""

    def test_the_primary_answers_while_its_check_is_healthy(self) -> None:
        assert ask("api.example.com").records == (Record("api.example.com.", "A", 60, PRIMARY),)

    def test_the_secondary_answers_when_it_is_not(self) -> None:
        assert ask("api.example.com", unhealthy=frozenset({"serving"})).addresses() == (STANDBY,)

    @pytest.mark.parametrize(
        ("primary", "secondary", "expected"),
        [(True, True, "PRIMARY"), (True, False, "PRIMARY"), (False, True, "SECONDARY"), (False, False, "PRIMARY")],
    )
    def test_the_decision_table(self, *, primary: bool, secondary: bool, expected: str) -> None:
        status = {"PRIMARY": primary, "SECONDARY": secondary}
        group = [RecordSet("a.", "A", failover=role) for role in ("SECONDARY", "PRIMARY")]
        assert choose(group, lambda each: status[str(each.failover)]).failover == expected

    @given(
        st.permutations(["PRIMARY", "SECONDARY"]),
        st.dictionaries(st.sampled_from(["PRIMARY", "SECONDARY"]), st.booleans()),
    )
    def test_in_any_order_and_with_any_checks(self, roles: list[str], checks: Mapping[str, bool]) -> None:
        """A role without an entry in `checks` has no health check."""
        sets = [
            rset("a.example.com.", "A", f"192.0.2.{1 + roles.index(role)}", Failover=role, SetIdentifier=role)
            | ({"HealthCheckId": role} if role in checks else {})
            for role in roles
        ]
        answered = answer([Zone("Z", "example.com", sets)], "a.example.com", "A", checks.__getitem__).addresses()
        primary, secondary = checks.get("PRIMARY", True), checks.get("SECONDARY", True)
        expected = "SECONDARY" if secondary and not primary else "PRIMARY"
        assert answered == (f"192.0.2.{1 + roles.index(expected)}",)

    @pytest.mark.parametrize(("role", "healthy"), list(product(["PRIMARY", "SECONDARY"], [True, False])))
    def test_one_alone_always_answers(self, *, role: str, healthy: bool) -> None:
        record = rset("a.example.com.", "A", "192.0.2.1", Failover=role, SetIdentifier="x", HealthCheckId="x")
        zone = Zone("Z", "example.com", [record])
        assert answer([zone], "a.example.com", "A", lambda _: healthy).addresses() == ("192.0.2.1",)


class TestAliases:
    """Records that lead elsewhere without saying so."""

    def test_a_regional_name_leads_to_its_region(self) -> None:
        assert ask("us-east-1.api.example.com").addresses() == (PRIMARY,)

    def test_awss_own_form_of_domain_name_is_known(self) -> None:
        zone = Zone("Z", "example.com", [alias("x.example.com", "d-abc123.execute-api.eu-west-1.amazonaws.com")])
        assert answer([zone], "x.example.com", "A", lambda _: True).addresses() == (ADDRESSES["eu-west-1"],)

    def test_an_alias_to_what_is_gone_has_no_records(self) -> None:
        zone = Zone("Z", "example.com", [rset("example.com", "SOA", SOA), alias("x.example.com", api("us-east-1"))])
        answered = answer([zone], "x.example.com", "A", lambda _: True, exists=lambda _: False)
        assert (answered.rcode, answered.records, len(answered.authority)) == (Rcode.NOERROR, (), 1)

    def test_routing_does_not_know_that_a_target_is_gone(self) -> None:
        zone = Zone(
            "Z",
            "example.com",
            [
                alias("x.example.com", api("us-east-1"), Failover="PRIMARY"),
                alias("x.example.com", api("us-east-2"), Failover="SECONDARY"),
            ],
        )
        answered = answer([zone], "x.example.com", "A", lambda _: True, exists=lambda host: host != api("us-east-1"))
        assert answered.addresses() == ()

    def test_an_alias_within_the_zone_has_its_targets_ttl(self) -> None:
        records = ask("same.example.com").records
        assert [(each.name, each.ttl, each.value) for each in records] == [
            ("same.example.com.", 300, "192.0.2.1"),
            ("same.example.com.", 300, "192.0.2.2"),
        ]

    def test_regional_apis_have_no_ipv6_address(self) -> None:
        zone = Zone(
            "Z",
            "example.com",
            [rset("example.com", "SOA", SOA), alias("x.example.com", api("us-east-1"), type_="AAAA")],
        )
        answered = answer([zone], "x.example.com", "AAAA", lambda _: True)
        assert (answered.rcode, answered.records, len(answered.authority)) == (Rcode.NOERROR, (), 1)

    def test_evaluating_the_target_follows_the_targets_check(self) -> None:
        zone = Zone(
            "Z",
            "example.com",
            [
                rset("one.example.com", "A", "192.0.2.1", HealthCheckId="one"),
                alias("x.example.com", "one.example.com", zone="Z", evaluates=True, Failover="PRIMARY"),
                rset("x.example.com", "A", "192.0.2.2", Failover="SECONDARY"),
            ],
        )
        assert answer([zone], "x.example.com", "A", lambda _: True).addresses() == ("192.0.2.1",)
        assert answer([zone], "x.example.com", "A", lambda _: False).addresses() == ("192.0.2.2",)

    @pytest.mark.parametrize("name", ["cdn.example.com", "circle-alias.example.com", "weighted.example.com"])
    def test_what_is_not_emulated_is_not_answered(self, name: str) -> None:
        with pytest.raises(UnanswerableRecordError, match=name):
            ask(name)

    def test_a_target_that_is_gone_is_nodata(self) -> None:
        answered = ask("dangling.example.com")
        assert (answered.rcode, answered.records, len(answered.authority)) == (Rcode.NOERROR, (), 1)


class TestNames:
    """Which names exist."""

    def test_case_does_not_matter(self) -> None:
        assert ask("PLAIN.Example.COM").addresses() == ("192.0.2.1", "192.0.2.2")

    @pytest.mark.parametrize("name", ["missing.example.com", "x.missing.example.com", "x.plain.example.com"])
    def test_a_missing_name_is_nxdomain_for_as_long_as_the_soa_says(self, name: str) -> None:
        answered = ask(name)
        assert answered.rcode is Rcode.NXDOMAIN
        assert answered.authority == (Record("example.com.", "SOA", 900, SOA),)

    @pytest.mark.parametrize("name", ["plain.example.com", "c.example.com", "b.c.example.com"])
    def test_a_name_without_that_type_is_nodata(self, name: str) -> None:
        answered = ask(name, "MX")
        assert (answered.rcode, answered.records) == (Rcode.NOERROR, ())
        assert answered.authority[0].type == "SOA"

    def test_the_zone_names_its_servers(self) -> None:
        assert [each.value for each in ask("example.com", "NS").records] == ["ns-1.awsdns-1.com.", "ns-2.awsdns-2.net."]
        assert [each.ttl for each in ask("example.com", "SOA").records] == [900]

    def test_wildcards_answer_in_the_askers_name(self) -> None:
        assert ask("x.wild.example.com").records == (Record("x.wild.example.com.", "A", 300, "192.0.2.9"),)
        assert ask("y.x.wild.example.com").addresses() == ("192.0.2.9",)

    def test_wildcards_do_not_cover_names_that_exist(self) -> None:
        assert ask("exists.wild.example.com").records == ()
        assert ask("x.exists.wild.example.com").rcode is Rcode.NXDOMAIN

    def test_another_zones_name_is_refused(self) -> None:
        assert ask("example.org").rcode is Rcode.REFUSED
        assert ask("notexample.com").rcode is Rcode.REFUSED

    def test_a_delegated_name_is_referred(self) -> None:
        answered = ask("x.sub.example.com")
        assert (answered.records, answered.authoritative) == ((), False)
        assert answered.authority == (Record("sub.example.com.", "NS", 300, "ns.example.net."),)

    def test_the_closest_zone_answers_and_the_latest_of_one_name(self) -> None:
        inner = Zone("Z2", "plain.example.com", [rset("plain.example.com", "A", "192.0.2.50")])
        latest = Zone("Z3", "plain.example.com", [rset("plain.example.com", "A", "192.0.2.51")])
        assert answer([inner, ZONE], "plain.example.com", "A", lambda _: True).addresses() == ("192.0.2.50",)
        assert answer([inner, latest, ZONE], "plain.example.com", "A", lambda _: True).addresses() == ("192.0.2.51",)

    def test_awss_own_host_names_are_answered(self) -> None:
        assert ask("abc.execute-api.us-east-2.amazonaws.com").addresses() == (STANDBY,)
        assert ask("abc.lambda-url.us-east-2.on.aws").addresses() == (STANDBY,)
        assert ask("abc.execute-api.us-east-2.amazonaws.com", "AAAA").records == ()
        assert ask("dynamodb.us-east-2.amazonaws.com").rcode is Rcode.REFUSED


class TestCanonicalNames:
    """CNAME records."""

    def test_the_chain_is_followed_within_the_zone(self) -> None:
        assert [(each.name, each.type) for each in ask("www.example.com").records] == [
            ("www.example.com.", "CNAME"),
            ("plain.example.com.", "A"),
            ("plain.example.com.", "A"),
        ]

    def test_outside_the_zone_the_asker_goes_on_alone(self) -> None:
        assert [each.value for each in ask("out.example.com").records] == ["elsewhere.example.net."]

    def test_the_record_itself_can_be_asked_for(self) -> None:
        assert len(ask("www.example.com", "CNAME").records) == 1

    def test_the_outcome_is_that_of_the_last_name(self) -> None:
        answered = ask("nowhere.example.com")
        assert (answered.rcode, len(answered.records)) == (Rcode.NXDOMAIN, 1)

    def test_a_circle_is_not_answered(self) -> None:
        with pytest.raises(UnanswerableRecordError, match="circle"):
            ask("circle.example.com")


@given(st.text("ab*.-_", max_size=12), st.sampled_from(["A", "AAAA", "NS", "SOA", "TXT", "CNAME"]), st.booleans())
def test_any_question_has_an_answer(labels: str, type_: str, healthy: bool) -> None:  # noqa: FBT001
    answered = answer([ZONE], f"{labels}.example.com", type_, lambda _: healthy)
    assert answered.records or answered.authority
