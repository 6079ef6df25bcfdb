"""The Lambda code: thin entry points over `handlers.payments`, packaged identically for both regions."""
