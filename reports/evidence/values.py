"""What an evidence file is asked for, and what one line of it says. Values only."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any, Protocol

from content.vietnamese import day, local, moment
from reports.evidence.pack import Pack
from reports.periods import ReportError, midnight

FORMAT = "cchc-evidence/1"
ARCHIVE_FORMAT = "cchc-archive/1"
"""Of a monthly archive, which is an evidence file with more inside (`reports.archive`)."""
FORMATS = (FORMAT, ARCHIVE_FORMAT)
LONGEST = timedelta(days=800)
MEDIA, TEXTS, OUTSIDE = "tu-lieu", "bai", "hoat-dong"
"""Folders: pictures and videos, one page and one text of each publication, files of offline activities."""
LIST_CSV, LIST_XLSX, FIGURES, LIVES = "danh-sach.csv", "danh-sach.xlsx", "so-lieu.csv", "dien-bien.csv"
FILES, ACTIVITIES, INDEX, README = "tep-da-gui.csv", "hoat-dong.csv", "index.html", "DOC-TOI.txt"
SUMS, MANIFEST = "SHA256SUMS.txt", "manifest.json"


@dataclass(frozen=True, slots=True)
class Asked:
    """From the first local day to the last; nothing that happened or was read after the cut-off is in it."""

    first: date
    last: date
    cutoff: datetime
    channel: str = ""
    """The key of one channel; empty: all."""
    topic: str = ""
    """The letter of one point of the plan; empty: all."""
    videos: bool = True
    """Whether videos are inside; if not, the list says so."""

    @property
    def since(self) -> datetime:
        """The first moment, aware UTC."""
        return midnight(self.first)

    @property
    def until(self) -> datetime:
        """The first moment after it, aware UTC."""
        return midnight(self.last + timedelta(days=1))

    @property
    def label(self) -> str:
        """Such as "từ ngày 01/11/2026 đến ngày 30/11/2026, chốt lúc 17:00 ngày 30/11/2026"."""
        return f"từ ngày {day(self.first)} đến ngày {day(self.last)}, chốt lúc {moment(self.cutoff)}"

    @property
    def stem(self) -> str:
        """A file's name without its ending, safe on every system."""
        at = local(self.cutoff)
        only = "".join(f"-{plain(one)}" for one in (self.channel, self.topic) if one)
        only += "" if self.videos else "-khong-video"
        return f"kiem-chung-{self.first:%Y%m%d}-{self.last:%Y%m%d}{only[:60]}-chot-{at:%Y%m%d-%H%M%S}"


def plain(text: str) -> str:
    """A key or a letter as part of a file's name: "đ" is "dd", as in the library's own file names."""
    text = text.casefold().replace("đ", "dd")
    return "".join(sign if sign.isascii() and (sign.isalnum() or sign in "-_") else "_" for sign in text)


def asked_for(
    first: date, last: date, cutoff: datetime | None, now: datetime, *, channel: str = "", topic: str = "",
    videos: bool = True,
) -> Asked:  # fmt: skip
    """What is asked for, to the second. Raises `ReportError` for a period or a cut-off that makes no sense."""
    if last < first:
        raise ReportError(f"Ngày cuối {day(last)} trước ngày đầu {day(first)}; hãy đổi lại.")
    if last - first >= LONGEST:
        raise ReportError("Mỗi hồ sơ kiểm chứng chỉ gồm tối đa hơn hai năm; hãy chọn kỳ ngắn hơn.")
    cutoff = (cutoff or now).replace(microsecond=0)
    if cutoff > now:
        raise ReportError(f"Thời điểm chốt {moment(cutoff)} chưa đến; hãy chọn một thời điểm đã qua.")
    if cutoff < midnight(first):
        raise ReportError(f"Thời điểm chốt {moment(cutoff)} trước ngày đầu {day(first)}; hãy chọn lại.")
    return Asked(first, last, cutoff, channel, topic, videos)


