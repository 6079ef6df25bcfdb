"""The statements of the functions' roles, named by their actions."""

from handlers.environment import Function

LOGS = frozenset({"logs:CreateLogStream", "logs:PutLogEvents"})
PUT, GET, UPDATE = (frozenset({f"dynamodb:{action}Item"}) for action in ("Put", "Get", "Update"))
SEND = frozenset({"sqs:SendMessage"})
CONSUME = frozenset({"sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"})
STREAM = frozenset({"dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator"})
STREAMS = frozenset({"dynamodb:ListStreams"})
WRITE = frozenset({"s3:PutObject"})
PARAMETER = frozenset({"ssm:GetParameter"})

RIGHTS = {
    Function.PAYMENT_API: [LOGS, PUT, GET, SEND],
    Function.RETRY_WORKER: [LOGS, PUT, GET, PARAMETER, CONSUME],
    Function.TRANSACTION_LOG: [LOGS, STREAM, STREAMS, WRITE, PUT, SEND],
    Function.HEARTBEAT: [LOGS, PUT],
    Function.SENTINEL: [LOGS, GET, PUT, PARAMETER, UPDATE],
}
"""What each function holds in the standby; the tests of rights take each away."""

SENTINEL_IN_PRIMARY = [LOGS, GET]
"""There it observes, and decides nothing; every other function holds the same in both regions."""
