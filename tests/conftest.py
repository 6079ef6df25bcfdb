"""Makes the AWS provider package lazy before any test imports it."""

from dr_constructs.lazy_provider import activate

activate()
