"""Decides from the topology alone how to move traffic: a plan, or a refusal that says why not."""
