"""What holds on special days: a lighter queue, no administrative notices (domain 2.5)."""

from collections.abc import Collection, Iterable, Sequence
from datetime import date
from typing import TYPE_CHECKING

from sqlmodel import Session

from content.tags import KNOWN, NOTICE, tag_words
from content.vietnamese import day
from scheduler.autopilot.values import DayRule
from scheduler.policy import Policy

if TYPE_CHECKING:
    from content.holidays import Holiday

USUAL = DayRule("", at_most=1, without=frozenset({NOTICE}))
"""What a day off asks where nobody says otherwise."""


def day_rules(session: Session, policy: Policy, days: Sequence[date]) -> dict[date, DayRule]:
    """The rules of those of these days that have one; a file that cannot be read costs only what stands in it."""
    from content import office  # the plan with all that draws its brands: only for a slot of another day

    found, _whole = office.holidays_anyway(session, policy.plan_dir, days)
    return {on: rule for on, one in found.items() if (rule := rule_of(one)) is not None}


def rule_of(one: "Holiday") -> DayRule | None:
    """What a special day asks of the queue; None: it is like any other. A notice is never sent on a day off."""
    if one.off:
        most = USUAL.at_most if one.at_most is None else one.at_most
        return DayRule(one.name, most, USUAL.without | set(one.without), frozenset(one.only))
    if one.at_most is None and not one.without and not one.only:
        return None
    return DayRule(one.name, one.at_most, frozenset(one.without), frozenset(one.only))


def rule_words(rule: DayRule) -> str:
    """The rule as staff read it: "Mỗi kênh nhiều nhất 1 bài; không đăng thông báo hành chính." """
    parts = []
    if rule.at_most is not None:
        parts.append(f"mỗi kênh nhiều nhất {rule.at_most} bài" if rule.at_most else "không xếp bài nào")
    if rule.without:
        parts.append(f"không đăng {_named(rule.without)}")
    if rule.only:
        parts.append(f"chỉ đăng {_named(rule.only)}")
    words = "; ".join(parts)
    return f"{words[:1].upper()}{words[1:]}."


def broken(rule: DayRule, tags: Collection[str], on: date) -> str:
    """Why a post with these tags should not go out on a day with this rule; "" when nothing speaks against it."""
    if barred := rule.without & set(tags):
        return f"Ngày {day(on)} là {rule.name}, không nên đăng {_named(barred)}; hãy cân nhắc chọn ngày khác."
    if rule.only and not rule.only & set(tags):
        return f"Ngày {day(on)} là {rule.name}, chỉ nên đăng {_named(rule.only)}; hãy cân nhắc chọn ngày khác."
    return ""


def _named(tags: Iterable[str]) -> str:
    """Tags within a sentence."""
    return ", ".join(
        tag_words(tag)[:1].lower() + tag_words(tag)[1:] if tag in KNOWN else f"bài có nhãn “{tag}”"
        for tag in sorted(tags)
    )
