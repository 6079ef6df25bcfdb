"""The statements of the functions' roles, named by their actions."""

from contract.environment import Function
from tests.emulated.faults import ON_CONTROL

LOGS = frozenset({"logs:CreateLogStream", "logs:PutLogEvents"})
PUT, GET, UPDATE, DELETE = (frozenset({f"dynamodb:{action}Item"}) for action in ("Put", "Get", "Update", "Delete"))
CONTROL_PUT, CONTROL_GET, CONTROL_UPDATE = (each | {ON_CONTROL} for each in (PUT, GET, UPDATE))
SEND = frozenset({"sqs:SendMessage"})
CONSUME = frozenset({"sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"})
STREAM = frozenset({"dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator"})
STREAMS = frozenset({"dynamodb:ListStreams"})
WRITE = frozenset({"s3:PutObject"})
LIST = frozenset({"s3:ListBucket"})
DESCRIBE = frozenset({"dynamodb:DescribeTable"})
PARAMETER = frozenset({"ssm:GetParameter"})
EXPORT = frozenset({"dynamodb:ExportTableToPointInTime", ON_CONTROL})
EXPORTED = frozenset({"s3:AbortMultipartUpload", "s3:PutObject", "s3:PutObjectAcl"})
ALIASES = frozenset({"lambda:GetAlias", "lambda:UpdateAlias"})
INVOKE = frozenset({"lambda:InvokeFunction"})
STAGE = frozenset({"apigateway:GET", "apigateway:PATCH"})
PUBLISH = frozenset({"events:PutEvents"})
DEPTHS = frozenset({"sqs:GetQueueAttributes"})

RIGHTS = {
    Function.PAYMENT_API: [LOGS, PUT, GET, UPDATE, CONTROL_GET, CONTROL_UPDATE, SEND],
    Function.PAYMENT_CANARY: [LOGS, PUT, GET, UPDATE, GET, UPDATE, SEND],  # its table is its control table, too
    Function.PROBES: [LOGS, GET, CONTROL_GET],
    Function.RETRY_WORKER: [LOGS, PUT, GET, CONTROL_GET, PARAMETER, CONSUME, SEND],
    Function.TRANSACTION_LOG: [LOGS, STREAM, STREAMS, WRITE, SEND, LIST, DESCRIBE],
    Function.TICKER: [
        LOGS,
        CONTROL_GET,
        CONTROL_PUT,
        CONTROL_UPDATE,
        GET,
        PUT,
        DELETE,
        PARAMETER,
        INVOKE,
        PUBLISH,
        *2 * [ALIASES, STAGE],
    ],
    Function.READINESS_CHECK: [LOGS, CONTROL_GET, GET, DESCRIBE, DEPTHS, LIST],
}
"""What each function holds, the same in both regions; the tests of rights take each away."""
