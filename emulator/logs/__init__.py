"""CloudWatch Logs: what functions and Lambda itself write, and how it is read."""
