"""The payment client as payers use it: SigV4a signatures, DNS with TTLs, retries under the same transaction id.

It imports nothing of the project, so payers can copy it as it is; it needs botocore, awscrt and dnspython.
"""
