"""Whether the standby is fit to take over, judged before it has to."""
