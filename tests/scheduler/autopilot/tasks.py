"""Random offices: libraries, plans, channels, pauses, wishes, campaigns, small enough to clash all the time."""

from dataclasses import replace
from datetime import date, datetime, timedelta

from hypothesis import strategies as st

from content.vietnamese import LOCAL
from scheduler.autopilot import (
    Before,
    CampaignGoal,
    Candidate,
    ChannelRules,
    DayRule,
    SlotTime,
    Stop,
    Task,
    TopicGoal,
    Used,
    Wish,
)

MONDAY = date(2026, 12, 28)
"""The week runs over New Year, like a season may."""
TOPICS = "abcdđi"
FORMS = ("van_ban", "infographic", "video")
TAGS = ("thong-bao", "tin-vui", "chuc-mung")
AGENCIES = ("", "snv", "stp")
MINUTES = (420, 450, 480, 690, 1170, 1380)
CHANNELS = (1, 2, 3)
POSTS = 14


def a_day(first: int = -70, last: int = 40) -> st.SearchStrategy[date]:
    return st.integers(first, last).map(lambda days: MONDAY + timedelta(days=days))


def a_moment(first: int = -70, last: int = 12) -> st.SearchStrategy[datetime]:
    return st.builds(
        lambda on, minute: datetime(on.year, on.month, on.day, tzinfo=LOCAL) + timedelta(minutes=minute),
        a_day(first, last), st.sampled_from(MINUTES),
    )  # fmt: skip


def some(values: tuple[str, ...], most: int = 2) -> st.SearchStrategy[frozenset[str]]:
    return st.frozensets(st.sampled_from(values), max_size=most)


@st.composite
def posts(draw: st.DrawFn, number: int) -> Candidate:
    rarely = st.sampled_from((False, False, False, True))
    valid = draw(st.tuples(a_day(-5, 5), a_day(-1, 12))) if draw(rarely) else (None, None)
    alike = draw(st.frozensets(st.integers(1, POSTS), max_size=2)) if draw(rarely) else frozenset()
    series, part = ("loat", draw(st.integers(1, 3))) if draw(rarely) else ("", 0)
    return Candidate(
        post_id=number,
        key=f"bai-{number:02}",
        title=f"Bài {number}",
        topic=draw(st.sampled_from(TOPICS)),
        form=draw(st.sampled_from(FORMS)),
        channels=draw(st.frozensets(st.sampled_from(CHANNELS), min_size=1)),
        audiences=tuple(sorted(draw(some(("nguoi_dan", "doanh_nghiep", "noi_bo"))))),
        tags=draw(some(TAGS)) if draw(rarely) else frozenset(),
        agency=draw(st.sampled_from(AGENCIES)),
        allowed_in_pause=draw(rarely),
        evergreen=not draw(rarely),
        valid_from=valid[0],
        valid_to=valid[1],
        season=draw(st.sampled_from(("12-15/01-02", "03-01/05-01", "12-30/12-30"))) if draw(rarely) else "",
        repeat_days=draw(st.sampled_from((0, 0, 1, 3, 45))),
        repeat_most=draw(st.sampled_from((0, 0, 0, 1, 2))),
        repeat_until=draw(a_day(-1, 8)) if draw(rarely) else None,
        series=series,
        series_part=part,
        alike=alike - {number},
    )


@st.composite
def channels(draw: st.DrawFn, number: int) -> ChannelRules:
    slots = draw(st.lists(st.tuples(st.sampled_from(MINUTES), st.sampled_from(("", "", "", *FORMS))), max_size=4))
    quiet = draw(st.sampled_from(((1320, 360), (1320, 360), (0, 0), (660, 720), (1200, 430))))
    return ChannelRules(
        id=number,
        key=f"kenh-{number}",
        name=f"Kênh {number}",
        slots=tuple(SlotTime(weekday, minute, form) for weekday in range(7) for minute, form in slots),
        gap_minutes=draw(st.sampled_from((0, 0, 30, 45, 300))),
        daily_most=draw(st.sampled_from((0, 0, 1, 2))),
        quiet_from=quiet[0],
        quiet_until=quiet[1],
        agency=draw(st.sampled_from(AGENCIES)),
    )


@st.composite
def goals(draw: st.DrawFn) -> dict[str, TopicGoal]:
    few = st.integers(0, 3)
    return {
        letter: TopicGoal(
            letter, order, f"Nội dung {letter}", draw(st.integers(1, 2)), draw(few), draw(few), draw(st.integers(0, 9))
        )
        for order, letter in enumerate(TOPICS, 1)
        if draw(st.booleans())
    }


day_rules = st.builds(
    DayRule,
    name=st.just("Ngày nghỉ"),
    at_most=st.sampled_from((None, 0, 1, 2)),
    without=some(TAGS, 1),
    only=st.one_of(st.just(frozenset[str]()), some(TAGS, 1)),
)


@st.composite
def stops(draw: st.DrawFn) -> Stop:
    since = draw(a_moment(-3, 7))
    whom = draw(st.sampled_from(("all", "channel", "agency", "tag")))
    return Stop(
        words="Tạm dừng vì có việc.",
        since=since,
        until=draw(st.sampled_from((None, since + timedelta(hours=5), since + timedelta(days=2)))),
        channel_id=draw(st.sampled_from(CHANNELS)) if whom == "channel" else None,
        agency=draw(st.sampled_from(AGENCIES[1:])) if whom == "agency" else "",
        tag=draw(st.sampled_from(TAGS)) if whom == "tag" else "",
    )


