"""What a campaign says of itself, checked where it enters: name, days, channels, targets.

This floor knows no channels: whoever calls tells the keys there are. A letter or a channel that the campaign had
before stays allowed, so that a new plan or a channel that went away does not lock it.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import NamedTuple

from content.articles import printable
from content.errors import ContentError
from content.tables import Campaign
from content.vietnamese import day, nfc, number

NAME_MOST, PURPOSE_MOST, KEY_MOST = 200, 2_000, 60
TARGET_MOST = 100_000
DAYS_MOST = 731
"""Two years, perhaps with a leap day."""
FIRST_YEAR, LAST_YEAR = 2000, 2100

LABELS = {
    "name": "Tên chiến dịch",
    "purpose": "Mục đích",
    "first": "Từ ngày",
    "last": "Đến ngày",
    "channels": "Kênh",
    "total": "Chỉ tiêu chung",
    "topics": "Chỉ tiêu theo nội dung",
    "per_channel": "Chỉ tiêu theo kênh",
}
"""What staff call each field."""


@dataclass(frozen=True, slots=True)
class CampaignFields:
    """Everything staff may change in a campaign. Targets are publications wanted between the two local days."""

    name: str
    first: date
    last: date
    purpose: str = ""
    channels: tuple[str, ...] = ()
    """Keys; none: every channel."""
    total: int = 0
    """0: what the targets by topic or by channel add up to."""
    topics: Mapping[str, int] = field(default_factory=dict)
    per_channel: Mapping[str, int] = field(default_factory=dict)


class Problem(NamedTuple):
    """What is wrong: with which field, and one sentence."""

    field: str
    words: str


class CampaignError(ContentError):
    """A campaign that cannot be kept as it is; `problems` tells everything that is wrong with it."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("\n".join(one.words for one in problems))
        self.problems = list(problems)


def fields_of(row: Campaign) -> CampaignFields:
    """The campaign taken apart."""
    return CampaignFields(
        name=row.name,
        first=row.first,
        last=row.last,
        purpose=row.purpose,
        channels=tuple(row.channels),
        total=int(row.targets.get("total", 0)),
        topics=dict(row.targets.get("topics", {})),
        per_channel=dict(row.targets.get("channels", {})),
    )


def checked(
    fields: CampaignFields, *, letters: Collection[str], channels: Collection[str], had: CampaignFields | None = None
) -> CampaignFields:
    """The fields as they are kept: NFC, trimmed, without targets of 0. Raises `CampaignError` with all that is wrong.

    `letters`: the topics of the active plan; `channels`: keys of the channels there are; `had`: what was kept before.
    """
    ready = replace(
        fields,
        name=" ".join(printable(nfc(fields.name)).split()),
        purpose="\n".join(printable(line).rstrip() for line in nfc(fields.purpose).splitlines()).strip(),
        channels=tuple(dict.fromkeys(nfc(key) for key in fields.channels)),
        topics=_wanted(fields.topics),
        per_channel=_wanted(fields.per_channel),
    )
    known_letters = {*letters, *(had.topics if had else ())}
    known_channels = {*channels, *((*had.channels, *had.per_channel) if had else ())}
    problems = [
        *_of_words(ready),
        *_of_days(ready),
        *_of_names(ready, known_letters, known_channels),
        *_of_targets(ready),
    ]
    if problems:
        raise CampaignError(problems)
    return replace(ready, total=ready.total or max(sum(ready.topics.values()), sum(ready.per_channel.values())))


def _wanted(targets: Mapping[str, int]) -> dict[str, int]:
    return {nfc(name): count for name, count in targets.items() if count}


def _of_words(ready: CampaignFields) -> Iterator[Problem]:
    if not ready.name:
        yield Problem("name", "Chiến dịch chưa có tên: hãy điền tên.")
    for name, most in (("name", NAME_MOST), ("purpose", PURPOSE_MOST)):
        length = len(getattr(ready, name))
        if length > most:
            yield Problem(name, f"{LABELS[name]} dài {number(length)} ký tự; tối đa {number(most)} ký tự.")


def _of_days(ready: CampaignFields) -> Iterator[Problem]:
    if not FIRST_YEAR <= min(ready.first, ready.last).year <= max(ready.first, ready.last).year <= LAST_YEAR:
        yield Problem("first", f"Ngày của chiến dịch phải trong các năm {FIRST_YEAR}–{LAST_YEAR}.")
    elif ready.last < ready.first:
        yield Problem(
            "last",
            f"Chiến dịch kết thúc trước khi bắt đầu ({day(ready.last)} trước {day(ready.first)}): hãy chọn lại ngày.",
        )
    elif (ready.last - ready.first).days >= DAYS_MOST:
        yield Problem("last", "Chiến dịch dài quá hai năm: hãy chọn ngày kết thúc sớm hơn hoặc chia thành nhiều đợt.")


def _of_names(ready: CampaignFields, letters: Collection[str], channels: Collection[str]) -> Iterator[Problem]:
    if strange := [letter for letter in ready.topics if letter not in letters]:
        yield Problem("topics", f"Kế hoạch đang áp dụng không có điểm “{strange[0][:20]}”: hãy bỏ chỉ tiêu này.")
    if strange := [key for key in ready.channels if key not in channels]:
        yield Problem("channels", f"Không có kênh “{strange[0][:60]}”: hãy chọn trong các kênh đã kết nối.")
    allowed = set(ready.channels) or set(channels)
    if strange := [key for key in ready.per_channel if key not in allowed]:
        words = f"Kênh “{strange[0][:60]}” không thuộc chiến dịch: hãy chọn kênh đó hoặc bỏ chỉ tiêu của kênh."
        yield Problem("per_channel", words)


def _of_targets(ready: CampaignFields) -> Iterator[Problem]:
    for name, counts in (
        ("total", [ready.total]),
        ("topics", ready.topics.values()),
        ("per_channel", ready.per_channel.values()),
    ):
        if any(not 0 <= count <= TARGET_MOST for count in counts):
            yield Problem(name, f"{LABELS[name]} phải là số nguyên từ 0 đến {number(TARGET_MOST)}.")
    for name, targets in (("topics", ready.topics), ("per_channel", ready.per_channel)):
        several = sum(targets.values())
        if ready.total and several > ready.total:
            yield Problem(
                name,
                f"{LABELS[name]} cộng lại là {number(several)}, lớn hơn chỉ tiêu chung {number(ready.total)}: "
                "hãy sửa một trong hai.",
            )


SHOWN: dict[str, Callable[[CampaignFields], str]] = {
    "name": lambda one: one.name,
    "purpose": lambda one: one.purpose,
    "first": lambda one: day(one.first),
    "last": lambda one: day(one.last),
    "channels": lambda one: ", ".join(sorted(one.channels)) or "mọi kênh",
    "total": lambda one: number(one.total),
    "topics": lambda one: _told(one.topics),
    "per_channel": lambda one: _told(one.per_channel),
}
"""Each field as staff read it."""


def shown(fields: CampaignFields) -> dict[str, str]:
    """Every field as staff read it, by its name."""
    return {name: tell(fields) for name, tell in SHOWN.items()}


def differing(one: CampaignFields, other: CampaignFields) -> list[str]:
    """The names of the fields that are not the same."""
    return [name for name, tell in SHOWN.items() if tell(one) != tell(other)]


def called(names: Iterable[str]) -> str:
    """The fields in a sentence."""
    return ", ".join(LABELS[name].lower() for name in names)


def _told(targets: Mapping[str, int]) -> str:
    return ", ".join(f"{name}: {number(count)}" for name, count in sorted(targets.items())) or "không đặt"
