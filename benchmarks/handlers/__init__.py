"""What the functions cost: cold starts, warm calls, CPU and memory, beside a plain handler on the SDK."""
