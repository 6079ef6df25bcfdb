"""All mutants: to import this module is to register them."""

from simulation.mutants import clients, drains, payments, releases, takeovers, workers, writers
from simulation.mutants.registry import MUTANTS

__all__ = ["MUTANTS", "clients", "drains", "payments", "releases", "takeovers", "workers", "writers"]
