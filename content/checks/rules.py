"""When a post goes out: its tags, its part of the year, how often it is repeated, its place in a series.

What one post says of itself is looked at here; that no other post has the same place in its series is asked of the
table, when a post is submitted (`content.series`).
"""

from collections.abc import Iterator
from datetime import date, timedelta

from content import tags
from content.checks.values import Finding, Words, warn
from content.errors import ContentError
from content.seasons import in_season, parse, season_words
from content.vietnamese import day, number

REPEAT_DAYS_MOST, REPEATS_MOST = 366, 1000
"""Days between two times, and times on one channel, at most."""
SERIES_MOST, PARTS_MOST = 120, 1000
"""Characters of a series' name, and parts of it, at most."""
_YEAR = 366


def find_rule_faults(post: Words) -> Iterator[Finding]:
    """What cannot be, and what contradicts something else that the post says."""
    yield from _tags(post)
    yield from _season(post)
    yield from _repeat(post)
    yield from _series(post)


def bounds_fault(repeat_days: int, repeat_most: int, series: str, series_part: int) -> Finding | None:
    """A number or a name beyond its limits: no table and no form takes it."""
    for field, value, most in (
        ("repeat.days", repeat_days, REPEAT_DAYS_MOST),
        ("repeat.most", repeat_most, REPEATS_MOST),
        ("series.part", series_part, PARTS_MOST),
    ):
        if not 0 <= value <= most:
            return Finding(field, f"phải là số nguyên từ 0 đến {number(most)}.")
    if len(series) > SERIES_MOST:
        return Finding("series.name", f"tên dài {number(len(series))} ký tự; tối đa {SERIES_MOST} ký tự.")
    return None


def _tags(post: Words) -> Iterator[Finding]:
    try:
        tags.clean(post.tags)
    except ContentError as error:
        yield Finding("tags", error.words.removeprefix("tags: "))


def _season(post: Words) -> Iterator[Finding]:
    try:
        season = parse(post.season)
    except ContentError as error:
        yield Finding("season", error.words)
        return
    first, last = post.valid_from, post.valid_to
    if season and first and last and first <= last and not _meets(season, first, last):
        yield Finding(
            "season",
            f"mùa đăng {season_words(season)} không có ngày nào trong thời gian dùng bài, từ {day(first)} đến "
            f"{day(last)}; hãy sửa một trong hai.",
        )


def _meets(season: str, first: date, last: date) -> bool:
    """Whether a day from `first` to `last` is in season; after a year the days come again."""
    days = min((last - first).days, _YEAR * 4 if season == "02-29/02-29" else _YEAR)
    return any(in_season(season, first + timedelta(days=one)) for one in range(days + 1))


def _repeat(post: Words) -> Iterator[Finding]:
    if fault := bounds_fault(post.repeat_days, post.repeat_most, post.series, post.series_part):
        yield fault
        return
    field = next((name for name, value in _repeats(post) if value), "")
    if field and not post.evergreen:
        yield Finding(
            field,
            "bài chỉ đăng một lần mà lại có quy tắc đăng lại; hãy đánh dấu “dùng lại được” hoặc bỏ quy tắc đăng lại.",
        )
    until = post.repeat_until
    if until and post.valid_from and until < post.valid_from:
        yield Finding(
            "repeat.until",
            f"ngày đăng lại cuối {day(until)} đứng trước ngày bắt đầu dùng bài {day(post.valid_from)}; "
            "hãy sửa một trong hai.",
        )
    elif until and post.valid_to and until > post.valid_to:
        yield warn(
            "repeat.until",
            f"ngày đăng lại cuối {day(until)} đứng sau ngày hết hạn {day(post.valid_to)}; từ ngày hết hạn bài không "
            "đăng lại nữa.",
        )


def _repeats(post: Words) -> tuple[tuple[str, object], ...]:
    return (
        ("repeat.days", post.repeat_days),
        ("repeat.most", post.repeat_most),
        ("repeat.until", post.repeat_until),
    )


def _series(post: Words) -> Iterator[Finding]:
    name = post.series
    if name and post.series_part < 1:
        yield Finding("series.part", "bài thuộc một loạt bài nhưng chưa ghi là phần mấy; hãy ghi số từ 1.")
    if post.series_part > 0 and not name:
        yield Finding("series.name", "có số phần nhưng chưa ghi tên loạt bài; hãy ghi tên hoặc bỏ số phần.")
    if not name:
        return
    if any(value for _, value in _repeats(post)):
        yield Finding(
            "series.name",
            "các phần của một loạt bài đăng theo thứ tự nên không có quy tắc đăng lại riêng; "
            "hãy bỏ quy tắc đăng lại hoặc bỏ loạt bài.",
        )
    elif post.evergreen:
        yield warn(
            "series.name",
            "bài thuộc loạt bài mà còn đánh dấu “dùng lại được”, nên phần này có thể được đăng lại riêng lẻ; "
            "nếu không muốn vậy, hãy bỏ dấu đó.",
        )
