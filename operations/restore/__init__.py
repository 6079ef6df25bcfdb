"""Finds payments that something changed, removed or made up since a moment, and puts them right one by one."""
