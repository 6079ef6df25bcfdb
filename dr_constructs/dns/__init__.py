"""Names: certificates, custom domains, health checks and the records that fail over."""
