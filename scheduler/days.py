"""What holds on special days: a lighter queue, no administrative notices (domain 2.5)."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from pathlib import Path

from sqlmodel import Session

from content import office
from content.holidays import Holiday
from content.tables import Post
from content.tags import KNOWN, NOTICE, tag_words
from content.vietnamese import day, local_day
from scheduler.autopilot.values import DayRule
from scheduler.policy import Policy

USUAL = DayRule("", at_most=1, without=frozenset({NOTICE}))
"""What a day off asks where nobody says otherwise."""


def day_rules(session: Session, policy: Policy, days: Sequence[date]) -> dict[date, DayRule]:
    """The rules of those of these days that have one; a file that cannot be read costs only what stands in it."""
    found, _whole = office.holidays_anyway(session, policy.plan_dir, days)
    return {on: rule for on, one in found.items() if (rule := rule_of(one)) is not None}


def rule_of(one: Holiday) -> DayRule | None:
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


def warning(session: Session, plan_dir: Path | None, post: Post, at: datetime) -> str:
    """Why a person should think again before this post goes out at `at` (aware); "" when nothing speaks against it."""
    on = local_day(at)
    found, _whole = office.holidays_anyway(session, plan_dir, [on])
    rule = rule_of(found[on]) if on in found else None
    if rule is None:
        return ""
    if barred := rule.without & set(post.tags):
        return f"Ngày {day(on)} là {rule.name}, không nên đăng {_named(barred)}; hãy cân nhắc chọn ngày khác."
    if rule.only and not rule.only & set(post.tags):
        return f"Ngày {day(on)} là {rule.name}, chỉ nên đăng {_named(rule.only)}; hãy cân nhắc chọn ngày khác."
    return ""


def _named(tags: Iterable[str]) -> str:
    """Tags within a sentence."""
    return ", ".join(
        tag_words(tag)[:1].lower() + tag_words(tag)[1:] if tag in KNOWN else f"bài có nhãn “{tag}”"
        for tag in sorted(tags)
    )
