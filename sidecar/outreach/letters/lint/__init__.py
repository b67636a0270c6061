"""The service-tone lint: twenty rules that keep a message honest, calm and lawful. Pure.

A block stands against going live, a warning does not. Source of the rules: reference/ux.md C1.
"""

from __future__ import annotations

from sidecar.outreach.letters.lint import form, tone
from sidecar.outreach.letters.lint.reading import Finding, Letter, LintFacts, parts_of
from sidecar.outreach.letters.sources import Source

__all__ = ["Finding", "LintFacts", "has_block", "lint"]


def lint(source: Source, *, channel: str = "email", facts: LintFacts) -> tuple[Finding, ...]:
    """Everything at fault in the source, blocks first, then in the order of the rules."""
    letter = Letter(source, channel, facts, parts_of(source, channel))
    found = [finding for rule in (*form.RULES, *tone.RULES) for finding in rule(letter)]
    return tuple(sorted(dict.fromkeys(found), key=lambda each: (each.level != "block", each.rule)))


def has_block(findings: tuple[Finding, ...]) -> bool:
    """Whether something stands against going live."""
    return any(finding.level == "block" for finding in findings)
