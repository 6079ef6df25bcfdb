"""What the functions cost: cold starts, warm calls, CPU and memory, beside plain handlers on the SDKs."""
