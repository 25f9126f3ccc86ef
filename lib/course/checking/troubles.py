"""What to say where there was no answer to compare."""

import re

from course.checking.compare import Difference
from course.checking.subject import Trouble


def in_words(trouble: Trouble, argument_names: list[str]) -> Difference:
    """A Trouble as what is different from an answer."""
    match trouble.what:
        case "forbidden":
            return Difference(
                f"`{trouble.name}` is what this exercise builds, so it can't be the answer.",
                "Write it from the steps in the text above.",
            )
        case "changed":
            name = _changed(trouble.name, argument_names)
            return Difference(
                f"your function writes into its argument `{name}`",
                f"Whoever calls it still needs `{name}`. {_instead(trouble.detail)}",
            )
        case "strange" if "function" in trouble.name or "method" in trouble.name:
            return Difference(
                "it gave back a function, not its result",
                "Are the brackets missing, as in `.mean()`?",
            )
        case "strange":
            return Difference(
                f"it gave back a {trouble.name}", "Give back numbers, arrays or tensors."
            )
        case _:
            at = f"It happened at `{trouble.line}`. " if trouble.line else ""
            return Difference(f"it raised {trouble.name}: {said(trouble)}".rstrip(": "), at)


def said(trouble: Trouble) -> str:
    """The exception's own message, without what only the check, or NumPy's inside, knows of."""
    text = " ".join(trouble.detail.split())
    if "loading state_dict" in text:
        return "its layers do not take the weights that they were given"
    return re.sub(r", with gufunc signature \S+", "", text)


def _instead(kind: str) -> str:
    """How to leave an argument of this type as it is."""
    match kind:
        case "dict":
            return "`x.pop(…)` and `x[…] = y` change x itself: begin with {} or `dict(x)`."
        case "list":
            return "`x.append(…)` and `x[…] = y` change x itself: begin with [] or `list(x)`."
        case "ndarray":
            fresh = "np.empty_like(x)"
        case _:
            fresh = "torch.empty_like(x)"
    return (
        "`x += y` and `x[…] = y` change x itself; `x = x + y` makes a new one. To fill a new one "
        f"part by part, begin with `out = {fresh}`."
    )


def _changed(name: str, argument_names: list[str]) -> str:
    """An option's name, or that of the argument in this place."""
    places = {str(place): argument for place, argument in enumerate(argument_names)}
    return places.get(name, name)
