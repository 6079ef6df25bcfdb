"""Runs `./run client`: makes a payment, reads one, or watches an endpoint."""

from client.command import main
from client.output import run

if __name__ == "__main__":
    run("client", main)
