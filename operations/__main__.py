"""Runs `./dr`, the on-call engineer's tool."""

from client.output import run
from operations.cli.app import main
from operations.signals import taken_for_ctrl_c

if __name__ == "__main__":
    taken_for_ctrl_c()
    run("dr", main)
