"""What is watched: one region's resources and the metrics they publish, named once for alarms and dashboard alike."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from cdktf_cdktf_provider_aws.acm_certificate import AcmCertificate
from cdktf_cdktf_provider_aws.api_gateway_rest_api import ApiGatewayRestApi
from cdktf_cdktf_provider_aws.api_gateway_stage import ApiGatewayStage
from cdktf_cdktf_provider_aws.dynamodb_table import DynamodbTable
from cdktf_cdktf_provider_aws.lambda_function import LambdaFunction
from cdktf_cdktf_provider_aws.route53_health_check import Route53HealthCheck
from cdktf_cdktf_provider_aws.s3_bucket import S3Bucket
from cdktf_cdktf_provider_aws.sns_topic import SnsTopic
from cdktf_cdktf_provider_aws.sqs_queue import SqsQueue

from contract.environment import REGION_DIMENSION, Function, Metric
from dr_constructs.aws_limits import ROUTE_53_REGION
from dr_constructs.region import Region
from dr_constructs.storage.bucket_replication import RULE_ID


@dataclass(frozen=True)
class WatchedMetric:
    """One CloudWatch metric and the region that stores it; no alarm elsewhere can watch it (FACTS 1.2)."""

    region: str
    namespace: str
    name: str
    dimensions: Mapping[str, str]


@dataclass(frozen=True)
class MonitoredChecks:
    """The health checks that are watched; `serving` is the calculated one that the primary's record follows."""

    primary_writer: Route53HealthCheck
    standby_health: Route53HealthCheck
    serving: Route53HealthCheck


@dataclass(frozen=True)
class MonitoredRegion:
    """The resources of one region that alarms and dashboard watch; `table` is the global table, the same in both."""

    region: Region
    metrics_namespace: str
    table: DynamodbTable
    functions: Mapping[Function, LambdaFunction]
    rest_api: ApiGatewayRestApi
    stage: ApiGatewayStage
    retry_queue: SqsQueue
    dead_letter_queue: SqsQueue
    stream_failures_queue: SqsQueue
    bucket: S3Bucket
    topic: SnsTopic
    control_table_name: str
    certificate: AcmCertificate | None = None
    """Absent where there is no domain."""

    def function_metric(self, function: Function, name: str) -> WatchedMetric:
        """Return a metric of one function, such as `Errors` (count) or `IteratorAge` (milliseconds)."""
        return self._metric("AWS/Lambda", name, {"FunctionName": self._function_names[function]})

    def api_metric(self, name: str) -> WatchedMetric:
        """Return a metric of the stage, such as `5XXError` (count; its average is the rate) or `Latency` (ms)."""
        return self._metric("AWS/ApiGateway", name, self._api_dimensions)

    def queue_metric(self, queue: SqsQueue, name: str) -> WatchedMetric:
        """Return a metric of one of the region's queues."""
        return self._metric("AWS/SQS", name, {"QueueName": queue.name})

    def business_metric(self, service: Function, metric: Metric) -> WatchedMetric:
        """Return a metric that a function publishes itself; Powertools adds the dimension `service`."""
        return self._metric(self.metrics_namespace, metric, {"service": service, REGION_DIMENSION: self.region.name})

    def table_metric(self, table_name: str, name: str, operation: str | None = None) -> WatchedMetric:
        """Return a metric of one table; system errors have an operation, throttled requests have none (FACTS 14.1)."""
        operations = {} if operation is None else {"Operation": operation}
        return self._metric("AWS/DynamoDB", name, {"TableName": table_name, **operations})

    @cached_property
    def notifications_failed(self) -> WatchedMetric:
        """Return how many of the alarm topic's deliveries failed for good."""
        return self._metric("AWS/SNS", "NumberOfNotificationsFailed", {"TopicName": self.topic.name})

    def replication_lag_to(self, receiver: "MonitoredRegion") -> WatchedMetric:
        """Return the table's replication latency (ms), which the sending region stores (FACTS 1.1, 1.2)."""
        return self._metric(
            "AWS/DynamoDB",
            "ReplicationLatency",
            {"TableName": self.table.name, "ReceivingRegion": receiver.region.name},
        )

    def objects_sent_metric(self, name: str, *, receiver: "MonitoredRegion") -> WatchedMetric:
        """Return a bucket replication metric of the source region, `OperationsFailedReplication` (FACTS 5.2)."""
        return self._metric("AWS/S3", name, _replication_dimensions(source=self, destination=receiver))

    def objects_received_metric(self, name: str, *, sender: "MonitoredRegion") -> WatchedMetric:
        """Return one of the destination region: `ReplicationLatency` (seconds), `BytesPendingReplication`."""
        return self._metric("AWS/S3", name, _replication_dimensions(source=sender, destination=self))

    # Read once: every property of a construct that is read is a message to jsii's process and back.
    @cached_property
    def _function_names(self) -> Mapping[Function, str]:
        return {function: resource.function_name for function, resource in self.functions.items()}

    @cached_property
    def _api_dimensions(self) -> Mapping[str, str]:
        return {"ApiName": self.rest_api.name, "Stage": self.stage.stage_name}

    @cached_property
    def bucket_name(self) -> str:
        """The name of the bucket."""
        return self.bucket.bucket

    def _metric(self, namespace: str, name: str, dimensions: Mapping[str, str]) -> WatchedMetric:
        return WatchedMetric(self.region.name, namespace, name, dimensions)


def _replication_dimensions(*, source: MonitoredRegion, destination: MonitoredRegion) -> Mapping[str, str]:
    return {
        "SourceBucket": source.bucket_name,
        "DestinationBucket": destination.bucket_name,
        "RuleId": RULE_ID,
    }


def health_check_metric(check: Route53HealthCheck) -> WatchedMetric:
    """Return a health check's status: 1 healthy, 0 not."""
    return WatchedMetric(ROUTE_53_REGION, "AWS/Route53", "HealthCheckStatus", {"HealthCheckId": check.id})


def certificate_metric(certificate: AcmCertificate, region: Region) -> WatchedMetric:
    """Return the days that a certificate has left."""
    return WatchedMetric(region.name, "AWS/CertificateManager", "DaysToExpiry", {"CertificateArn": certificate.arn})
