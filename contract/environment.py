"""The environment contract between the constructs, which set these variables, and the functions, which read them.

Standard library only: the constructs import this module too. `AWS_REGION` is set by Lambda itself and must never be
set as a function variable (FACTS 4.1).
"""

from enum import StrEnum


class Variable(StrEnum):
    """Every environment variable of a function."""

    REGION = "AWS_REGION"  # set by Lambda, never by the constructs
    TABLE_NAME = "TABLE_NAME"
    CONTROL_TABLE_NAME = "CONTROL_TABLE_NAME"
    PRIMARY_REGION = "PRIMARY_REGION"
    STANDBY_REGION = "STANDBY_REGION"
    RETRY_QUEUE_URL = "RETRY_QUEUE_URL"
    PEER_RETRY_QUEUE_URL = "PEER_RETRY_QUEUE_URL"
    DEAD_LETTER_QUEUE_URL = "DEAD_LETTER_QUEUE_URL"
    STREAM_FAILURES_QUEUE_URL = "STREAM_FAILURES_QUEUE_URL"
    BUCKET_NAME = "BUCKET_NAME"
    ALLOW_CARD_NUMBERS = "ALLOW_CARD_NUMBERS"  # "true" | "false"
    PAYMENT_RECEIPTS = "PAYMENT_RECEIPTS"  # "true" | "false"
    CONNECTION_STRING_PARAMETER = "CONNECTION_STRING_PARAMETER"
    ENDPOINT_PARAMETER = "ENDPOINT_PARAMETER"  # of the region's own public endpoint
    CONFIGURATION_PARAMETER = "CONFIGURATION_PARAMETER"
    RELEASE = "RELEASE"  # the zip's hash: two regions with the same value run the same code
    RELEASE_TARGETS = "RELEASE_TARGETS"  # what a release moves, see `handlers.releases.targets`
    DATA_FORMATS = "DATA_FORMATS"  # what the version writes and reads, for `dr release`; see `contract.releases`
    LOG_LEVEL = "POWERTOOLS_LOG_LEVEL"
    SERVICE = "POWERTOOLS_SERVICE_NAME"
    METRICS_NAMESPACE = "POWERTOOLS_METRICS_NAMESPACE"


class Function(StrEnum):
    """The functions of one region; the value is also the first part of the function's name."""

    PAYMENT_API = "payment-api"
    PAYMENT_CANARY = "payment-canary"  # the same code on a table of its own, for `dr release`
    PROBES = "probes"  # `/writer`, which nobody's payments and no flood of `/health` may keep from answering
    RETRY_WORKER = "retry-worker"
    TRANSACTION_LOG = "transaction-log"
    TICKER = "ticker"
    READINESS_CHECK = "readiness"  # whether the region that does not serve could take over


HANDLERS = {
    **{function: f"handlers.{function.replace('-', '_')}.handler" for function in Function},
    Function.PAYMENT_CANARY: "handlers.payment_api.handler",  # the unmodified path: its variables alone differ
}
"""The entry point of each function inside the zip."""

_PAYMENT_VARIABLES = (
    Variable.TABLE_NAME,
    Variable.CONTROL_TABLE_NAME,
    Variable.PRIMARY_REGION,
    Variable.STANDBY_REGION,
    Variable.RETRY_QUEUE_URL,
    Variable.ALLOW_CARD_NUMBERS,
)

