"""What is to be done to move traffic, decided from the topology alone: a plan, or a refusal that says why not."""
