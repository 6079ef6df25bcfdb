"""EventBridge: rules on a schedule."""
