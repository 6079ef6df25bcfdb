"""Lets node start and load jsii's packages while Python imports their modules (see README.md).

jsii waits for node with each package that is imported, though the answer says nothing: a third of a second in all, in
which Python could do the rest. Here a thread waits, and whatever else is asked of node waits for the thread. A package
that cannot be loaded fails what is asked next.
"""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from functools import wraps
from typing import Any

_LOAD = "load"


def load_meanwhile(provider: type) -> None:
    """Change jsii's provider, the class with a method for every kind of request to node.

    Raises:
        AttributeError: It has another shape than the known one, and stays as it is.
    """
    pool = ThreadPoolExecutor(1, thread_name_prefix="jsii")
    under_way: list[Future[Any]] = []
    load = getattr(provider, _LOAD)

    @wraps(load)
    def begin(*given: object) -> None:
        under_way.append(pool.submit(load, *given))

    def after_loads(request: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(request)
        def wait(*given: object, **named: object) -> Any:  # noqa: ANN401 — as jsii has it
            while under_way:
                under_way.pop(0).result()
            return request(*given, **named)

        return wait

    others = [name for name, value in vars(provider).items() if callable(value) and not name.startswith("_")]
    for name in others:
        setattr(provider, name, after_loads(getattr(provider, name)))
    setattr(provider, _LOAD, begin)
