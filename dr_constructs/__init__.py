"""The constructs of a payment API that survives the loss of an AWS region."""