VARIABLES: dict[Function, tuple[Variable, ...]] = {
    Function.PAYMENT_API: _PAYMENT_VARIABLES,
    Function.PAYMENT_CANARY: _PAYMENT_VARIABLES,
    Function.PROBES: (
        Variable.TABLE_NAME,
        Variable.CONTROL_TABLE_NAME,
        Variable.PRIMARY_REGION,
        Variable.STANDBY_REGION,
    ),
    # The worker finds its table by the connection string.
    Function.RETRY_WORKER: (
        Variable.CONNECTION_STRING_PARAMETER,
        Variable.CONTROL_TABLE_NAME,
        Variable.PRIMARY_REGION,
        Variable.STANDBY_REGION,
        Variable.RETRY_QUEUE_URL,
        Variable.PEER_RETRY_QUEUE_URL,
        Variable.DEAD_LETTER_QUEUE_URL,
    ),
    Function.TRANSACTION_LOG: (
        Variable.BUCKET_NAME,
        Variable.PAYMENT_RECEIPTS,
        Variable.TABLE_NAME,
        Variable.PRIMARY_REGION,
        Variable.STANDBY_REGION,
    ),
    Function.TICKER: (
        Variable.TABLE_NAME,
        Variable.CONTROL_TABLE_NAME,
        Variable.PRIMARY_REGION,
        Variable.STANDBY_REGION,
        Variable.ENDPOINT_PARAMETER,
        Variable.CONFIGURATION_PARAMETER,
        Variable.RELEASE,
        Variable.RELEASE_TARGETS,
    ),
    Function.READINESS_CHECK: (
        Variable.TABLE_NAME,
        Variable.CONTROL_TABLE_NAME,
        Variable.PRIMARY_REGION,
        Variable.STANDBY_REGION,
        Variable.BUCKET_NAME,
        Variable.DEAD_LETTER_QUEUE_URL,
        Variable.STREAM_FAILURES_QUEUE_URL,
    ),
}
"""What each function needs, beside what every function gets.

That is `REGION`, `LOG_LEVEL`, `SERVICE`, `METRICS_NAMESPACE`, and `DATA_FORMATS`, which no function reads.
"""


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
    PAYMENT_REFUSED = "PaymentRefused"  # the region is not known to own the writer, or nothing durable took it
    PAYMENT_RETRIED = "PaymentRetried"
    PAYMENT_FORWARDED = "PaymentForwarded"  # from the retry queue to the owner's
    PAYMENT_PARKED = "PaymentParked"  # to the dead letter queue
    PAYMENT_LOGGED = "PaymentLogged"
    PAYMENTS_CHANGED = "PaymentsChanged"  # changes and removals that the region's stream shows; each is one too many
    BACKUP_AGE = "BackupAge"  # seconds: the oldest of what each region and table has as its newest backup in the bucket
    # What the tickers see of the writer item, every few seconds; 1 means yes, 0 means no.
    WRITER_UNKNOWN = "WriterUnknown"  # the control table does not answer, or holds no writer
    WRITER_CLOSED = "WriterClosed"  # nobody may store: the seconds since this region saw it
    WRITER_HELD = "WriterHeld"
    AUTOMATIC_OFF = "AutomaticTakeoverOff"
    OWNS_WRITER = "OwnsWriter"  # the region owns the writer, which is open: payments should arrive here
    REGION_UNFIT = "RegionUnfit"
    NO_REGION_FIT = "NoRegionFit"  # neither this region nor its peer could take payments, as this one sees it
    RELEASE_RUNNING = "ReleaseRunning"  # the seconds for which a release has been under way; 0 if none is
    TAKEOVER_WITHHELD = "TakeoverWithheld"  # the peer is lost, and lag or flapping forbids an unattended takeover
    GLASS_BROKEN = "GlassBroken"  # break glass is in force, or was void when the quorum returned
    # What they did.
    AUTOMATIC_TAKEOVER = "AutomaticTakeover"
    CLOSING_UNDONE = "ClosingUndone"
    RELEASE_UNDONE = "ReleaseUndone"  # 1 while a release is being put back
    # What the readiness check found, once a run.
    READINESS_FAILED = "ReadinessFailed"  # how many checks failed; 0 in the region that serves


REGION_DIMENSION = "Region"

# --- The tables: one string hash key each, `pk`. Prefixes tell items apart for IAM (LeadingKeys). ---

PARTITION_KEY = "pk"

# In the payments table, replicated asynchronously:
PAYMENT_PREFIX = "payment#"  # "#" is in no client id, so no client id can reach a control item
HEARTBEAT_PREFIX = "control#heartbeat#"  # + region: measures replication, decides nothing
HEALTH_PREFIX = "control#health#"  # + region: what `/health` reads and writes
GLASS_PREFIX = "control#glass#"  # + region: read only when the control table does not answer

# In the control table, strongly consistent in all regions:
WRITER_KEY = "writer"  # who may store payments
PROOF_PREFIX = "proof#"  # + region: counts up while the region is fit
TICKER_PREFIX = "ticker#"  # + region: what the region's ticker remembers between runs
RELEASE_KEY = "release"  # the release under way, or the last one
EPOCH_PREFIX = "epoch#"  # + region + "#" + epoch: the writer item as the region's ticker saw it

# --- The stream: payments that began in the consumer's own region are logged there, changes of any are counted. ---

KIND_ATTRIBUTE = "kind"
PAYMENT_KIND = "payment"
REGION_ATTRIBUTE = "region"
LOGGED_EVENTS = ("INSERT", "MODIFY")
CHANGE_EVENTS = ("MODIFY", "REMOVE")  # of a payment, which is inserted once and never changed

# --- The bucket's prefixes. ---

LOG_PREFIX = "transaction-logs/"  # <region>/<yyyy>/<mm>/<dd>/<batch>.jsonl
OPERATORS_LOG_PREFIX = f"{LOG_PREFIX}operators/"  # <yyyy>/<mm>/<dd>/<transactionId>-<digest>.jsonl, of reconciliation
RECEIPT_PREFIX = "receipts/"  # <region>/<transactionId>.json
BACKUP_PREFIX = "backups/"  # <region>/<table>/AWSDynamoDB/<export>/, as DynamoDB writes it

BACKUP_TABLES = ("payments", "control")
"""The tables that are exported, by what their folders are called."""

BACKUP_COMPLETE = "manifest-summary.json"
"""What DynamoDB writes into an export's folder once it is complete."""

BACKUPS_KEY = "backups"
BACKUPS_EVENT = {"Records": [], BACKUPS_KEY: True}
"""Has the transaction log's function look at the backups; a version that knows of none takes it for an empty batch."""


def backup_prefix(region: str, table: str) -> str:
    """Return the prefix that is asked for an export of one of `BACKUP_TABLES`; DynamoDB adds the slash."""
    return f"{BACKUP_PREFIX}{region}/{table}"


def export_prefix(region: str, table: str) -> str:
    """Return the folder below which each export of a table has a folder of its own."""
    return f"{backup_prefix(region, table)}/AWSDynamoDB/"
