"""`./dr`: the commands of the on-call engineer."""

from client.output import run
from operations.cli.app import main

if __name__ == "__main__":
    run("dr", main)
