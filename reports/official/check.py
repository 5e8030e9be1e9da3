"""Whether a Word file has the form of an official document: R1 to R34, each met or not, with what was seen and where.

It reads the file that came out (or one that somebody wrote in Word) and shares nothing with what writes ours but the
numbers in `form`. A machine does not see everything, and what an answer covers stands in its words: R20 sees kind, date
and issuer beside the first number of each cited document, not its subject; R26 that there are blank lines and no
picture at the signature; R32 not whether a chart can be read in grey; R33 common mistakes in names of bodies and dates.
"""

from dataclasses import dataclass

from reports.official import form, rules_body, rules_end, rules_head, rules_page
from reports.official.found import parts
from reports.official.wordfile import NotWord, WordFile

__all__ = ["NotWord", "RuleResult", "check"]

_CHECKS = rules_page.CHECKS | rules_head.CHECKS | rules_body.CHECKS | rules_end.CHECKS


@dataclass(frozen=True, slots=True)
class RuleResult:
    """One rule: `met` or not, and what was `seen`, in words for staff."""

    code: str
    words: str
    met: bool
    seen: str


def check(content: bytes) -> tuple[RuleResult, ...]:
    """All rules in order. Raises `NotWord` with one sentence for what is no Word file that can be read."""
    found = parts(WordFile(content))
    return tuple(RuleResult(rule.code, rule.words, *_CHECKS[rule.code](found)) for rule in form.RULES)
