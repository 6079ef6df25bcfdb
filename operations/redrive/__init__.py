"""Sends parked payments to the retry queue of the region that serves."""
