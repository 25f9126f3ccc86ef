"""Counts how many of a function's operations have to wait for one another."""

from typing import Any, NamedTuple

import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves
from torch.utils.weak import WeakIdKeyDictionary

from course.measure.cost import Work

# They look at numbers that are there, or lay them down elsewhere: nothing is computed.
FREE = {
    "_unsafe_view", "alias", "as_strided", "chunk", "clone", "detach", "expand", "permute",
    "select", "slice", "split", "split_with_sizes", "squeeze", "t", "transpose", "unbind",
    "unsqueeze", "view",
}  # fmt: skip


class Chain(NamedTuple):
    """longest: operations each of which needs the one before; total: all operations."""

    longest: int
    total: int


def longest_chain(work: Work, *inputs: Any) -> Chain:
    """Follow every tensor operation of work(*inputs), without gradients.

    With as many processors as one likes, all of them would take as long as the longest chain.
    """
    with torch.no_grad(), _Following() as following:
        work(*inputs)
    return Chain(following.longest, following.total)


class _Following(TorchDispatchMode):
    """A result stands one step behind the latest of its inputs; a view stands where they do."""

    def __init__(self) -> None:
        super().__init__()
        self.step = WeakIdKeyDictionary()
        self.longest = self.total = 0

    def __torch_dispatch__(
        self, function: Any, types: Any, args: Any = (), kwargs: Any = None
    ) -> Any:
        out = function(*args, **(kwargs or {}))
        name = function._schema.name.split("::")[1]
        cost = 0 if name in FREE else 1
        inputs = [x for x in tree_leaves((args, kwargs)) if isinstance(x, torch.Tensor)]
        here = max((self.step.get(x, 0) for x in inputs), default=0) + cost
        for x in tree_leaves(out):
            if isinstance(x, torch.Tensor):
                self.step[x] = here
        self.longest, self.total = max(self.longest, here), self.total + cost
        return out
