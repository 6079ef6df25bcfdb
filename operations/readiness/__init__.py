"""Whether the other region is fit to take over, judged before it has to."""
