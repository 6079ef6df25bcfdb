"""Carries plans out: step by step with a journal, so that an interrupted one is resumed or rolled back."""
