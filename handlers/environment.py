"""The environment contract between the constructs, which set these variables, and the functions, which read them.

Standard library only: the constructs import this module too. `AWS_REGION` is set by Lambda itself and must never be
set as a function variable (FACTS 4.1).
"""

from enum import StrEnum


class Variable(StrEnum):
    """Every environment variable that a function reads."""

    REGION = "AWS_REGION"  # set by Lambda, never by the constructs
    TABLE_NAME = "TABLE_NAME"
    PRIMARY_REGION = "PRIMARY_REGION"
    STANDBY_REGION = "STANDBY_REGION"
    RETRY_QUEUE_URL = "RETRY_QUEUE_URL"
    BUCKET_NAME = "BUCKET_NAME"
    PAYMENT_RECEIPTS = "PAYMENT_RECEIPTS"  # "true" | "false"
    CONNECTION_STRING_PARAMETER = "CONNECTION_STRING_PARAMETER"
    PEER_ENDPOINT_PARAMETER = "PEER_ENDPOINT_PARAMETER"
    CONFIGURATION_PARAMETER = "CONFIGURATION_PARAMETER"
    RELEASE = "RELEASE"  # the zip's hash: two regions with the same value run the same code
    LOG_LEVEL = "POWERTOOLS_LOG_LEVEL"
    SERVICE = "POWERTOOLS_SERVICE_NAME"
    METRICS_NAMESPACE = "POWERTOOLS_METRICS_NAMESPACE"


class Function(StrEnum):
    """The functions of one region; the value is also the first part of the function's name."""

    PAYMENT_API = "payment-api"
    RETRY_WORKER = "retry-worker"
    TRANSACTION_LOG = "transaction-log"
    HEARTBEAT = "heartbeat"
    SENTINEL = "sentinel"


HANDLERS = {function: f"handlers.{function.replace('-', '_')}.handler" for function in Function}
"""The entry point of each function inside the zip."""

VARIABLES: dict[Function, tuple[Variable, ...]] = {
    Function.PAYMENT_API: (
        Variable.TABLE_NAME,
        Variable.PRIMARY_REGION,
        Variable.STANDBY_REGION,
        Variable.RETRY_QUEUE_URL,
    ),
    # The worker finds its table by the connection string.
    Function.RETRY_WORKER: (Variable.CONNECTION_STRING_PARAMETER,),
    Function.TRANSACTION_LOG: (Variable.TABLE_NAME, Variable.BUCKET_NAME, Variable.PAYMENT_RECEIPTS),
    Function.HEARTBEAT: (Variable.TABLE_NAME, Variable.RELEASE),
    Function.SENTINEL: (
        Variable.TABLE_NAME,
        Variable.PRIMARY_REGION,
        Variable.STANDBY_REGION,
        Variable.PEER_ENDPOINT_PARAMETER,
        Variable.CONFIGURATION_PARAMETER,
        Variable.RELEASE,
    ),
}
"""What each function needs, beside what every function gets: `REGION`, `LOG_LEVEL`, `SERVICE`, `METRICS_NAMESPACE`."""


def metrics_namespace(suffix: str) -> str:
    """Return the CloudWatch namespace of one environment's metrics: two in one account must not hide each other."""
    return f"PaymentsDR/{suffix}"


class Metric(StrEnum):
    """The metrics that functions emit (EMF) and alarms watch; dimensions: service, Region."""

    HEARTBEAT_AGE = "PeerHeartbeatAge"  # seconds; Region is the observer's
    PAYMENT_STORED = "PaymentStored"
    PAYMENT_REPLAYED = "PaymentReplayed"
    PAYMENT_CONFLICT = "PaymentConflict"
    PAYMENT_REJECTED = "PaymentRejected"
    PAYMENT_QUEUED = "PaymentQueued"
    PAYMENT_REFUSED = "PaymentRefused"  # fenced, or nothing durable took it
    PAYMENT_RETRIED = "PaymentRetried"
    PAYMENT_LOGGED = "PaymentLogged"
    AUTOMATIC_TAKEOVER = "AutomaticTakeover"


REGION_DIMENSION = "Region"

# --- The table: one string hash key, `pk`. Prefixes keep payments and control items apart for IAM (LeadingKeys). ---

PARTITION_KEY = "pk"
PAYMENT_PREFIX = "payment#"  # "#" is in no client id, so no client id can reach a control item
FENCE_PREFIX = "control#fence#"  # + region
HEARTBEAT_PREFIX = "control#heartbeat#"  # + region
ACTIVITY_PREFIX = "control#activity#"  # + region: when a payment last began there
SENTINEL_PREFIX = "control#sentinel#"  # + region: what the region's sentinel remembers between runs

# --- The stream filter: only the inserts of payments that began in the consumer's own region are logged there. ---

KIND_ATTRIBUTE = "kind"
PAYMENT_KIND = "payment"
REGION_ATTRIBUTE = "region"

# --- The bucket's prefixes. ---

LOG_PREFIX = "transaction-logs/"  # <region>/<yyyy>/<mm>/<dd>/<batch>.jsonl
RECEIPT_PREFIX = "receipts/"  # <transactionId>.json
BACKUP_PREFIX = "backups/"
