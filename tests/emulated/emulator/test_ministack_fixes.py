"""What Terraform reads back from the running emulator (FACTS 11.2)."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.httpsession import URLLib3Session
from botocore.parsers import create_parser
from botocore.serialize import create_serializer

Client = Callable[..., Any]


class QueryClient:
    """CloudWatch over the query protocol, which the provider speaks and boto3 does not any more."""

    def __init__(self, boto_client: Any) -> None:
        self._model = boto_client.meta.service_model
        self._endpoint = boto_client.meta.endpoint_url
        self._serializer = create_serializer("query", include_validation=False)
        self._parser = create_parser("query")

    def call(self, name: str, **parameters: Any) -> Any:
        operation = self._model.operation_model(name)
        form = self._serializer.serialize_to_request(parameters, operation)["body"]
        content_type = "application/x-www-form-urlencoded; charset=utf-8"
        request = AWSRequest("POST", self._endpoint, data=urlencode(form), headers={"Content-Type": content_type})
        SigV4Auth(Credentials("test", "test"), "monitoring", "us-east-1").add_auth(request)
        answer = URLLib3Session().send(request.prepare())
        seen = {"status_code": answer.status_code, "headers": answer.headers, "body": answer.content}
        return self._parser.parse(seen, operation.output_shape)


@pytest.fixture(scope="module")
def cloudwatch(client: Client) -> QueryClient:
    return QueryClient(client("cloudwatch"))


@pytest.fixture(scope="module")
def route53(client: Client) -> Any:
    return client("route53")


@pytest.fixture(scope="module")
def gateway(client: Client) -> Any:
    return client("apigateway", "us-west-2")


class TestAlarms:
    """DescribeAlarms over the query protocol."""

    TOPIC = "arn:aws:sns:us-east-1:000000000000:alarms"

    def test_a_metric_alarm_reads_back_as_it_was_put(self, cloudwatch: QueryClient) -> None:
        put = {
            "AlarmName": "lag",
            "AlarmDescription": "lag > 30 s & rising",
            "Namespace": "AWS/DynamoDB",
            "MetricName": "ReplicationLatency",
            "Dimensions": [{"Name": "TableName", "Value": "t"}, {"Name": "ReceivingRegion", "Value": "us-east-2"}],
            "Statistic": "Average",
            "Period": 60,
            "EvaluationPeriods": 3,
            "DatapointsToAlarm": 2,
            "Threshold": 30000.0,
            "ComparisonOperator": "GreaterThanThreshold",
            "TreatMissingData": "notBreaching",
            "ActionsEnabled": True,
            "AlarmActions": [self.TOPIC],
            "OKActions": [self.TOPIC],
            "InsufficientDataActions": [self.TOPIC],
        }
        cloudwatch.call("PutMetricAlarm", **put)
        read = cloudwatch.call("DescribeAlarms", AlarmNames=["lag"])["MetricAlarms"][0]
        assert put.items() <= read.items()
        assert read["StateUpdatedTimestamp"].tzinfo is not None

    def test_a_percentile_has_no_statistic_beside_it(self, cloudwatch: QueryClient) -> None:
        put = {
            "AlarmName": "p99",
            "Namespace": "n",
            "MetricName": "m",
            "ExtendedStatistic": "p99",
            "Period": 60,
            "EvaluationPeriods": 1,
            "Threshold": 1.0,
            "ComparisonOperator": "GreaterThanThreshold",
        }
        cloudwatch.call("PutMetricAlarm", **put)
        read = cloudwatch.call("DescribeAlarms", AlarmNames=["p99"])["MetricAlarms"][0]
        assert put.items() <= read.items()
        assert "Statistic" not in read

    def test_metric_math_is_kept(self, cloudwatch: QueryClient) -> None:
        metric = {
            "Namespace": "AWS/Lambda",
            "MetricName": "Errors",
            "Dimensions": [{"Name": "FunctionName", "Value": "f"}],
        }
        metrics = [
            {"Id": "rate", "Expression": "100 * errors", "Label": "Rate", "ReturnData": True},
            {"Id": "errors", "MetricStat": {"Metric": metric, "Period": 60, "Stat": "Sum"}, "ReturnData": False},
        ]
        cloudwatch.call(
            "PutMetricAlarm",
            AlarmName="math",
            Metrics=metrics,
            EvaluationPeriods=1,
            Threshold=5.0,
            ComparisonOperator="GreaterThanThreshold",
        )
        read = cloudwatch.call("DescribeAlarms", AlarmNames=["math"])["MetricAlarms"][0]
        assert read["Metrics"] == metrics
        assert not {"Period", "Statistic", "MetricName"} & read.keys()

    def test_a_composite_alarm_reads_back_as_it_was_put(self, cloudwatch: QueryClient) -> None:
        for child in ("one", "two"):
            cloudwatch.call(
                "PutMetricAlarm",
                AlarmName=child,
                Namespace="n",
                MetricName="m",
                Statistic="Sum",
                Period=60,
                EvaluationPeriods=1,
                Threshold=1,
                ComparisonOperator="GreaterThanThreshold",
            )
        put = {
            "AlarmName": "region",
            "AlarmDescription": "both",
            "AlarmRule": "ALARM(one) AND ALARM(two)",
            "ActionsEnabled": True,
            "AlarmActions": [self.TOPIC],
            "OKActions": [self.TOPIC],
            "ActionsSuppressor": "two",
            "ActionsSuppressorWaitPeriod": 60,
            "ActionsSuppressorExtensionPeriod": 30,
        }
        cloudwatch.call("PutCompositeAlarm", **put)
        read = cloudwatch.call("DescribeAlarms", AlarmNames=["region"], AlarmTypes=["CompositeAlarm"])[
            "CompositeAlarms"
        ][0]
        assert put.items() <= read.items()

    def test_pages_follow_each_other(self, cloudwatch: QueryClient) -> None:
        first = cloudwatch.call("DescribeAlarms", MaxRecords=1)
        second = cloudwatch.call("DescribeAlarms", MaxRecords=1, NextToken=first["NextToken"])
        assert first["MetricAlarms"][0]["AlarmName"] < second["MetricAlarms"][0]["AlarmName"]

    def test_a_value_that_is_none_is_refused(self, cloudwatch: QueryClient) -> None:
        statistics = {"SampleCount": 1.0, "Sum": float("nan"), "Minimum": 1.0, "Maximum": 1.0}
        data = [{"MetricName": "m", "StatisticValues": statistics}]
        refused = cloudwatch.call("PutMetricData", Namespace="n", MetricData=data)
        assert refused["Error"]["Code"] == "InvalidParameterValue"

    def test_a_bad_request_keeps_its_error(self, cloudwatch: QueryClient) -> None:
        assert cloudwatch.call("DescribeAlarms", MaxRecords=0)["Error"]["Code"] == "ValidationError"


class TestRoute53:
    """Health checks and zones."""

    def test_a_health_check_keeps_its_regions_and_booleans(self, route53: Any) -> None:
        wanted = {
            "Type": "HTTPS",
            "FullyQualifiedDomainName": "us-east-1.api.example.com",
            "Port": 443,
            "ResourcePath": "/writer",
            "RequestInterval": 10,
            "FailureThreshold": 3,
            "EnableSNI": True,
            "Inverted": True,
            "Disabled": False,
            "Regions": ["us-east-1", "us-west-2", "eu-west-1"],
        }
        made = route53.create_health_check(CallerReference="1", HealthCheckConfig=wanted)["HealthCheck"]["Id"]
        assert (
            wanted.items() <= route53.get_health_check(HealthCheckId=made)["HealthCheck"]["HealthCheckConfig"].items()
        )

    def test_a_calculated_check_keeps_its_children(self, route53: Any) -> None:
        endpoint = {"Type": "TCP", "IPAddress": "192.0.2.1", "Port": 443, "Disabled": True}
        first, second, third = (
            route53.create_health_check(CallerReference=reference, HealthCheckConfig=endpoint)["HealthCheck"]["Id"]
            for reference in ("first", "second", "third")
        )
        wanted = {"Type": "CALCULATED", "HealthThreshold": 2, "ChildHealthChecks": [first, second]}
        made = route53.create_health_check(CallerReference="2", HealthCheckConfig=wanted)["HealthCheck"]["Id"]
        assert (
            wanted.items() <= route53.get_health_check(HealthCheckId=made)["HealthCheck"]["HealthCheckConfig"].items()
        )
        route53.update_health_check(HealthCheckId=made, ChildHealthChecks=[third])
        read = route53.get_health_check(HealthCheckId=made)["HealthCheck"]["HealthCheckConfig"]
        assert read["ChildHealthChecks"] == [third]

    def test_a_zone_says_that_it_is_not_signed(self, route53: Any) -> None:
        zone = route53.create_hosted_zone(Name="unsigned.example.com", CallerReference="3")["HostedZone"]["Id"]
        answer = route53.get_dnssec(HostedZoneId=zone)
        assert (answer["Status"]["ServeSignature"], answer["KeySigningKeys"]) == ("NOT_SIGNING", [])


class TestApiGateway:
    """Custom domains."""

    def test_a_mapping_without_base_path_is_none(self, gateway: Any) -> None:
        api = gateway.create_rest_api(name="mapped")["id"]
        gateway.create_domain_name(domainName="mapped.example.com")
        gateway.create_base_path_mapping(domainName="mapped.example.com", basePath="", restApiId=api, stage="live")
        read = gateway.get_base_path_mapping(domainName="mapped.example.com", basePath="(none)")
        assert (read["basePath"], read["restApiId"]) == ("(none)", api)

    def test_a_domain_without_mutual_tls_shows_none(self, gateway: Any) -> None:
        gateway.create_domain_name(domainName="plain.example.com")
        assert "mutualTlsAuthentication" not in gateway.get_domain_name(domainName="plain.example.com")


class TestSecureTransport:
    """The loopback gateway counts as secure transport."""

    def test_a_tls_only_queue_can_be_read_over_loopback(self, client: Client) -> None:
        sqs = client("sqs")
        url = sqs.create_queue(QueueName="tls-only")["QueueUrl"]
        policy = (
            '{"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Principal": "*", "Action": "sqs:*",'
            ' "Resource": "*", "Condition": {"Bool": {"aws:SecureTransport": "false"}}}]}'
        )
        sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy})
        assert "Policy" in sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["Policy"])["Attributes"]
