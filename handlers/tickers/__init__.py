"""The ticker: a function that is always there, watches both regions and moves the writer when it must."""
