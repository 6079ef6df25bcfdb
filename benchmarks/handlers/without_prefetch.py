"""The payment function as it would start if it did not read the writer before its first request."""

from handlers.payments.api import PaymentRoutes


def _read_nothing(self: PaymentRoutes) -> None:
    """Leave the first read to the first request."""
    del self


PaymentRoutes.prefetch = _read_nothing  # type: ignore[method-assign]

from handlers.payment_api import handler  # noqa: E402 -- its import prepares the function, as on Lambda

__all__ = ["handler"]
