"""A subject that answers from a room; what it says is looked at before it counts as a reply."""

from torch import Tensor

from course.checking.subject import Plain, Trouble
from course.checking.unread import MOST
from course.grading.sandbox.remote import Ended, Fault, Room

LONGEST_NAME = 60
_WORDS = {"raised", "unwritten", "forbidden", "changed", "strange"}


class RemoteSubject:
    """A subject in a room. Its class is `course.checking.Subject`, which tells what each does."""

    def __init__(self, room: Room, number: int = 0) -> None:
        self._room = room
        self._number = number

    def call(self, *arguments: Plain, **options: Plain) -> Plain:
        return self._ask("call", arguments, options)

    def gradient(self, *arguments: Plain, **options: Plain) -> tuple[Tensor, ...]:
        return self._ask("gradient", arguments, options)

    def holds(self, sizes: tuple[int, ...], *arguments: Plain, **options: Plain) -> bool:
        return self._ask("holds", (sizes, *arguments), options)

    def raises(self, *arguments: Plain, **options: Plain) -> str | None:
        return self._ask("raises", arguments, options)

    def build(self, *arguments: Plain, **options: Plain) -> "RemoteSubject":
        number = self._ask("build", arguments, options)
        if type(number) is not int:
            raise Fault("it sent a reply that is none")
        return RemoteSubject(self._room, number)

    def state(self) -> dict[str, Tensor]:
        return self._ask("state", (), {})

    def load(self, state: dict[str, Tensor]) -> None:
        self._ask("load", (state,), {})

    def count_parameters(self) -> int:
        return self._ask("count_parameters", (), {})

    def unread(self) -> tuple[str, ...]:
        names = self._ask("unread", (), {})
        if not isinstance(names, tuple) or len(names) > MOST or not all(map(_is_name, names)):
            raise Fault("it sent a reply that is none")
        return names

    def gone(self, lines: tuple[str, ...]) -> tuple[int, ...]:
        places = self._ask("gone", (lines,), {})
        if not isinstance(places, tuple) or any(
            type(place) is not int or not 0 <= place < len(lines) for place in places
        ):
            raise Fault("it sent a reply that is none")
        return places

    def earlier(self, reads: str, name: str) -> "RemoteSubject | None":
        number = self._ask("earlier", (reads, name), {})
        if number is None:
            return None
        if type(number) is not int:
            raise Fault("it sent a reply that is none")
        return RemoteSubject(self._room, number)

    def _ask(self, verb: str, arguments: tuple[Plain, ...], options: dict[str, Plain]) -> Plain:
        message = {"ask": verb, "of": self._number, "arguments": arguments, "options": options}
        reply = self._room.ask(message)
        if "ended" in reply:
            raise Ended
        if "value" in reply:
            return reply["value"]
        trouble = reply.get("trouble")
        if not isinstance(trouble, dict) or trouble.get("what") not in _WORDS:
            raise Fault("it sent a reply that is none")
        what, name, *words = (str(trouble.get(k, "")) for k in ("what", "name", "detail", "line"))
        if what == "changed" and not (name.isdigit() or name.isidentifier()):
            raise Fault("it sent a reply that is none")
        raise Trouble(what, name, *words)  # type: ignore[arg-type]


def _is_name(value: object) -> bool:
    """Whether it is a name in a program, or one of `self`, and of a length that can be shown."""
    if not isinstance(value, str) or len(value) > LONGEST_NAME:
        return False
    return value.removeprefix("self.").isidentifier()
