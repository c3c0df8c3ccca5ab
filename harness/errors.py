"""Errors for people: what happened, where, what would be right, what to do next.

Each class says by itself whether trying again can help (`kind`) and with which status the command ends.
Raise them where the fault is found; only the command line turns them into output.
"""

from __future__ import annotations

from typing import ClassVar, Literal

Kind = Literal["terminal", "transient", "gate"]


class PlanwiseError(Exception):
    """A fault that a person can act on.

    `code` is a stable snake_case word for reports, `message` says what and where, `hint` what to do next,
    `exit_status` is the status of the command (delivery.md: 2 usage, 4 gate, 5 delivery, 75 locked).
    """

    kind: ClassVar[Kind] = "terminal"
    default_exit_status: ClassVar[int] = 1

    def __init__(self, code: str, message: str, hint: str = "", exit_status: int | None = None) -> None:
        status = self.default_exit_status if exit_status is None else exit_status
        super().__init__(code, message, hint, status)
        self.code = code
        self.message = message
        self.hint = hint
        self.exit_status = status

    def __str__(self) -> str:
        return f"{self.message}\n  {self.hint}" if self.hint else self.message


class SourceError(PlanwiseError):
    """The input, or how it was asked for, is wrong; the same input fails again."""

    default_exit_status = 2


class NotAllowed(PlanwiseError):
    """The policy does not let this role do it; nothing was done."""

    default_exit_status = 2


class GateError(PlanwiseError):
    """A gate or a volume guard stopped the run; nothing was published."""

    kind = "gate"
    default_exit_status = 4


class DeliveryError(PlanwiseError):
    """The run was right, but a target did not take it."""

    default_exit_status = 5


class TransientDeliveryError(DeliveryError):
    """A target did not take it now, but may later: the same delivery is worth another attempt.

    `retry_after` is what the receiver asked for, in seconds; null when it said nothing.
    """

    kind = "transient"

    def __init__(self, code: str, message: str, hint: str = "", *, retry_after: float | None = None) -> None:
        super().__init__(code, message, hint)
        self.retry_after = retry_after


class LockedError(PlanwiseError):
    """Another process holds what this run needs; later it may work."""

    kind = "transient"
    default_exit_status = 75
