"""What is wanted and will not be reached: minimums of the plan, targets of campaigns, pins; by topic and date, and why.

What days after this plan could still bring is no shortfall: a minimum of the year is told when the year's remaining
slots and posts cannot reach it any more.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from content.vietnamese import day
from scheduler.autopilot.board import TOTAL, Board, Place, covers
from scheduler.autopilot.explaining import first_free, name_of
from scheduler.autopilot.places import closed
from scheduler.autopilot.rules import against, against_spent, cool_down
from scheduler.autopilot.values import CampaignGoal, Candidate, ChannelRules, Shortfall, Wish


@dataclass(frozen=True, slots=True)
class Ended:
    """A finished plan: the board with every decision, its places, and those of them that stay empty."""

    board: Board
    places: Sequence[Place]
    empty: Sequence[Place]


def shortfalls(ended: Ended) -> tuple[Shortfall, ...]:
    """Everything that will not be reached: topics in the plan's order, then campaigns, then pins."""
    return (*_of_topics(ended), *_of_campaigns(ended), *_of_pins(ended))


# Topics ----------------------------------------------------------------------------------------------------


def _of_topics(ended: Ended) -> Iterator[Shortfall]:
    board = ended.board
    for goal in sorted(board.task.topics.values(), key=lambda one: (one.order, one.letter)):
        mine = [one for one in board.candidates.values() if one.topic == goal.letter]
        for index, period in enumerate(board.periods):
            wanted, have = board.wanted[index].get(goal.letter, 0), board.have[index][goal.letter]
            if have >= wanted or _can_come(board, wanted - have, mine, board.task.channels, period.last):
                continue
            spent = {one: len(posts) for one, posts in board.task.spent.items() if one.topic == goal.letter}
            later = _later(board, (*mine, *spent), board.task.channels, period.last), wanted - have
            why = _why(ended, mine, spent, period.first, period.last, f"điểm {goal.letter}", later)
            whose, when = f"Điểm {goal.letter} ({goal.label})", name_of(period)
            words = f"{whose} {when} chỉ có {have} trên {wanted} lượt đăng: {why}"
            yield Shortfall(
                goal.letter, period.first, period.last, wanted, have, words, whose=whose, period=when, why=why
            )


def _can_come(
    board: Board, wanted: int, posts: Sequence[Candidate], channels: Sequence[ChannelRules], last: date, *,
    daily: bool = True,
) -> bool:  # fmt: skip
    """Whether the days after the plan, up to `last`, could bring so many publications of these posts.

    `daily`: at most one a day on a channel, as of one topic.
    """
    first = board.days[-1] + timedelta(days=1)
    for channel, room in _rooms(board, channels, last, daily=daily):
        enough, could = min(room, wanted), 0
        for one in posts:
            if could >= enough:
                break
            could += _uses(board, one, channel.id, first, last)
        wanted -= min(enough, could)
        if wanted <= 0:
            break
    return wanted <= 0


