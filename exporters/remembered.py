"""What a function made of each record of the release before: a process that stays makes many releases, each
nearly as the one before.
"""

from collections.abc import Callable
from typing import Any, Generic, TypeVar

Made = TypeVar("Made")

_MOST = 2000
"""Records of a release; of a larger one the rest is made anew."""


class Remembered(Generic[Made]):
    """A function whose answer follows from its arguments alone, asked for each record of one release after
    another. What the last two did not ask for is forgotten, so that it holds no more than two releases.
    """

    def __init__(self, function: Callable[..., Made]) -> None:
        self._function = function
        self._before: dict[tuple[Any, ...], Made] = {}
        self._now: dict[tuple[Any, ...], Made] = {}

    def release(self) -> "Remembered[Made]":
        """Itself, for the next release."""
        self._before, self._now = self._now, {}
        return self

    def __call__(self, *asked: Any) -> Made:
        if asked in self._now:
            return self._now[asked]
        made = self._before[asked] if asked in self._before else self._function(*asked)
        if len(self._now) < _MOST:
            self._now[asked] = made
        return made
