"""Which rights reading an event source takes; that they are enforced is tested with the deployed functions."""

from emulator.event_sources import rights

QUEUE = "arn:aws:sqs:us-east-2:000000000000:retry"
STREAM = "arn:aws:dynamodb:us-east-2:000000000000:table/payments/stream/2026-01-31T12:00:00.000"


def test_a_queue_is_received_from_deleted_from_and_counted() -> None:
    assert rights(QUEUE) == [
        ("sqs:ReceiveMessage", QUEUE),
        ("sqs:DeleteMessage", QUEUE),
        ("sqs:GetQueueAttributes", QUEUE),
    ]


def test_a_stream_is_read_and_the_tables_streams_are_listed() -> None:
    assert rights(STREAM) == [
        ("dynamodb:DescribeStream", STREAM),
        ("dynamodb:GetRecords", STREAM),
        ("dynamodb:GetShardIterator", STREAM),
        ("dynamodb:ListStreams", f"{STREAM.rpartition('/')[0]}/any"),
    ]


def test_other_sources_are_left_to_what_emulates_them() -> None:
    assert rights("arn:aws:kinesis:us-east-2:000000000000:stream/any") == []
