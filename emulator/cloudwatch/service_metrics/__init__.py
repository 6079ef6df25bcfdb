"""What services publish about themselves in CloudWatch, each in its own region, from what really happens in them.

Of queues, REST APIs, functions and certificates, the metrics that a stack is watched by; not API Gateway's per method,
nor SQS's counts of what was sent. A datapoint is stamped with the end of its minute, as replication's are. Ages are
emulated seconds, like the thresholds that they meet; durations of real work are real milliseconds. What a region that
is down would have published is lost.
"""

from emulator.cloudwatch.service_metrics.part import ServiceMetrics

__all__ = ["ServiceMetrics"]
