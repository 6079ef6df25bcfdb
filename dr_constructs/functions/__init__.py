"""The functions of one region: a construct each, with its own role, log group and trigger."""
