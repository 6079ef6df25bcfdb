"""Examples are not timed one by one: machines that run tests are busy."""

from hypothesis import settings

settings.register_profile("handlers", deadline=None)
settings.load_profile("handlers")
