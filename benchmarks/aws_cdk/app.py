# ruff: noqa: INP001 — it runs in an environment of its own, where nothing of the project is
"""A comparable stack with AWS CDK: the same services, twice, and about as many resources."""

import os

import aws_cdk as cdk
import aws_cdk.aws_apigateway as apigateway
import aws_cdk.aws_cloudwatch as cloudwatch
import aws_cdk.aws_cloudwatch_actions as actions
import aws_cdk.aws_dynamodb as dynamodb
import aws_cdk.aws_events as events
import aws_cdk.aws_events_targets as targets
import aws_cdk.aws_iam as iam
import aws_cdk.aws_lambda as functions
import aws_cdk.aws_lambda_event_sources as sources
import aws_cdk.aws_logs as logs
import aws_cdk.aws_route53 as route53
import aws_cdk.aws_s3 as s3
import aws_cdk.aws_sns as sns
import aws_cdk.aws_sqs as sqs
import aws_cdk.aws_ssm as ssm

REGIONS = ("us-east-1", "us-east-2")
FUNCTIONS = ("api", "retry", "log", "heartbeat", "sentinel")
ALARMS = 25
CODE = 'def handler(event, context):\n    return {"statusCode": 200}\n'


class CdkRegionStack(cdk.Stack):
    """One region."""

    def __init__(self, scope: cdk.App, id_: str, *, primary: bool, **options: object) -> None:
        super().__init__(scope, id_, **options)
        table = self.table(primary=primary)
        topic = sns.Topic(self, "topic")
        dead_letters = self.queue("dead-letters")
        retries = self.queue("retries", sqs.DeadLetterQueue(queue=dead_letters, max_receive_count=5))
        failures = self.queue("failures")
        bucket = s3.Bucket(
            self,
            "bucket",
            versioned=True,
            enforce_ssl=True,
            encryption=s3.BucketEncryption.S3_MANAGED,
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
            lifecycle_rules=[s3.LifecycleRule(expiration=cdk.Duration.days(400))],
        )
        deployed = {name: self.function(name, table) for name in FUNCTIONS}
        deployed["retry"].add_event_source(sources.SqsEventSource(retries, report_batch_item_failures=True))
        deployed["log"].add_event_source(
            sources.DynamoEventSource(table, starting_position=functions.StartingPosition.LATEST)
            if primary
            else sources.SqsEventSource(failures)
        )
        bucket.grant_put(deployed["log"])
        retries.grant_send_messages(deployed["api"])
        for name in ("heartbeat", "sentinel"):
            rule = events.Rule(self, f"{name}-rule", schedule=events.Schedule.rate(cdk.Duration.minutes(1)))
            rule.add_target(targets.LambdaFunction(deployed[name]))
        self.api(deployed["api"])
        self.alarms(topic, list(deployed.values()), (dead_letters, retries, failures))
        for number in range(5):
            ssm.StringParameter(self, f"parameter-{number}", string_value=bucket.bucket_name)
        if primary:
            self.domain()

    def table(self, *, primary: bool) -> dynamodb.ITableV2:
        """Make the global table in the primary region, refer to it in the other."""
        name = "payments"
        if not primary:
            return dynamodb.TableV2.from_table_name(self, "table", name)
        return dynamodb.TableV2(
            self,
            "table",
            table_name=name,
            partition_key=dynamodb.Attribute(name="pk", type=dynamodb.AttributeType.STRING),
            dynamo_stream=dynamodb.StreamViewType.NEW_AND_OLD_IMAGES,
            replicas=[dynamodb.ReplicaTableProps(region=REGIONS[1])],
        )

    def queue(self, name: str, dead_letters: sqs.DeadLetterQueue | None = None) -> sqs.Queue:
        """Make an encrypted queue."""
        return sqs.Queue(
            self,
            name,
            dead_letter_queue=dead_letters,
            encryption=sqs.QueueEncryption.SQS_MANAGED,
            retention_period=cdk.Duration.days(14),
        )

    def function(self, name: str, table: dynamodb.ITableV2) -> functions.Function:
        """Make a function with its log group and a role of its own."""
        group = logs.LogGroup(self, f"{name}-logs", retention=logs.RetentionDays.ONE_MONTH)
        role = iam.Role(self, f"{name}-role", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"))
        function = functions.Function(
            self,
            name,
            runtime=functions.Runtime.PYTHON_3_13,
            handler="index.handler",
            code=functions.Code.from_inline(CODE),
            role=role,
            log_group=group,
            environment={"TABLE_NAME": table.table_name},
        )
        table.grant(role, "dynamodb:PutItem", "dynamodb:GetItem")
        group.grant_write(role)
        return function

    def api(self, function: functions.Function) -> None:
        """Make the API with four routes."""
        api = apigateway.RestApi(self, "payments", cloud_watch_role=True)
        integration = apigateway.LambdaIntegration(function)
        payment = api.root.add_resource("payment")
        payment.add_method("POST", integration, authorization_type=apigateway.AuthorizationType.IAM)
        payment.add_resource("{id}").add_method("GET", integration)
        for path in ("health", "takeover"):
            api.root.add_resource(path).add_method("GET", integration)
        for name in ("DEFAULT_4_XX", "DEFAULT_5_XX", "THROTTLED", "ACCESS_DENIED"):
            api.add_gateway_response(name, type=getattr(apigateway.ResponseType, name))

    def alarms(self, topic: sns.Topic, deployed: list[functions.Function], queues: tuple[sqs.Queue, ...]) -> None:
        """Make alarms on functions and queues that notify the topic."""
        metrics = [metric() for each in deployed for metric in (each.metric_errors, each.metric_throttles)]
        metrics += [
            metric()
            for each in queues
            for metric in (
                each.metric_approximate_number_of_messages_visible,
                each.metric_approximate_age_of_oldest_message,
            )
        ]
        for number in range(ALARMS):
            alarm = cloudwatch.Alarm(
                self,
                f"alarm-{number}",
                metric=metrics[number % len(metrics)],
                threshold=number,
                evaluation_periods=1,
                treat_missing_data=cloudwatch.TreatMissingData.NOT_BREACHING,
            )
            alarm.add_alarm_action(actions.SnsAction(topic))

    def domain(self) -> None:
        """Make the zone, its health checks and its records."""
        zone = route53.HostedZone(self, "zone", zone_name="payments.example.com")
        for number in range(4):
            route53.CfnHealthCheck(
                self,
                f"check-{number}",
                health_check_config=route53.CfnHealthCheck.HealthCheckConfigProperty(
                    type="HTTPS", fully_qualified_domain_name=f"{number}.payments.example.com"
                ),
            )
            route53.ARecord(
                self,
                f"record-{number}",
                zone=zone,
                record_name=f"{number}",
                target=route53.RecordTarget.from_ip_addresses("192.0.2.1"),
            )


app = cdk.App(outdir=os.environ["CDK_OUTDIR"], analytics_reporting=False)
for region in REGIONS:
    CdkRegionStack(
        app,
        f"payments-{region}",
        primary=region == REGIONS[0],
        env=cdk.Environment(account="111111111111", region=region),
    )
app.synth()
