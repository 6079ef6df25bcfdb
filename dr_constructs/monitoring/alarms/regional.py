"""All alarms of one region."""

from cdktf_cdktf_provider_aws.sns_topic import SnsTopic
from constructs import Construct

from dr_constructs.monitoring.alarms.api import ApiAlarms
from dr_constructs.monitoring.alarms.backups import BackupAlarms
from dr_constructs.monitoring.alarms.certificate import CertificateAlarm
from dr_constructs.monitoring.alarms.functions import FunctionAlarms
from dr_constructs.monitoring.alarms.group import AlarmGroup
from dr_constructs.monitoring.alarms.payments import PaymentAlarms
from dr_constructs.monitoring.alarms.queues import QueueAlarms
from dr_constructs.monitoring.alarms.quiet import QuietAlarms
from dr_constructs.monitoring.alarms.replication import ReplicationAlarms
from dr_constructs.monitoring.alarms.tables import TableAlarms
from dr_constructs.monitoring.alarms.writer import WriterAlarms
from dr_constructs.monitoring.watched import MonitoredRegion


class RegionalAlarms(Construct):
    """Watches everything in one region, including what it sends to its peer; one instance a region covers both ways."""

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        monitored: MonitoredRegion,
        peer: MonitoredRegion,
        suffix: str,
        topic: SnsTopic,
        lag_threshold_seconds: int,
        quiet_minutes: int | None,
    ) -> None:
        super().__init__(scope, id_)
        self._groups: list[AlarmGroup] = [
            WriterAlarms(self, "writer", monitored=monitored, suffix=suffix, topic=topic),
            PaymentAlarms(self, "payments", monitored=monitored, suffix=suffix, topic=topic),
            QuietAlarms(self, "quiet", monitored=monitored, suffix=suffix, topic=topic, quiet_minutes=quiet_minutes),
            ReplicationAlarms(
                self,
                "replication",
                monitored=monitored,
                peer=peer,
                suffix=suffix,
                topic=topic,
                lag_threshold_seconds=lag_threshold_seconds,
            ),
            TableAlarms(self, "tables", monitored=monitored, suffix=suffix, topic=topic),
            ApiAlarms(self, "api", monitored=monitored, suffix=suffix, topic=topic),
            QueueAlarms(self, "queues", monitored=monitored, suffix=suffix, topic=topic),
            FunctionAlarms(self, "functions", monitored=monitored, suffix=suffix, topic=topic),
            BackupAlarms(self, "backups", monitored=monitored, suffix=suffix, topic=topic),
        ]
        if monitored.certificate is not None:
            self._groups.append(
                CertificateAlarm(
                    self,
                    "certificate",
                    region=monitored.region,
                    certificate=monitored.certificate,
                    suffix=suffix,
                    topic=topic,
                )
            )

    @property
    def arns(self) -> list[str]:
        """The ARNs of all alarms of the region, what matters most first."""
        return [arn for group in self._groups for arn in group.arns]

    @property
    def names(self) -> list[str]:
        """Their names, in the same order."""
        return [name for group in self._groups for name in group.names]
