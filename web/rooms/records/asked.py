"""What an evidence file is to hold, read from the address or from the form that makes it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from urllib.parse import urlencode

from sqlmodel import Session, col, select
from starlette.datastructures import FormData

from content.errors import ContentError
from content.plan import Plan, active_plan
from content.vietnamese import LOCAL
from reports.evidence.values import Asked, asked_for
from reports.periods import ReportError
from reports.spans import SPAN_WORDS, span_named
from scheduler.tables import Channel
from web.forms import Form
from web.offered import OWN, Offered
from web.words import say

USUAL = "thang-truoc"
NAMES = ("ky", "tu", "den", "chot_ngay", "chot_gio", "kenh", "diem", "bo_video")


@dataclass(frozen=True)
class Question(Offered):
    """The form, what may be chosen in it, and what it asks for; None when it asks wrongly."""

    form: Form
    asked: Asked | None
    channels: Sequence[Channel]
    plan: Plan | None

    @property
    def own(self) -> bool:
        """Whether two days of one's own are asked for."""
        return self.form.raw("ky") == OWN or bool({"tu", "den"} & self.form.errors.keys())

    @property
    def more(self) -> bool:
        """Whether something is asked for that few people need."""
        names = ("chot_ngay", "chot_gio", "bo_video")
        return any(self.form.raw(name) or name in self.form.errors for name in names)

    @property
    def query(self) -> str:
        """The same question in an address."""
        return urlencode({name: self.form.raw(name) for name in NAMES if self.form.raw(name)})

    @property
    def fields(self) -> list[tuple[str, str]]:
        """The same question as hidden fields."""
        return [(name, self.form.raw(name)) for name in NAMES if self.form.raw(name)]


def question(session: Session, sent: FormData, now: datetime, week_start: int) -> Question:
    """What was asked; what is wrong stands beside its field."""
    form = Form(FormData([*sent.multi_items(), *([] if "ky" in sent else [("ky", USUAL)])]))
    channels = session.exec(select(Channel).order_by(col(Channel.id))).all()
    try:
        plan = active_plan(session)
    except ContentError:
        plan = None
    channel = form.choice("kenh", "Kênh", [one.key for one in channels], required=False)
    topic = form.choice("diem", "Nội dung", plan.letters if plan else (), required=False)
    days = _days(form, now, week_start)
    cutoff = _cutoff(form)
    asked = None
    if days and not form.errors:
        try:
            asked = asked_for(*days, cutoff, now, channel=channel, topic=topic, videos=not form.yes("bo_video"))
        except ReportError as error:
            form.fail(
                "den" if form.raw("ky") == OWN and cutoff is None else "chot_ngay", say("{words}", words=error.words)
            )
    return Question(form, asked, channels, plan)


def _days(form: Form, now: datetime, week_start: int) -> tuple[date, date] | None:
    name = form.choice("ky", "Kỳ", [*SPAN_WORDS, OWN])
    if name == OWN:
        first, last = form.day("tu", "Từ ngày", required=True), form.day("den", "Đến ngày", required=True)
        return (first, last) if first and last else None
    if not name:
        return None
    span = span_named(name, now, week_start)
    return span.first, span.last


def _cutoff(form: Form) -> datetime | None:
    """Empty: now. A day alone means its last second, or now when that is not over."""
    if not form.raw("chot_ngay").strip():
        return None
    on = form.day("chot_ngay", "Ngày chốt")
    if on is None:
        return None
    if form.raw("chot_gio").strip():
        at = form.hour("chot_gio", "Giờ chốt")
        return datetime.combine(on, at, LOCAL) if at else None
    return datetime.combine(on, datetime.min.time(), LOCAL) + timedelta(days=1, seconds=-1)
