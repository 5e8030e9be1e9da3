"""Pauses as pages tell them: what each covers, in words that can be told in another language."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from content.tags import tag_words
from content.vietnamese import moment
from scheduler.pauses import end_of, in_force, tell
from scheduler.tables import Channel, Pause
from web.agencies import agency_names
from web.words import Say, say

REASONS_INSIDE = {
    "quoc_tang": "quốc tang",
    "thien_tai": "thiên tai, bão lũ",
    "su_co_bao_mat": "sự cố bảo mật",
    "chi_dao": "theo chỉ đạo",
}
"""Why, within a sentence."""


@dataclass(frozen=True, slots=True)
class Told:
    """One pause in words."""

    pause: Pause
    where: Say
    """What it covers, within a sentence."""
    words: str
    """The whole of it, as it is written beside what it holds."""

    @property
    def reason(self) -> str:
        """Why, within a sentence: "quốc tang"."""
        return REASONS_INSIDE[self.pause.reason]

    def state(self, now: datetime) -> tuple[str, str]:
        """The shape (a state that every page knows) and the word for how it stands."""
        if in_force(self.pause, now):
            return "held", "Đang tạm dừng"
        end = end_of(self.pause)
        if end is not None and end < self.pause.since:
            return "cancelled", "Đã rút trước giờ bắt đầu"
        return ("scheduled", "Sắp tạm dừng") if self.pause.since > now else ("published", "Đã kết thúc")

    def now_words(self) -> Say:
        """ "Đang tạm dừng toàn bộ các kênh (quốc tang) đến 12:00 ngày 25/11/2026." """
        facts = {"where": self.where, "reason": Say(self.reason)}
        if self.pause.until is None:
            return say("Đang tạm dừng {where} ({reason}), đến khi có người kết thúc.", **facts)
        return say("Đang tạm dừng {where} ({reason}) đến {until}.", **facts, until=moment(self.pause.until))


def told(session: Session, pauses: Sequence[Pause], channels: Mapping[int, str] | None = None) -> list[Told]:
    """These pauses in words; the names are looked up when a pause needs them. `channels`: id -> name."""
    if channels is None:
        wanted = {one.channel_id for one in pauses} - {None}
        rows = session.exec(select(Channel.id, Channel.name).where(col(Channel.id).in_(wanted))) if wanted else ()
        channels = {number: name for number, name in rows if number is not None}
    agencies = agency_names(session) if any(one.agency for one in pauses) else {}
    return [Told(one, _where(one, channels, agencies), tell(one, agencies)) for one in pauses]


def _where(pause: Pause, channels: Mapping[int, str], agencies: Mapping[str, str]) -> Say:
    if pause.channel_id is not None:
        return say("{channel}", channel=channels.get(pause.channel_id, "-"))
    if pause.agency:
        return say("kênh và bài của {agency}", agency=agencies.get(pause.agency, pause.agency))
    if pause.tag:
        return say("bài có nhãn “{tag}”", tag=Say(tag_words(pause.tag)))
    return say("toàn bộ các kênh")
