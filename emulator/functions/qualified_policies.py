# ruff: noqa: SLF001 — MiniStack offers no public seams
"""Each version and alias of a function has a resource policy of its own, as the function without a qualifier has.

MiniStack keeps the statements of all in one policy, in which an id can be taken by another qualifier's statement.
https://docs.aws.amazon.com/lambda/latest/dg/using-aliases.html
"""

from collections.abc import Callable

from ministack.services import lambda_svc

from emulator.patching import Answer, Theirs, wrap


def install() -> None:
    """Keep the policies of a function's qualifiers apart."""
    wrap(lambda_svc, "_add_permission", apart)
    wrap(lambda_svc, "_remove_permission", apart)
    wrap(lambda_svc, "_get_policy", apart)


def apart(original: Callable[..., Answer]) -> Callable[..., Answer]:
    """Show a request the statements of the qualifier that it names, and nothing else."""

    def call(name: str, *request: Theirs) -> Answer:
        *_, query, path_qualifier = request
        function = lambda_svc._functions.get(name)
        if function is None:
            return original(name, *request)
        qualifier = lambda_svc._qualifier_from_path_or_query(path_qualifier, query)
        arn, policy = lambda_svc._policy_resource_arn(name, qualifier), function["policy"]
        others = [each for each in policy["Statement"] if each.get("Resource") != arn]
        policy["Statement"] = [each for each in policy["Statement"] if each.get("Resource") == arn]
        try:
            return original(name, *request)
        finally:
            policy["Statement"] = [*others, *policy["Statement"]]

    return call