@dataclass(frozen=True, slots=True)
class Listed:
    """A file of data inside, as the front page lists it."""

    path: str
    about: str


class More(Protocol):
    """What another kind of package has inside beside an evidence file's."""

    @property
    def format(self) -> str:
        """How its manifest calls it."""
        ...

    @property
    def name(self) -> str:
        """How its front page and its guide call it, such as "Gói lưu trữ tháng 10/2026"."""
        ...

    def add(self, pack: Pack) -> Sequence[Listed]:
        """Put it in, after the publications and the activities; what the front page lists of it."""
        ...

    def facts(self) -> Mapping[str, object]:
        """What the manifest says beside an evidence file's, asked after everything was put in."""
        ...


class Basis(StrEnum):
    """Where the text of a publication comes from."""

    REVISION = "revision"
    """Composed from the kept content under the very hash that was prepared for sending."""
    CURRENT = "current"
    """The same from the post itself, which has not changed since."""
    APPROVED = "approved"
    """Which content was sent is not known: the one that was approved last before it."""
    NONE = "none"


BASIS_WORDS = {
    Basis.REVISION: "Dựng lại từ nội dung được giữ nguyên dưới đúng mã băm đã gửi, theo quy tắc ghép của kênh.",
    Basis.CURRENT: "Dựng lại từ bài hiện có; bài không đổi từ khi gửi (cùng mã băm).",
    Basis.APPROVED: "Hệ thống không lưu nội dung đã gửi; đây là bản được duyệt gần nhất trước lúc đăng.",
    Basis.NONE: "Hệ thống không lưu nội dung đã gửi và không còn bản được duyệt; không có gì để kèm.",
}
"""What is said of it to whoever checks: the string that went over the wire is not stored by itself."""


@dataclass(frozen=True, slots=True)
class Figure:
    """The last value that a platform told before the cut-off."""

    metric: str
    value: int
    name: str
    version: str
    definition: str
    at: str
    source: str


@dataclass(frozen=True, slots=True)
class File:
    """A picture or a video in its place. `path` "" means that it is not inside; `note` says why."""

    role: str
    sha256: str
    mime: str
    size: int
    alt: str
    path: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that happened; `who` "" is the system itself."""

    at: str
    what: str
    who: str = ""
    words: str = ""


@dataclass(frozen=True, slots=True)
class Item:
    """One publication as the evidence file tells it. Times are local, ISO with their offset; "" is not known."""

    number: int
    kind: str
    state: str
    withdrawn_at: str
    title: str
    topic: str
    form: str
    agency: str
    channel: str
    platform: str
    due_at: str
    published_at: str
    permalink: str
    author: str
    submitted_by: str
    endorsed_by: str
    approved_by: str
    approved_at: str
    content_hash: str
    basis: str
    summary: str
    link: str
    text: str
    text_sha256: str
    figures: tuple[Figure, ...]
    files: tuple[File, ...]
    steps: tuple[Step, ...]

    @property
    def name(self) -> str:
        """Of its page and its text, without the ending."""
        return f"{TEXTS}/{self.number:07d}"


def item_of(data: Mapping[str, Any]) -> Item:
    """An item that was kept as JSON."""
    facts = dict(data)
    for name, made in (("figures", Figure), ("files", File), ("steps", Step)):
        facts[name] = tuple(made(**one) for one in facts[name])
    return Item(**facts)


@dataclass
class Counts:
    """How much is inside."""

    publications: int = 0
    posts: int = 0
    """Publications that are posts, not comments or what else follows one."""
    withdrawn: int = 0
    texts_missing: int = 0
    pictures: int = 0
    videos: int = 0
    videos_left_out: int = 0
    files_missing: int = 0
    activities: int = 0
    activity_files: int = 0


@dataclass
class Made:
    """An evidence file that was made."""

    manifest_sha256: str
    size: int
    counts: Counts
    notes: list[str] = field(default_factory=list)
