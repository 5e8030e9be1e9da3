"""What an activity says of itself, checked where it enters: kind, title, days, figures, cost.

A letter or a code that the activity had before stays allowed, so that a new plan does not lock what was logged under
the old one. An activity that has not begun is refused: the log is what was done, and the report counts it.
"""

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from content.activity_kinds import FIGURES, KIND_NAMES, KINDS, TONES
from content.articles import printable
from content.errors import ContentError
from content.plan import Plan
from content.record_tables import Activity
from content.vietnamese import MISSING, day, nfc, number

TITLE_MOST, LINE_MOST, WORDS_MOST, URL_MOST = 300, 200, 5_000, 2_000
FIGURE_MOST, COST_MOST = 100_000_000, 10_000_000_000_000
FIRST_YEAR, DAYS_MOST = 2000, 731

LABELS = {
    "kind": "Loại hoạt động",
    "title": "Tên hoạt động",
    "first": "Từ ngày",
    "last": "Đến ngày",
    "place": "Địa điểm",
    "agency": "Cơ quan thực hiện",
    "topic": "Nội dung tuyên truyền",
    "form": "Hình thức",
    "audiences": "Đối tượng",
    "figures": "Kết quả",
    "cost": "Kinh phí (đồng)",
    "funding": "Nguồn kinh phí",
    "outlet": "Báo, đài",
    "url": "Địa chỉ trên mạng",
    "tone": "Tính chất",
    "words": "Ghi chú",
}
"""What staff call each field; a figure has its own label in `FIGURES`."""


@dataclass(frozen=True, slots=True)
class ActivityFields:
    """Everything staff may change in an activity."""

    kind: str
    title: str
    first: date
    last: date
    place: str = ""
    agency: str = ""
    topic: str = ""
    form: str = ""
    audiences: tuple[str, ...] = ()
    figures: Mapping[str, int] = field(default_factory=dict)
    """What is not known is left out; 0 is a count like any other."""
    cost: int | None = None
    funding: str = ""
    outlet: str = ""
    url: str = ""
    tone: str = ""
    words: str = ""


class Problem(NamedTuple):
    """What is wrong: with which field (a figure by its own name), and one sentence."""

    field: str
    words: str


