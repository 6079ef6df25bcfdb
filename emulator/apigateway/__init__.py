"""API Gateway: the regions' data planes, what a deployment holds, integrations and validation."""
