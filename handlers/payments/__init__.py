"""What a payment is, how it is checked, stored, queued and answered; knows nothing of entry points."""
