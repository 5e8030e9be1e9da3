"""Why a post was chosen, why a place stays empty, why a post may not stand somewhere: sentences people can check."""

from collections import Counter
from collections.abc import Iterable
from datetime import date

from content.vietnamese import day
from scheduler.autopilot.board import TOTAL, Board, Place
from scheduler.autopilot.periods import MONTH, WEEK, Period
from scheduler.autopilot.rules import against, against_spent, free_again
from scheduler.autopilot.values import Candidate, Wish
from scheduler.autopilot.weighing import SOON, Pace, days_left, last_day, paces

_EACH = {"tuần": "mỗi tuần", "tháng": "mỗi tháng", "năm": "cả năm"}


def reason(board: Board, one: Candidate, place: Place, pin: Wish | None) -> str:
    """Why this post is put at this place, as the board stands before it is."""
    found = [] if pin else paces(board, one, place)
    lead = _pin_words(pin) if pin else _campaign_words(found[0], place) if found else _topic_words(board, one, place)
    parts = (lead, _ending(one, place.on), _seen(board, one, place), "trong ngày chưa có bài cùng nội dung")
    return f"Chọn vì {'; '.join(filter(None, parts))}."


def _pin_words(pin: Wish) -> str:
    who = f"{pin.actor} ghim" if pin.actor else "được ghim"
    until = f" đến ngày {day(pin.until)}" if pin.until and pin.until != pin.since else ""
    why = f" ({pin.reason.rstrip('.')})" if pin.reason else ""
    return f"{who} bài này cho ngày {day(pin.since)}{until}{why}"


def _campaign_words(pace: Pace, place: Place) -> str:
    what = "" if pace.of == TOTAL else " trên kênh này" if isinstance(pace.of, int) else f" về điểm {pace.of}"
    return (
        f"chiến dịch “{pace.campaign.name}” mới có {pace.have} trên {pace.wanted} bài{what}, "
        f"chậm hơn tiến độ đến ngày {day(place.on)}"
    )


def _topic_words(board: Board, one: Candidate, place: Place) -> str:
    """The topic with what it has and should have of the period that is furthest behind."""
    goal = board.task.topics.get(one.topic)
    label = f"điểm {one.topic} ({goal.label})" if goal else f"điểm {one.topic}"
    heavy = f", hệ số {goal.weight} trong kế hoạch" if goal and goal.weight > 1 else ""
    told = board.behind(one.topic, place.on)
    if not told:
        index = board.within(place.on)[0]
        return f"{label} {name_of(board.periods[index])} có {board.have[index][one.topic]} bài{heavy}"
    # furthest behind first; of equal ones the shorter period
    unmet = [fact for fact in told if fact[1] < fact[2]]
    period, have, wanted, _ = max(unmet or told, key=lambda fact: fact[3])
    behind = "mới có" if have < wanted else "đã có"
    return f"{label} {name_of(period)} {behind} {have} bài trên mức {wanted} bài {_EACH[period.kind]}{heavy}"


def name_of(period: Period) -> str:
    """ "tuần 23/11–29/11/2026", "tháng 11/2026", "năm 2026"."""
    if period.kind == WEEK:
        return f"tuần {period.first:%d/%m}–{day(period.last)}"
    return f"tháng {period.first:%m/%Y}" if period.kind == MONTH else f"năm {period.first.year}"


def _ending(one: Candidate, on: date) -> str:
    if days_left(one, on) > SOON:
        return ""
    last = last_day(one, on)
    return f"bài hết {'hiệu lực' if last == one.valid_to else 'mùa'} sau ngày {day(last)}"


def _seen(board: Board, one: Candidate, place: Place) -> str:
    last = board.last_seen(one.post_id, place.channel.id)
    if last is None:
        return "bài chưa đăng lần nào ở kênh này"
    return f"lần gần nhất {'đăng' if last <= place.on else 'xếp lịch'} ngày {day(last)}"


def refusal(board: Board, one: Candidate, place: Place) -> str:
    """Why the post may not stand there, as a sentence; empty: no rule is against it."""
    rule = against(board, one, place)
    return "" if rule is None else f"Bài “{one.key}” {rule.words(board, one, place)}."


def why_empty(board: Board, place: Place) -> str:
    """Why nothing fitted an open place, told by the rule that kept out most."""
    mine = [one for one in board.candidates.values() if place.channel.id in one.channels]
    there = board.posts_on.get((place.channel.id, place.on), frozenset())
    spent = [
        (one, len(posts - there)) for one, posts in board.task.spent.items() if place.channel.id in one.channels
    ]  # fmt: skip
    if not mine and not spent:
        return "Không có bài đã duyệt nào dùng được cho kênh này."
    rest = [one for one in mine if place.on not in board.used_on.get((one.post_id, place.channel.id), ())]
    rules = Counter(rule for one in rest if (rule := against(board, one, place)) is not None)
    for one, count in spent:
        rules[against_spent(board, one, place)] += count
    rules += Counter()  # without those that count nothing
    if all(rule.name == "topic" for rule in rules):
        return "Trong ngày đã có bài của mọi nội dung còn bài để đăng."
    top, count = max(rules.items(), key=lambda item: (item[1], item[0].name))
    again = first_free(board, rest, [place.channel.id], place.on) if top.name == "cool-down" else None
    more = f"; bài sớm nhất đăng lại được từ ngày {day(again)}" if again else ""
    among = len(rest) + sum(count for _, count in spent)
    return f"Không có bài phù hợp: {count} trong {among} bài dùng được cho kênh này {top.many}{more}."


def first_free(board: Board, posts: Iterable[Candidate], channels: Iterable[int], on: date) -> date | None:
    """The first day after `on` on which one of the posts may be repeated on one of the channels."""
    channels = list(channels)
    days = [
        free_again(board, one, channel_id, on) for one in posts for channel_id in channels if channel_id in one.channels
    ]
    return min((found for found in days if found is not None), default=None)
