"""A person's words over the three generated sentences of a summary; the figures are never written over.

The words lie beside the stored figures (`Summary.texts`) and are laid over them when a summary is read back, so the
generated sentences stay and can be had again.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import CursorResult, update
from sqlmodel import Session, col

from content.vietnamese import nfc
from reports.periods import ReportError
from reports.summary import Edited, WeeklySummary
from reports.tables import Summary

MOST = 400
"""Characters of one sentence: block 1 stays a summary."""
PLACES = ("sentence-1", "sentence-2", "sentence-3")
"""The places that may be written over, as `Summary.texts` names them."""


class EditConflict(ReportError):
    """Somebody else wrote over the sentences meanwhile."""


def laid_over(
    data: Mapping[str, Any], texts: Mapping[str, Any], edited_by: str, edited_at: datetime | None
) -> WeeklySummary:
    """A stored summary as it is shown: its figures as they were stored, its sentences as they were written over."""
    summary = WeeklySummary.model_validate(data)
    words = {place: str(texts[place]) for place in PLACES if texts.get(place)}
    if not words or edited_at is None:
        return summary
    lead = tuple(words.get(place, made) for place, made in zip(PLACES, summary.sentences, strict=True))
    first, second, third = lead
    edited = Edited(sentences=(first, second, third), by=edited_by, at=edited_at)
    return summary.model_copy(update={"edited": edited})


def of_row(row: Summary) -> WeeklySummary:
    """The summary of a row, with the words written over it."""
    return laid_over(row.data, row.texts, row.edited_by, row.edited_at)


def rewrite(
    session: Session, summary_id: int, sentences: Sequence[str], *, seen: datetime | None, by: str, now: datetime
) -> WeeklySummary:
    """Write over the three sentences; the caller commits. An empty one gives the generated words back.

    `seen` is the `edited_at` that `by` had before them (None: never edited); `now` is aware. What equals the
    generated sentence is no edit. Raises `ReportError` for a summary that is not there and words that cannot stand,
    `EditConflict` when somebody else was faster.
    """
    if len(sentences) != len(PLACES):
        raise ReportError("Phần tóm tắt có đúng ba câu; hãy tải lại trang rồi sửa.")
    row = session.get(Summary, summary_id)
    if row is None:
        raise ReportError("Không có bản tổng hợp này; hãy mở lại danh sách tổng hợp tuần.")
    made = WeeklySummary.model_validate(row.data).sentences
    words = [_clean(number, text) for number, text in enumerate(sentences, 1)]
    texts = {place: text for place, text, own in zip(PLACES, words, made, strict=True) if text and text != own}
    at = now if row.edited_at is None else max(now, row.edited_at + timedelta(microseconds=1))
    statement = (
        update(Summary)
        .where(col(Summary.id) == summary_id, _as_seen(seen))
        .values(texts=texts, edited_by=by, edited_at=at)
    )
    result = session.connection().execute(statement)
    assert isinstance(result, CursorResult)
    if not result.rowcount:
        raise EditConflict("Người khác vừa sửa phần tóm tắt này; hãy tải lại trang để xem câu mới rồi sửa tiếp.")
    session.refresh(row)
    return of_row(row)


def _as_seen(seen: datetime | None) -> Any:
    return col(Summary.edited_at).is_(None) if seen is None else col(Summary.edited_at) == seen


def _clean(number: int, text: str) -> str:
    """One line in NFC. Raises `ReportError` for what is too long."""
    words = " ".join(nfc(text).split())
    if len(words) > MOST:
        raise ReportError(f"Câu {number} dài {len(words)} ký tự; hãy rút gọn còn nhiều nhất {MOST} ký tự.")
    return words
