"""Sends parked payments back to the queue from which they are stored."""
