"""What a later summary of the same week says otherwise than an earlier one: late readings, corrections, what was
taken down. Nothing is written over; both stay stored, and the newer one can tell what moved.

Compared are the figures and facts of the week itself, blocks 2 to 5 and 7. The sentences are made of them, and the
queue of the week after (block 6) is a picture of its own moment: it differs every time and is no correction.
"""

from collections.abc import Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TypeVar

from content.vietnamese import moment, number, percent
from reports.phrases import METRIC_WORDS
from reports.summary import (
    BASES,
    PARTS,
    ChannelWeek,
    Coverage,
    Incident,
    TopPost,
    WeeklySummary,
)

_Thing = TypeVar("_Thing")
NOTHING = "-"
"""What stands for a figure that is not known, and for a thing that was not there."""


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that differs. `before` and `after` are told as staff read them."""

    place: str
    """Where, for a program: "channel/<key>/reach", "top", "topic/<letter>/this_week", "incident/<id>", "notes"."""
    words: str
    """What, in words: "Facebook: lượt tiếp cận"."""
    before: str
    after: str


def changes(before: WeeklySummary, after: WeeklySummary) -> tuple[Change, ...]:
    """What `after` says otherwise than `before`, in the order of the blocks; two summaries of one week.

    Raises `ValueError` for summaries of two different weeks: their figures are not versions of each other.
    """
    if (before.period, before.starts_on, before.ends_on) != (after.period, after.starts_on, after.ends_on):
        raise ValueError(f"{before.period} and {after.period} are not one week")
    return tuple(
        change
        for change in (
            *_channels(before, after),
            *_top(before.top, after.top),
            *_coverage(before, after),
            *_portal(before, after),
            *_incidents(before, after),
            *_by_hand(before, after),
            *_notes(before, after),
        )
        if change.before != change.after
    )


def _pairs(
    before: Iterable[tuple[Hashable, _Thing]], after: Iterable[tuple[Hashable, _Thing]]
) -> Iterator[tuple[_Thing | None, _Thing | None]]:
    """Both of each thing, in the order of the newer summary, then what only the older one had."""
    older: Mapping[Hashable, _Thing] = dict(before)
    newer: Mapping[Hashable, _Thing] = dict(after)
    for key in dict.fromkeys([*newer, *older]):
        yield older.get(key), newer.get(key)


def _channels(before: WeeklySummary, after: WeeklySummary) -> Iterator[Change]:
    for old, new in _pairs(((c.id, c) for c in before.channels), ((c.id, c) for c in after.channels)):
        some = new or old
        assert some is not None
        was, now = _figures(old), _figures(new)
        for name, words in _names(old, new).items():
            yield Change(
                f"channel/{some.key}/{name}",
                f"{some.title}: {words}",
                was.get(name, NOTHING),
                now.get(name, NOTHING),
            )


def _names(old: ChannelWeek | None, new: ChannelWeek | None) -> dict[str, str]:
    bases = [c.base_metric for c in (old, new) if c is not None and c.base_metric]
    return {
        "published": "số bài đăng",
        "withdrawn": "số bài đã gỡ",
        "failed": "số bài lỗi đăng",
        "missed": "số bài quá giờ đăng",
        **{base: BASES[base].lower() for base in bases},
        **{f"{base}/previous": f"{BASES[base].lower()} tuần trước" for base in bases},
        "engagement": "lượt tương tác",
        "engagement/previous": "lượt tương tác tuần trước",
        **PARTS,
        "rate": "tỷ lệ tương tác",
        "followers": METRIC_WORDS["followers"],
        "followers/previous": f"{METRIC_WORDS['followers']} cuối tuần trước",
    }


def _figures(channel: ChannelWeek | None) -> dict[str, str]:
    if channel is None:
        return {}
    figures = {
        "published": channel.published,
        "engagement": channel.engagement,
        "followers": channel.followers,
        **channel.parts,
    }
    if channel.base_metric:
        figures[channel.base_metric] = channel.base
    told = {name: number(figure.value) for name, figure in figures.items()}
    told |= {f"{name}/previous": number(figure.previous) for name, figure in figures.items()}
    told |= {name: number(getattr(channel, name)) for name in ("withdrawn", "failed", "missed")}
    told["rate"] = percent(channel.rate, 2)
    return told


def _top(before: tuple[TopPost, ...], after: tuple[TopPost, ...]) -> Iterator[Change]:
    """One change for the places of the list, and one for each post whose figures moved."""
    yield Change("top", "Năm bài có nhiều tương tác nhất", _listed(before), _listed(after))
    for old, new in _pairs(((_which(p), p) for p in before), ((_which(p), p) for p in after)):
        if old is None or new is None:
            continue  # the change of places tells it; its figures of the other time are not known
        where, words = f"top/{new.id or new.url}", f"Bài “{new.title}” ({new.channel})"
        for name, what, was, now in (
            ("engagement", "lượt tương tác", number(old.engagement), number(new.engagement)),
            ("base", new.base_label.lower(), number(old.base), number(new.base)),
            ("withdrawn", "trạng thái", *("đã gỡ" if post.withdrawn else "đang hiển thị" for post in (old, new))),
        ):
            yield Change(f"{where}/{name}", f"{words}: {what}", was, now)


def _which(post: TopPost) -> Hashable:
    """The same post in both, whatever its place; without a number it is told by its channel and minute."""
    return post.id or (post.channel, post.published_at, post.title)


def _listed(posts: tuple[TopPost, ...]) -> str:
    return "; ".join(f"“{post.title}” ({post.channel})" for post in posts) or NOTHING


_COUNTS = (
    *(("this_week", "tuần này"), ("last_week", "tuần trước"), ("this_year", "trong năm")),
    *(("minimum", "tối thiểu mỗi tuần"), ("year_minimum", "tối thiểu mỗi năm")),
)


def _coverage(before: WeeklySummary, after: WeeklySummary) -> Iterator[Change]:
    for old, new in _pairs(((c.letter, c) for c in before.coverage), ((c.letter, c) for c in after.coverage)):
        some = new or old
        assert some is not None
        for name, words in _COUNTS:
            yield Change(
                f"topic/{some.letter}/{name}", f"Điểm {some.letter}: {words}", _counted(old, name), _counted(new, name)
            )


def _counted(line: Coverage | None, name: str) -> str:
    return NOTHING if line is None else f"{number(getattr(line, name))} {line.unit_words}"


def _incidents(before: WeeklySummary, after: WeeklySummary) -> Iterator[Change]:
    def keyed(incidents: tuple[Incident, ...]) -> list[tuple[Hashable, Incident]]:
        return [(one.id or (one.title, one.channel, one.due_at), one) for one in incidents]

    for old, new in _pairs(keyed(before.incidents), keyed(after.incidents)):
        some = new or old
        assert some is not None
        yield Change(
            f"incident/{some.id or moment(some.due_at)}",
            f"Sự cố của bài “{some.title}” ({some.channel})",
            *(NOTHING if one is None else " ".join((*one.happened, *one.done, one.outcome)) for one in (old, new)),
        )


def _by_hand(before: WeeklySummary, after: WeeklySummary) -> Iterator[Change]:
    def keyed(summary: WeeklySummary) -> list[tuple[Hashable, tuple[str, str]]]:
        return [
            (
                (line.channel, line.title, line.at, figure.metric),
                (f"{line.title}: {figure.label}", number(figure.value)),
            )
            for line in summary.by_hand
            for figure in line.figures
        ]

    for old, new in _pairs(keyed(before), keyed(after)):
        some = new or old
        assert some is not None
        yield Change(
            "by_hand",
            f"Nhập tay, {some[0]}",
            *(NOTHING if one is None else one[1] for one in (old, new)),
        )


def _portal(before: WeeklySummary, after: WeeklySummary) -> Iterator[Change]:
    """From the portal to the channels, all sources together."""

    def told(summary: WeeklySummary, name: str) -> str:
        return NOTHING if summary.portal is None else number(getattr(summary.portal.total, name))

    for name, words in (
        ("suggested", "bài trên cổng"),
        ("shared", "bài đã chia sẻ"),
        ("median_minutes", "trung vị từ cổng đến kênh (phút)"),
        ("p90_minutes", "90% bài không quá (phút)"),
    ):
        yield Change(f"portal/{name}", f"Cổng thông tin: {words}", told(before, name), told(after, name))


def _notes(before: WeeklySummary, after: WeeklySummary) -> Iterator[Change]:
    """Notes that came or went; those that tell the same of another moment are the figures' own."""
    old, new = ((*summary.breaks, *summary.notes) for summary in (before, after))
    for note in dict.fromkeys([*new, *old]):
        yield Change("notes", "Ghi chú số liệu", *(note if note in told else NOTHING for told in (old, new)))