@st.composite
def wishes(draw: st.DrawFn, number: int, kinds: tuple[str, ...] = ("pin", "veto")) -> Wish:
    since = draw(a_day(-2, 6))
    return Wish(
        kind=draw(st.sampled_from(kinds)),
        post_id=draw(st.integers(1, POSTS + 1)),
        channel_id=draw(st.sampled_from((None, *CHANNELS))),
        since=since,
        until=draw(st.sampled_from((None, since, since + timedelta(days=3)))),
        actor="Lan",
        id=number,
    )


@st.composite
def campaigns(draw: st.DrawFn, number: int) -> CampaignGoal:
    few = st.integers(0, 4)
    return CampaignGoal(
        id=number,
        name=f"Chiến dịch {number}",
        first=draw(a_day(-5, 3)),
        last=draw(a_day(0, 10)),
        posts=draw(st.frozensets(st.integers(1, POSTS), max_size=5)),
        channels=draw(st.frozensets(st.sampled_from(CHANNELS), max_size=2)),
        total=draw(few),
        topics={draw(st.sampled_from(TOPICS)): draw(few)},
        per_channel={draw(st.sampled_from(CHANNELS)): draw(few)},
    )


def used_of(one: Candidate, at: datetime, channel_id: int) -> Used:
    return Used(one.post_id, one.topic, at, channel_id, one.audiences, one.series, one.series_part)


def alike_both_ways(library: list[Candidate]) -> list[Candidate]:
    """What says the same as another says so of both, whether or not both are in the library."""
    return [
        replace(one, alike=one.alike | {other.post_id for other in library if one.post_id in other.alike})
        for one in library
    ]


@st.composite
def tasks(draw: st.DrawFn, *, calm: bool = False) -> Task:
    """Any office. `calm`: nobody wished or paused anything, and no campaign runs."""
    library = [draw(posts(number)) for number in range(1, draw(st.integers(0, POSTS)) + 1)]
    library = alike_both_ways(library)
    places = draw(st.lists(st.tuples(st.integers(0, POSTS - 1), a_moment(), st.sampled_from(CHANNELS)), max_size=12))
    used = [used_of(library[place % len(library)], at, channel_id) for place, at, channel_id in places if library]
    before = draw(
        st.dictionaries(st.tuples(st.integers(1, POSTS), st.sampled_from(CHANNELS)), st.integers(1, 2), max_size=2)
    )
    long_ago = datetime(2026, 1, 5, 8, tzinfo=LOCAL)
    task = Task(
        days=sorted(draw(st.sets(a_day(0, 8), min_size=1, max_size=4))),
        now=draw(a_moment(-1, 1)),
        channels=[draw(channels(number)) for number in CHANNELS[: draw(st.integers(1, 3))]],
        topics=draw(goals()),
        candidates=library,
        used=used,
        before={key: Before(times, long_ago) for key, times in before.items()},
        rules=draw(st.dictionaries(a_day(0, 8), day_rules, max_size=2)),
        cool_down=draw(st.sampled_from((1, 7, 30))),
        alike_days=draw(st.sampled_from((1, 5, 60))),
        seed=draw(st.sampled_from(("a", "b"))),
    )
    if calm:
        return task
    return replace(
        task,
        stops=[draw(stops()) for _ in range(draw(st.integers(0, 2)))],
        wishes=[draw(wishes(number)) for number in range(1, draw(st.integers(0, 4)) + 1)],
        campaigns=[draw(campaigns(number)) for number in range(1, draw(st.integers(0, 2)) + 1)],
    )


@st.composite
def crowded(draw: st.DrawFn) -> Task:
    """An office whose few slots are kept for forms, with more wanted than fits: every choice takes something away."""
    letters, forms, few = "abi", FORMS[:2], st.integers(0, 3)
    library = [
        Candidate(
            number, f"bai-{number:02}", f"Bài {number}", draw(st.sampled_from(letters)), draw(st.sampled_from(forms)),
            draw(st.sampled_from((frozenset({1}), frozenset({1, 2})))), evergreen=draw(st.booleans()),
            alike=draw(st.frozensets(st.integers(1, 8), max_size=1)) - {number},
        )
        for number in range(1, draw(st.integers(2, 8)) + 1)
    ]  # fmt: skip
    slots = [(minute, draw(st.sampled_from(("", *forms)))) for minute in MINUTES[:3]]
    return Task(
        days=[MONDAY + timedelta(days=offset) for offset in range(draw(st.integers(1, 2)))],
        now=datetime(2026, 12, 27, 16, tzinfo=LOCAL),
        channels=[
            ChannelRules(
                number, f"kenh-{number}", f"Kênh {number}",
                tuple(SlotTime(weekday, minute, form) for weekday in (0, 1) for minute, form in slots[: 4 - number]),
            )
            for number in (1, 2)
        ],
        topics={
            letter: TopicGoal(letter, order, letter, 2 if letter == "i" else 1, draw(few), draw(few))
            for order, letter in enumerate(letters, 1)
        },
        candidates=library,
        seed=draw(st.sampled_from("abc")),
    )  # fmt: skip


@st.composite
def crowded_with_pins(draw: st.DrawFn) -> Task:
    """The same, with posts that people want on one of the days."""
    task = draw(crowded())
    numbers = st.integers(1, len(task.candidates))
    return replace(
        task,
        wishes=[
            Wish(
                "pin",
                draw(numbers),
                draw(st.sampled_from((None, 1, 2))),
                MONDAY,
                MONDAY + timedelta(days=1),
                "Lan",
                id=place,
            )
            for place in range(1, draw(st.integers(1, 3)) + 1)
        ],
    )
