"""What a deployment costs a month: quantities from the synthesized stack and a payment rate, prices from one table."""
