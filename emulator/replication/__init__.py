"""Replication with time in it: what one region writes reaches the others later, in order, and can be held up.

MiniStack copies a global table's items and a bucket's objects within the request that writes them. Here each write
goes onto a link between two regions (`transfers`), arrives after a lag (`lag`) when the faults let it, and is applied
unless something newer is there (`table_replication`, `bucket_replication`). The part (`part`) lets time pass, and
publishes what really arrived as AWS does.
"""
