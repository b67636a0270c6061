"""The answer to "may we?": yes or no, with the rule that decided."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Permission:
    """Whether something may be done. `code` is stored and counted, `reason` is read, `rule` names rule and version."""

    allowed: bool
    code: str
    reason: str
    rule: str