class ActivityError(ContentError):
    """An activity that cannot be kept as it is; `problems` tells everything that is wrong with it."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("\n".join(one.words for one in problems))
        self.problems = list(problems)


def fields_of(row: Activity) -> ActivityFields:
    """The activity taken apart."""
    return ActivityFields(
        row.kind, row.title, row.first, row.last, row.place, row.agency, row.topic, row.form, tuple(row.audiences),
        dict(row.figures), row.cost, row.funding, row.outlet, row.url, row.tone, row.words,
    )  # fmt: skip


def checked(
    fields: ActivityFields, *, plan: Plan | None, today: date, had: ActivityFields | None = None
) -> ActivityFields:
    """The fields as they are kept: NFC, trimmed, with the form of their kind. Raises `ActivityError` with all slips.

    `plan`: the one in force; `today`: the local day; `had`: what was kept before.
    """
    ready = _tidy(fields, plan)
    problems = [
        *_of_kind(ready),
        *_of_words(ready),
        *_of_days(ready, today),
        *_of_names(ready, _known(plan, had)),
        *_of_figures(ready),
        *_of_press(ready),
    ]
    if problems:
        raise ActivityError(problems)
    return ready


def _tidy(fields: ActivityFields, plan: Plan | None) -> ActivityFields:
    kind = KINDS.get(fields.kind)
    lines: dict[str, Any] = {
        name: _line(getattr(fields, name)) for name in ("title", "place", "funding", "outlet", "url")
    }
    form = nfc(fields.form).strip()
    if kind and not form and plan and any(one.letter == kind.form for one in plan.forms):
        form = kind.form
    return replace(
        fields,
        **lines,
        agency=nfc(fields.agency).strip(),
        topic=nfc(fields.topic).strip(),
        form=form,
        audiences=tuple(dict.fromkeys(nfc(one).strip() for one in fields.audiences)),
        figures={name: fields.figures[name] for name in FIGURES if name in fields.figures}
        | {name: count for name, count in fields.figures.items() if name not in FIGURES},
        words="\n".join(printable(line).rstrip() for line in nfc(fields.words).splitlines()).strip(),
    )


def _line(text: str) -> str:
    return " ".join(printable(nfc(text)).split())


def _known(plan: Plan | None, had: ActivityFields | None) -> dict[str, Collection[str]]:
    """What each field may name."""
    of_plan = {
        "agency": [one.code for one in plan.agencies] if plan else [],
        "topic": list(plan.letters) if plan else [],
        "form": [one.letter for one in plan.forms] if plan else [],
        "audiences": [one.code for one in plan.audiences] if plan else [],
    }
    before = {name: _several(getattr(had, name)) if had else () for name in of_plan}
    return {name: {*codes, *before[name]} for name, codes in of_plan.items()}


def _several(value: str | tuple[str, ...]) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else value


def _of_kind(ready: ActivityFields) -> Iterator[Problem]:
    if ready.kind not in KINDS:
        yield Problem("kind", f"Loại hoạt động chỉ nhận: {', '.join(KIND_NAMES)}.")


def _of_words(ready: ActivityFields) -> Iterator[Problem]:
    if not ready.title:
        yield Problem("title", "Hoạt động chưa có tên: hãy điền tên.")
    for name, most in (
        ("title", TITLE_MOST), ("place", LINE_MOST), ("funding", LINE_MOST), ("outlet", LINE_MOST),
        ("url", URL_MOST), ("words", WORDS_MOST),
    ):  # fmt: skip
        length = len(getattr(ready, name))
        if length > most:
            yield Problem(name, f"{LABELS[name]} dài {number(length)} ký tự; tối đa {number(most)} ký tự.")
    if ready.url and not _is_address(ready.url):
        yield Problem("url", "Địa chỉ trên mạng phải viết đủ, bắt đầu bằng https:// hoặc http://.")


def _is_address(text: str) -> bool:
    try:
        parts = urlsplit(text)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and " " not in text and not parts.username
    except ValueError:
        return False


def _of_days(ready: ActivityFields, today: date) -> Iterator[Problem]:
    if ready.first.year < FIRST_YEAR:
        yield Problem("first", f"Ngày bắt đầu phải từ năm {FIRST_YEAR} trở đi.")
    elif ready.first > today:
        yield Problem(
            "first", f"Ngày bắt đầu {day(ready.first)} chưa tới: hãy ghi hoạt động khi đã diễn ra hoặc đang diễn ra."
        )
    if ready.last < ready.first:
        yield Problem("last", f"Ngày kết thúc {day(ready.last)} trước ngày bắt đầu {day(ready.first)}: hãy sửa lại.")
    elif (ready.last - ready.first).days >= DAYS_MOST:
        yield Problem("last", "Hoạt động dài quá hai năm: hãy ghi thành nhiều hoạt động.")


def _of_names(ready: ActivityFields, known: Mapping[str, Collection[str]]) -> Iterator[Problem]:
    what = {
        "agency": "cơ quan mang mã", "topic": "nội dung mang chữ cái", "form": "hình thức mang chữ cái",
        "audiences": "đối tượng mang mã",
    }  # fmt: skip
    for name, words in what.items():
        strange = [one for one in _several(getattr(ready, name)) if one and one not in known[name]]
        if strange:
            yield Problem(name, f"Kế hoạch đang áp dụng không có {words} “{strange[0][:40]}”: hãy chọn lại.")


def _of_figures(ready: ActivityFields) -> Iterator[Problem]:
    kind = KINDS.get(ready.kind)
    for name, count in ready.figures.items():
        if kind and name not in kind.figures:
            label = FIGURES[name].label if name in FIGURES else name[:40]
            yield Problem(name, f"Loại “{kind.label}” không có số liệu “{label}”: hãy bỏ số này hoặc đổi loại.")
        elif not 0 <= count <= FIGURE_MOST:
            label = FIGURES[name].label if name in FIGURES else name[:40]
            yield Problem(name, f"{label} phải là số nguyên từ 0 đến {number(FIGURE_MOST)}.")
    questions, answered = ready.figures.get("questions"), ready.figures.get("answered")
    if questions is not None and answered is not None and answered > questions:
        yield Problem(
            "answered",
            f"Số câu đã trả lời ({number(answered)}) lớn hơn số câu hỏi nhận được ({number(questions)}): hãy sửa lại.",
        )
    if ready.cost is not None and not 0 <= ready.cost <= COST_MOST:
        yield Problem("cost", f"Kinh phí phải là số đồng từ 0 đến {number(COST_MOST)}.")


def _of_press(ready: ActivityFields) -> Iterator[Problem]:
    if ready.tone and ready.tone not in TONES:
        yield Problem("tone", f"Tính chất chỉ nhận: {', '.join(TONES)}.")
    kind = KINDS.get(ready.kind)
    if kind and kind.press and not ready.outlet:
        yield Problem("outlet", "Hãy ghi tên báo, đài đã đăng hoặc phát.")
    if kind and not kind.press and (ready.outlet or ready.tone):
        name = "outlet" if ready.outlet else "tone"
        yield Problem(name, f"Loại “{kind.label}” không ghi {LABELS[name].lower()}: hãy bỏ hoặc đổi loại.")


_MONEY = re.compile(r"(\d{1,3}(?:[.\u00a0 ]\d{3})+|\d+)\s*(?:đồng|đ|vnđ|vnd)?", re.IGNORECASE)


def money(text: str) -> int | None:
    """Whole đồng as staff type them: "12.500.000", "12500000 đồng"; None for nothing.

    Raises ValueError with a sentence for everything else: "12,5 triệu" is not guessed at.
    """
    plain = nfc(text).strip()
    if not plain:
        return None
    found = _MONEY.fullmatch(plain)
    digits = re.sub(r"\D", "", found[1]) if found else ""
    if not (digits.isascii() and digits.isdigit() and len(digits) <= 14):
        raise ValueError("Kinh phí ghi bằng số đồng, như 12.500.000.")
    return int(digits)


def count_of(text: str) -> int | None:
    """A whole number as staff type it: "1.250"; None for nothing. Raises ValueError for everything else."""
    plain = text.strip()
    if not plain:
        return None
    digits = plain.replace(".", "") if re.fullmatch(r"\d{1,3}(\.\d{3})+", plain) else plain
    if not (digits.isascii() and digits.isdigit() and len(digits) <= 9):
        raise ValueError("phải là số nguyên, như 1.250.")
    return int(digits)


SHOWN: dict[str, Callable[[ActivityFields], str]] = {
    "kind": lambda one: KIND_NAMES.get(one.kind, one.kind),
    "title": lambda one: one.title,
    "first": lambda one: day(one.first),
    "last": lambda one: day(one.last),
    "place": lambda one: one.place,
    "agency": lambda one: one.agency,
    "topic": lambda one: one.topic,
    "form": lambda one: one.form,
    "audiences": lambda one: ", ".join(one.audiences),
    "figures": lambda one: told(one.figures),
    "cost": lambda one: number(one.cost),
    "funding": lambda one: one.funding,
    "outlet": lambda one: one.outlet,
    "url": lambda one: one.url,
    "tone": lambda one: TONES.get(one.tone, one.tone),
    "words": lambda one: one.words,
}
"""Each field as staff read it."""


def told(figures: Mapping[str, int]) -> str:
    """ "3 lớp, 120 lượt người"; "-" when nothing was counted."""
    return ", ".join(f"{number(figures[one])} {FIGURES[one].unit}" for one in FIGURES if one in figures) or MISSING


def shown(fields: ActivityFields) -> dict[str, str]:
    """Every field as staff read it, by its name."""
    return {name: tell(fields) for name, tell in SHOWN.items()}


def differing(one: ActivityFields, other: ActivityFields) -> list[str]:
    """The names of the fields that are not the same."""
    return [name for name, tell in SHOWN.items() if tell(one) != tell(other)]
