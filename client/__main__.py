"""`./run client`: pays, reads a payment and watches an endpoint, for people."""

from client.command import main
from client.output import run

if __name__ == "__main__":
    run("client", main)
