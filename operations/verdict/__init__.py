"""The verdict on a topology: who takes payments, what is at risk, and the one next command."""
