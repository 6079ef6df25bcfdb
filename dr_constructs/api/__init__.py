"""The API Gateway of one region: routes, deployment, stage, logging, and the URL beside it."""
