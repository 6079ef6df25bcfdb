"""Simulated AWS: state, time and failure of the services that the shipped code uses, with botocore's call shapes."""
