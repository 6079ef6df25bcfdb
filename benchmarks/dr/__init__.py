"""What it costs to start `dr` and `client`."""
