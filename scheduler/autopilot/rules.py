"""Every rule that keeps a post out of an open place, each as one line of `RULES`.

Most look at both directions of time: what people queued for next week counts like what went out last week.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

from content.seasons import in_season, season_words
from content.vietnamese import day, local_day
from scheduler.autopilot.board import VETO, Board, Place, covers
from scheduler.autopilot.places import lasts
from scheduler.autopilot.values import Candidate


@dataclass(frozen=True, slots=True)
class Rule:
    """One reason against a post in a place."""

    name: str
    forbids: Callable[[Board, Candidate, Place], bool]
    words: Callable[[Board, Candidate, Place], str]
    """Why this post, as a sentence without its first word "Bài": it follows the post's name."""
    many: str
    """The same of many posts, as the end of a sentence."""
    by_day: bool = True
    """The same for all places of a channel on a day, whatever else is put there on that day."""
    of: Callable[[Candidate], bool] = lambda _one: True
    """Whether it can ever keep this post out of anything: most posts are not even asked."""


# The post itself -------------------------------------------------------------------------------------------


def _not_for_the_channel(_board: Board, one: Candidate, place: Place) -> bool:
    return place.channel.id not in one.channels


def _wrong_form(_board: Board, one: Candidate, place: Place) -> bool:
    return bool(place.form) and one.form != place.form


def _not_valid(_board: Board, one: Candidate, place: Place) -> bool:
    return (one.valid_from is not None and place.on < one.valid_from) or (
        one.valid_to is not None and place.on > one.valid_to
    )


def _out_of_season(_board: Board, one: Candidate, place: Place) -> bool:
    return not in_season(one.season, place.on)


# Repeating -------------------------------------------------------------------------------------------------


def _once_only(board: Board, one: Candidate, place: Place) -> bool:
    return _once_only_there(board, one, place.channel.id)


def _once_only_there(board: Board, one: Candidate, channel_id: int) -> bool:
    return not one.evergreen and board.times_used(one.post_id, channel_id) > 0


def _often_enough(board: Board, one: Candidate, place: Place) -> bool:
    return 0 < one.repeat_most <= board.times_used(one.post_id, place.channel.id)


def _repeats_are_over(board: Board, one: Candidate, place: Place) -> bool:
    if one.repeat_until is None or not board.times_used(one.post_id, place.channel.id):
        return False
    days = board.used_on.get((one.post_id, place.channel.id), ())
    return max(place.on, *days, date.min) > one.repeat_until


def cool_down(board: Board, one: Candidate) -> int:
    """Days before the post may be repeated on a channel."""
    return one.repeat_days or board.task.cool_down


def _too_soon(board: Board, one: Candidate, place: Place) -> bool:
    days = board.used_on.get((one.post_id, place.channel.id))
    if not days:
        return False
    apart = cool_down(board, one)
    return any(abs((on - place.on).days) < apart for on in days)


def free_again(board: Board, one: Candidate, channel_id: int, on: date) -> date | None:
    """The first day from `on` on which no repeat is too soon any more; None: it waits for nothing, is never
    repeated, or waits for so much that is summed up that nobody can tell."""
    if _once_only_there(board, one, channel_id):
        return None
    apart = cool_down(board, one)
    again, after = on, board.task.after.get((one.post_id, channel_id))
    for used in sorted(board.used_on.get((one.post_id, channel_id), ())):
        if abs((used - again).days) < apart:
            again = used + timedelta(days=apart)
    if after is not None and after.times > 2 and again > local_day(after.first):
        return None
    return again if again > on else None


# Beside others ---------------------------------------------------------------------------------------------


def _topic_is_there(board: Board, one: Candidate, place: Place) -> bool:
    return one.topic in board.topics_on.get((place.channel.id, place.on), ())


def _part_before_is_missing(board: Board, one: Candidate, place: Place) -> bool:
    if not one.series or one.series_part <= 1:
        return False
    there = board.parts.get((place.channel.id, one.series), ())
    return not any(part == one.series_part - 1 and on < place.on for on, part in there)


def _series_is_there(board: Board, one: Candidate, place: Place) -> bool:
    if not one.series or one.series_part < 1:
        return False
    return any(on == place.on for on, _ in board.parts.get((place.channel.id, one.series), ()))


def _alike(board: Board, one: Candidate, place: Place) -> bool:
    others = board.alike.get(one.post_id)
    if not others:
        return False
    within = board.task.alike_days
    return any(
        abs((on - place.on).days) < within
        for other in others
        for on in board.used_on.get((other, place.channel.id), ())
    )


# What people said ------------------------------------------------------------------------------------------


def _vetoed(board: Board, one: Candidate, place: Place) -> bool:
    wishes = board.wishes.get(one.post_id)
    return bool(wishes) and any(wish.kind == VETO and covers(wish, place.channel.id, place.on) for wish in wishes or ())


def _veto_words(board: Board, one: Candidate, place: Place) -> str:
    wish = next(
        wish for wish in board.wishes[one.post_id] if wish.kind == VETO and covers(wish, place.channel.id, place.on)
    )
    who = f"{wish.actor} yêu cầu" if wish.actor else "đã có yêu cầu"
    until = f" đến hết ngày {day(wish.until)}" if wish.until and wish.until != wish.since else ""
    return f"không được đăng vì {who} không đăng{until}{f': {wish.reason}' if wish.reason else ''}"


