"""When a post goes out, in words for whoever reads or approves it: tags, season, repeats, series, being late."""

from collections.abc import Iterator
from typing import NamedTuple

from content.seasons import season_words
from content.tables import LateRule, Post
from content.tags import tag_words
from content.vietnamese import day, number
from web.words import Say, say


class Line(NamedTuple):
    """One rule: its name, and what it says, piece by piece."""

    name: Say
    values: tuple[str, ...]


def rule_lines(post: Post) -> Iterator[Line]:
    """What a post says of its times; what it says nothing of is left out, but for repeating and being late."""
    if post.tags:
        yield Line(say("Nhãn"), tuple(tag_words(tag) for tag in post.tags))
    if post.season:
        yield Line(say("Mùa trong năm"), (season_words(post.season),))
    yield Line(say("Dùng lại"), tuple(_repeat(post)))
    if post.series:
        yield Line(say("Loạt bài"), (say("{name}, phần {part}", name=post.series, part=post.series_part),))
    yield Line(say("Khi đã quá giờ"), (_late(post),))


def _repeat(post: Post) -> Iterator[Say]:
    yield say("Dùng lại được") if post.evergreen else say("Chỉ đăng một lần")
    if post.repeat_days:
        yield say("cách nhau ít nhất {days} ngày", days=post.repeat_days)
    if post.repeat_most:
        yield say("tối đa {most} lần trên một kênh", most=number(post.repeat_most))
    if post.repeat_until:
        yield say("đến hết ngày {day}", day=day(post.repeat_until))


def _late(post: Post) -> Say:
    minutes = number(post.late_minutes)
    if post.late_rule == LateRule.ANY_TIME:
        return say("Vẫn đăng, trễ bao lâu cũng được")
    if post.late_rule == LateRule.NEXT_SLOT:
        return say("Trễ quá {minutes} phút thì chuyển sang khung giờ trống kế tiếp", minutes=minutes)
    return say("Không đăng nếu trễ quá {minutes} phút", minutes=minutes)
