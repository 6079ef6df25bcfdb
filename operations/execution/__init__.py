"""Carries out plans step by step with a journal, so that an interrupted plan can be resumed or rolled back."""