def _against_the_day(board: Board, one: Candidate, place: Place) -> bool:
    rule = board.task.rules.get(place.on)
    return rule is not None and (bool(rule.without & one.tags) or (bool(rule.only) and not rule.only & one.tags))


def _day_words(board: Board, _one: Candidate, place: Place) -> str:
    return f"không hợp với {board.task.rules[place.on].name} ngày {day(place.on)}"


def _paused(board: Board, one: Candidate, place: Place) -> bool:
    if one.allowed_in_pause:
        return False
    return any(
        lasts(stop, place.at)
        and ((stop.tag and stop.tag in one.tags) or (stop.agency and stop.agency == one.agency and not stop.tag))
        for stop in board.task.stops
    )


# The table -------------------------------------------------------------------------------------------------


def _always(words: str) -> Callable[[Board, Candidate, Place], str]:
    return lambda _board, _one, _place: words


RULES = (
    Rule(
        "channel",
        _not_for_the_channel,
        _always("không dành cho kênh này, hoặc kênh không nhận được bài như vậy"),
        "không dành cho kênh này",
    ),
    Rule(
        "form",
        _wrong_form,
        lambda _board, _one, place: f"không đúng hình thức của khung giờ ({place.form})",
        "không đúng hình thức của khung giờ",
        by_day=False,
    ),
    Rule(
        "validity",
        _not_valid,
        lambda _board, one, _place: (
            f"chỉ có hiệu lực từ {day(one.valid_from) if one.valid_from else 'trước'} "
            f"đến {day(one.valid_to) if one.valid_to else 'về sau'}"
        ),
        "ngoài thời gian hiệu lực",
        of=lambda one: one.valid_from is not None or one.valid_to is not None,
    ),
    Rule(
        "season",
        _out_of_season,
        lambda _board, one, _place: f"chỉ đăng theo mùa {season_words(one.season)}",
        "ngoài mùa của bài",
        of=lambda one: bool(one.season),
    ),
    Rule("veto", _vetoed, _veto_words, "được yêu cầu không đăng"),
    Rule("day", _against_the_day, _day_words, "không hợp với quy tắc của ngày này"),
    Rule(
        "pause",
        _paused,
        _always("đang bị tạm dừng theo cơ quan hoặc nhãn"),
        "đang bị tạm dừng theo cơ quan hoặc nhãn",
        by_day=False,
    ),
    Rule(
        "once",
        _once_only,
        _always("chỉ đăng một lần và đã có trên kênh này"),
        "chỉ đăng một lần và đã đăng",
        of=lambda one: not one.evergreen,
    ),
    Rule(
        "most",
        _often_enough,
        lambda _board, one, _place: f"đã đăng đủ {one.repeat_most} lần trên kênh này",
        "đã đăng đủ số lần",
        of=lambda one: one.repeat_most > 0,
    ),
    Rule(
        "until",
        _repeats_are_over,
        lambda _board, one, _place: f"chỉ đăng lại đến hết ngày {day(one.repeat_until)}",
        "đã hết thời gian đăng lại",
        of=lambda one: one.repeat_until is not None,
    ),
    Rule(
        "cool-down",
        _too_soon,
        lambda board, one, place: (
            f"đã có trên kênh này ngày {day(board.last_seen(one.post_id, place.channel.id))}, "
            f"chưa cách đủ {cool_down(board, one)} ngày"
        ),
        "chưa qua thời gian chờ đăng lại",
    ),
    Rule(
        "series order",
        _part_before_is_missing,
        lambda _board, one, _place: (
            f"là phần {one.series_part} của loạt bài “{one.series}” mà phần {one.series_part - 1} chưa đăng trước đó"
        ),
        "chờ phần trước của loạt bài",
        of=lambda one: bool(one.series) and one.series_part > 1,
    ),
    Rule(
        "series day",
        _series_is_there,
        lambda _board, one, _place: f"cùng loạt bài “{one.series}” với một bài khác trong ngày",
        "cùng loạt bài với bài khác trong ngày",
        by_day=False,
    ),
    Rule(
        "alike",
        _alike,
        lambda board, _one, _place: (
            f"có lời gần giống một bài khác trên kênh này trong vòng {board.task.alike_days} ngày"
        ),
        "gần giống bài khác mới đăng hoặc sắp đăng",
        by_day=False,
    ),
    Rule(
        "topic",
        _topic_is_there,
        lambda _board, one, _place: f"trùng điểm {one.topic} với một bài khác trong ngày trên kênh này",
        "trùng nội dung với bài khác trong ngày",
        by_day=False,
    ),
)
"""In this order a post's reason is told: what can never be mended there comes first."""
ONCE = next(rule for rule in RULES if rule.name == "once")
"""What keeps out the posts of `Task.spent`, where nothing is told before it."""
_BEFORE_ONCE = RULES[: RULES.index(ONCE)]
BY_DAY = tuple(rule for rule in RULES if rule.by_day)
BY_PLACE = tuple(rule for rule in RULES if not rule.by_day)


def against(board: Board, one: Candidate, place: Place) -> Rule | None:
    """The first rule that keeps the post out of the place; None: it may stand there."""
    return next((rule for rule in RULES if rule.forbids(board, one, place)), None)


def against_spent(board: Board, one: Candidate, place: Place) -> Rule:
    """The same for those of `Task.spent`: whoever still looks at each of them tells the same."""
    return next((rule for rule in _BEFORE_ONCE if rule.forbids(board, one, place)), ONCE)
