"""What a layer can be given as its attention: any function with the call of all that are here."""

import inspect
from collections.abc import Callable

from torch import nn

from attn.core import Attended

# f(query, key, value, mask=None, ...) -> Attended, as every attention function of this library.
AttentionFunction = Callable[..., Attended]


def takes_option(attention: AttentionFunction, option: str) -> bool:
    """Whether an attention function has an option of this name, or takes any by **options.

    Raises ValueError if it is no function, or needs an option that is not bound.
    """
    if not callable(attention):
        raise ValueError(f"attention is {attention!r}, expected a function")
    forward = attention.forward if isinstance(attention, nn.Module) else attention
    parameters = inspect.signature(forward).parameters.values()
    for p in parameters:
        if p.kind is p.KEYWORD_ONLY and p.default is p.empty:
            raise ValueError(
                f"attention is {name_of(attention)}, which needs {p.name}: expected it bound, "
                f"as in functools.partial({name_of(attention)}, {p.name}=...)"
            )
    # A function open to any option may still know no `causal`, and a mask says the same to all.
    any_option = option != "causal" and any(p.kind is p.VAR_KEYWORD for p in parameters)
    return any_option or any(p.name == option for p in parameters)


def name_of(attention: AttentionFunction) -> str:
    """What to call an attention function in a message."""
    return getattr(getattr(attention, "func", attention), "__name__", repr(attention))