def _rooms(
    board: Board, channels: Sequence[ChannelRules], last: date, *, daily: bool = True
) -> Iterator[tuple[ChannelRules, int]]:
    """How many publications the slots of each channel could take on the days after the plan, up to `last`."""
    first = board.days[-1] + timedelta(days=1)
    length = max((last - first).days + 1, 0)
    # of each weekday as many as whole weeks, and one more of those that the rest of a week begins with
    begun = {(first.weekday() + offset) % 7 for offset in range(length % 7)}
    often = [length // 7 + (weekday in begun) for weekday in range(7)]
    for channel in channels:
        slots = Counter(slot.weekday for slot in channel.slots)
        yield channel, sum(days * (min(slots[on], 1) if daily else slots[on]) for on, days in enumerate(often))


def _later(
    board: Board, posts: Iterable[Candidate], channels: Sequence[ChannelRules], last: date, *, daily: bool = True
) -> int:
    """How many publications the slots of channels that these posts go to could take after the plan, up to `last`."""
    theirs = frozenset[int]().union(*(one.channels for one in posts))
    where = [channel for channel in channels if channel.id in theirs]
    return sum(room for _, room in _rooms(board, where, last, daily=daily))


def _uses(board: Board, one: Candidate, channel_id: int, first: date, last: date) -> int:
    """How often the post could go out on the channel between two days, at most."""
    if channel_id not in one.channels:
        return 0
    first, last = max(first, one.valid_from or first), min(last, one.valid_to or last)
    used = board.times_used(one.post_id, channel_id)
    if first > last or (used and not one.evergreen):
        return 0
    often = 1 + (last - first).days // max(cool_down(board, one), 1) if one.evergreen else 1
    return min(often, max(one.repeat_most - used, 0)) if one.repeat_most else often


def _why(
    ended: Ended, posts: Sequence[Candidate], spent: Mapping[Candidate, int], first: date, last: date, whose: str,
    later: tuple[int, int],
) -> str:  # fmt: skip
    """Why there are not more publications of these posts between two days; `spent`: see `Task.spent`, how many.

    `later`: how many the slots of the days after the plan could take, and how many are missing.
    """
    board = ended.board
    if not posts and not spent:
        return f"thư viện chưa có bài đã duyệt nào của {whose}."
    if not spent and not any(one.channels for one in posts):
        return f"không kênh nào nhận được bài đã duyệt của {whose}."
    empty = [place for place in ended.empty if first <= place.on <= last and not closed(board, place)]
    if not empty:
        room, missing = later
        if room >= missing:
            return f"các bài đã duyệt của {whose} quá ít để đăng lại cho đủ trong những ngày còn lại; hãy thêm bài."
        few = "khung giờ của những ngày còn lại không đủ."
        return few if room else "không còn khung giờ trống nào dùng được."
    told = Counter(rule for place in empty for one in posts if (rule := against(board, one, place)) is not None)
    for place in empty:
        for one, count in spent.items():
            told[against_spent(board, one, place)] += count
    rules = {rule: count for rule, count in told.items() if rule.name not in ("channel", "form")}
    if not rules:
        return f"khung giờ còn trống không thuộc kênh hoặc hình thức của các bài {whose}."
    top = max(rules.items(), key=lambda item: (item[1], item[0].name))[0]
    again = first_free(board, posts, {place.channel.id for place in empty}, empty[0].on)
    more = f"; sớm nhất đăng lại được từ ngày {day(again)}" if again and top.name == "cool-down" else ""
    return f"các bài đã duyệt của {whose} phần lớn {top.many}{more}."


# Campaigns -------------------------------------------------------------------------------------------------


def _of_campaigns(ended: Ended) -> Iterator[Shortfall]:
    board = ended.board
    for campaign in sorted(board.task.campaigns, key=lambda one: one.id):
        name = f"Chiến dịch “{campaign.name}”"
        if campaign.last < campaign.first:
            words = f"{name} kết thúc ngày {day(campaign.last)}, trước ngày bắt đầu; hãy sửa ngày của chiến dịch."
            yield Shortfall("", campaign.first, campaign.last, campaign.total, 0, words, campaign.id)
        elif board.days and campaign.first <= board.days[-1] and campaign.last >= board.days[0]:
            yield from _of_campaign(ended, campaign, name)


def _of_campaign(ended: Ended, campaign: CampaignGoal, name: str) -> Iterator[Shortfall]:
    board = ended.board
    channels = [one for one in board.task.channels if not campaign.channels or one.id in campaign.channels]
    posts = [board.candidates[post_id] for post_id in sorted(campaign.posts) if post_id in board.candidates]
    targets: list[tuple[str | int, int, str, Sequence[Candidate], Sequence[ChannelRules]]] = [
        (TOTAL, campaign.total, "", posts, channels),
        *(
            (letter, wanted, f" về điểm {letter}", [one for one in posts if one.topic == letter], channels)
            for letter, wanted in sorted(campaign.topics.items())
        ),
        *(
            (
                channel.id,
                campaign.per_channel[channel.id],
                f" trên kênh {channel.name or channel.key}",
                posts,
                [channel],
            )
            for channel in sorted(channels, key=lambda one: one.key)
            if channel.id in campaign.per_channel
        ),
    ]
    for of, wanted, what, mine, where in targets:
        have = board.campaign_have[campaign.id, of]
        daily = isinstance(of, str) and of != TOTAL
        if have >= wanted or _can_come(board, wanted - have, mine, where, campaign.last, daily=daily):
            continue
        later = _later(board, mine, where, campaign.last, daily=daily), wanted - have
        why = _why(ended, mine, {}, campaign.first, campaign.last, "chiến dịch", later)
        words = f"{name}{what} chỉ có {have} trên {wanted} lượt đăng: {why}"
        topic = of if daily and isinstance(of, str) else ""
        yield Shortfall(topic, campaign.first, campaign.last, wanted, have, words, campaign.id)


# Pins ------------------------------------------------------------------------------------------------------


def _of_pins(ended: Ended) -> Iterator[Shortfall]:
    board = ended.board
    for post_id in sorted(board.wishes):
        for wish in board.wishes[post_id]:
            days = [on for on in board.days if wish.since <= on and (wish.until is None or on <= wish.until)]
            if wish.kind != "pin" or not days or board.carried_out(wish):
                continue
            one = board.candidates.get(post_id)
            who = f" của {wish.actor}" if wish.actor else ""
            key = one.key if one else wish.post_key
            which = f" cho bài “{key}”" if key else ""
            words = f"Ghim{who}{which} chưa thực hiện được: {_why_not_pinned(ended, wish, one)}"
            last = wish.until or days[-1]
            topic = one.topic if one else ""
            yield Shortfall(topic, wish.since, last, 1, 0, words, wish_id=wish.id, post_key=key)


def _why_not_pinned(ended: Ended, wish: Wish, one: Candidate | None) -> str:
    board = ended.board
    if one is None:
        return "bài chưa được duyệt, hoặc là bài nhạy cảm nên không tự xếp."
    mine = [place for place in ended.places if covers(wish, place.channel.id, place.on)]
    if not mine:
        return "kênh không có khung giờ nào còn trống trong những ngày này."
    told = Counter(_against_the_pin(board, one, place) for place in mine)
    return max(told.items(), key=lambda item: (item[1], item[0]))[0]


def _against_the_pin(board: Board, one: Candidate, place: Place) -> str:
    rule = against(board, one, place)
    if rule is not None:
        return f"bài {rule.words(board, one, place)}."
    words = closed(board, place)
    return words[0].lower() + words[1:] if words else "khung giờ đã dành cho bài khác được ghim."
