"""What the quantities rest on that neither the stack nor the rate says; each with its reason."""

from typing import Final

SECONDS_PER_MONTH: Final = 730 * 3600

PAYMENT_ITEM_BYTES: Final = 400
"""An item without metadata and its share of DynamoDB's overhead (100 bytes an item): one write unit."""

LOG_LINE_BYTES: Final = 170
"""A payment's line in the transaction log; tests compare it with what the functions write."""

FUNCTION_LOG_BYTES: Final = 850
"""What one payment logs: the function's line, its metrics, and Lambda's START, END and REPORT."""

ACCESS_LOG_BYTES: Final = 450
"""One line of API Gateway's access log."""

LOG_COMPRESSION: Final = 0.15
"""CloudWatch's own figure for what logs take once stored."""

RESPONSE_BYTES: Final = 1000
"""Body and headers of an answer."""

PAYMENT_SECONDS: Final = 0.020
"""Billed for a payment: two calls of DynamoDB at 5 to 10 ms on AWS, one of them in a while."""

PROBE_SECONDS: Final = 0.010
"""Billed for a request of `/writer`: what it reads, it reads beside the answer."""

HEALTH_SECONDS: Final = 0.040
"""Billed for a request of `/health`: a write, and a strongly consistent read across regions."""

WORKER_SECONDS: Final = 0.100
"""Billed for a batch: a few calls."""

TICKER_SECONDS: Final = 65
"""Billed for a run of the ticker: it ends once it sees that the next one, a minute later, has claimed its place. It
may live for 150 s: if every run did, the tickers' share of Lambda would be 2.3 times as much."""

TICKER_LOG_BYTES: Final = 2000
"""What a run of the ticker logs: its metrics, its own lines, and Lambda's START, END and REPORT."""

TICKER_READS_PER_SECOND: Final = 3.2
"""The writer item and both regions' proofs of fitness each second, the release each five, strongly consistent."""

TICKER_WRITES_PER_SECOND: Final = 1.1
"""The ticker's memory each second, a heartbeat each ten."""

TICKER_HEALTH_CALLS_PER_SECOND: Final = 0.5
"""Of its own region's `/health`, by the public endpoint."""

PROOFS_PER_SECOND: Final = 1
"""Of each region at most: good `/health` answers and stored payments raise its proof of fitness."""

RECEIPT_SECONDS: Final = 0.004
"""Billed for a payment's receipt: an object takes S3 some 40 ms, and ten are written at once."""

CHECKERS_PER_REGION: Final = 3
"""Route 53's checkers in each of its regions, as their published address ranges show."""

LOG_BATCH: Final = 100
"""Payments in one invocation of the transaction log at most (the event source's batch size)."""

LOG_WINDOW_SECONDS: Final = 5
"""How long it waits for more; with less than a full batch in that time, it runs once a window and shard."""

QUEUE_POLLS_PER_SECOND: Final = 0.25
"""Lambda's pollers of an empty queue: five, each waiting 20 s."""

WRITER_READS_PER_SECOND: Final = 1
"""Of each busy execution environment, strongly consistent: it reads the writer item again after a second."""

BUSINESS_METRICS: Final = 3
"""Custom metrics that a region begins to publish with its first payment: stored, logged, replayed."""

REPLICATION_METRICS: Final = 4
"""What S3 publishes for a rule with metrics once objects are replicated, charged like custom metrics."""

DNS_QUERIES_PER_PAYMENT: Final = 0
"""Alias records to API Gateway are answered for nothing."""

BACKUPS_PER_MONTH: Final = 730 / 24
"""Each region exports the whole table once a day."""

GROWING_TABLE: Final = 0.5
"""What an export of the first month holds of the month's payments, on the average."""

BACKUP_COMPRESSION: Final = 0.25
"""What gzip leaves of a table's items, which are much alike; not measured on AWS."""

BACKUP_MONTHS: Final = 1 / 6
"""How long the first month's backups are stored in it, as a share of the month and of its payments.

The export of the day d of D holds d/D of them and is stored for the rest of the month: d/D * (1 - d/D) is 1/6 on the
average.
"""

BACKUP_LOOKS_PER_MONTH: Final = 730 * 60
"""Each region's function says once a minute how old the backups are, and that no payment was changed."""

BACKUP_LOOK_LOG_BYTES: Final = 1000
"""What a look logs: two metrics' lines, and Lambda's START, END and REPORT."""

BACKUP_LOOK_REQUESTS: Final = 0.8
"""Of S3: eight lists every ten minutes, the exports of two tables in two regions and the newest one of each."""

BACKUP_LOOK_SECONDS: Final = 0.030
"""Billed for a look: the lists, one after the other, take some 250 ms, and nine looks of ten make none."""

READINESS_CHECKS_PER_MONTH: Final = 730 * 12
"""Each region's check starts every five minutes, with as much memory as a ticker."""

READINESS_CHECK_SECONDS: Final = 8
"""Billed for a check, on the average of both regions: the one that does not serve watches both proofs for 15 s."""

READINESS_CHECK_LOG_BYTES: Final = 700
"""What a check that finds nothing logs: its metric's line, and Lambda's START, END and REPORT."""
