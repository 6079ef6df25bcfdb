"""Judges in advance whether the other region is fit to take over."""
