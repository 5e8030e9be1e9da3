"""What a page of figures was asked for: a span and what it is of, read from its address."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

from fastapi import Request
from sqlmodel import Session, col, select
from starlette.datastructures import FormData

from content.plan import Plan
from reports.only import Only
from reports.periods import ReportError
from reports.plans import plan_of
from reports.spans import SPAN_WORDS, Span, own_span, span_named
from scheduler.tables import Channel
from web.campaigns import Offer, offers
from web.forms import Form
from web.offered import OWN, Offered
from web.words import say

USUAL = "thang-nay"
EVERY = "*"
"""The choice of every agency; the office itself is the empty code."""


@dataclass(frozen=True)
class Asked(Offered):
    """A span, what it is of, and the form as it was sent."""

    form: Form
    span: Span
    only: Only
    channels: Sequence[Channel]
    plan: Plan | None
    campaigns: Sequence[Offer] = ()

    @property
    def query(self) -> str:
        """The same question in an address."""
        names = ("ky", "tu", "den", "kenh", "diem", "co_quan", "chien_dich")
        return urlencode({name: self.form.raw(name) for name in names if self.form.raw(name)})

    @property
    def narrowed(self) -> list[str]:
        """What the figures are narrowed to, in words."""
        named = (
            ("Kênh", self.only.channel, dict(self.channel_choices)),
            ("Nội dung", self.only.topic, dict(self.topics)),
            ("Chiến dịch", self.only.campaign, dict(self.campaign_choices)),
        )
        found = [f"{label}: {names.get(code, code)}" for label, code, names in named if code]
        return [*found, *([] if self.only.agency is None else [f"Cơ quan: {self.agency_name(self.only.agency)}"])]

    @property
    def campaign_choices(self) -> list[tuple[str, str]]:
        """The campaigns to choose from."""
        return [(one.key, one.name) for one in self.campaigns]

    @property
    def agencies(self) -> list[tuple[str, str]]:
        """The agencies to choose from, the office first."""
        named = [(one.code, one.short) for one in self.plan.agencies] if self.plan else []
        return [(EVERY, "Tất cả"), ("", "Cơ quan chủ trì"), *named]

    def agency_name(self, code: str) -> str:
        """What staff call an agency."""
        known = dict(self.agencies)
        return known.get(code, code)


def asked(request: Request, session: Session, now: datetime, week_start: int, span: str = USUAL) -> Asked:
    """The question in an address; what it asks wrongly stands beside its field, and the usual `span` is shown."""
    sent, usual = request.query_params, {"ky": span, "co_quan": EVERY}
    data = FormData([*sent.multi_items(), *(one for one in usual.items() if one[0] not in sent)])
    form = Form(data)
    channels = session.exec(select(Channel).order_by(col(Channel.id))).all()
    days = _span(form, now, week_start, span)
    plan = plan_of(session, days.last.year)
    channel = form.choice("kenh", "Kênh", [one.key for one in channels], required=False)
    topic = form.choice("diem", "Nội dung", plan.letters if plan else (), required=False)
    agency = form.raw("co_quan")
    if agency not in ("", EVERY) and agency not in {one.code for one in (plan.agencies if plan else ())}:
        form.fail("co_quan", say("Hãy chọn “{label}” trong danh sách.", label="Cơ quan"))
        agency = EVERY
    known = offers(session, form.raw("chien_dich"))
    campaign = form.choice("chien_dich", "Chiến dịch", [one.key for one in known], required=False)
    only = Only(channel, topic, None if agency == EVERY else agency, campaign)
    return Asked(form, days, only, channels, plan, known)


def _span(form: Form, now: datetime, week_start: int, usual: str) -> Span:
    name = form.choice("ky", "Khoảng thời gian", [*SPAN_WORDS, OWN], required=False) or usual
    if name != OWN:
        return span_named(name, now, week_start)
    first, last = form.day("tu", "Từ ngày", required=True), form.day("den", "Đến ngày", required=True)
    if first and last:
        try:
            return own_span(first, last)
        except ReportError as error:
            form.fail("den", say("{words}", words=error.words))
    return span_named(usual, now, week_start)
