"""The offline activities of a period and the files that prove them, as they stood at the cut-off."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import and_, or_
from sqlmodel import Session, col, select

from content.activity_kinds import FIGURES, KIND_NAMES
from content.record_tables import Activity, ActRecord, Evidence
from content.vietnamese import MISSING
from reports.evidence.gathering import iso
from reports.evidence.values import Asked

HEAD = (
    *("Số", "Loại", "Tên hoạt động", "Từ ngày", "Đến ngày", "Nơi diễn ra", "Cơ quan", "Điểm", "Hình thức"),
    *("Số liệu", "Kinh phí (đồng)", "Nguồn kinh phí", "Cơ quan báo chí", "Địa chỉ", "Trạng thái lúc chốt", "Ghi lúc"),
    *("Tài liệu kiểm chứng",),
)
ENDED = "đã rút"


@dataclass(frozen=True, slots=True)
class Proof:
    """A file of an activity; one that was withdrawn is named, its bytes stay at home."""

    sha256: str
    mime: str
    size: int
    name: str
    withdrawn: bool


@dataclass(frozen=True, slots=True)
class Outside:
    """One activity as it stood at the cut-off."""

    number: int
    facts: dict[str, Any]
    recorded_at: str
    proofs: tuple[Proof, ...]

    @property
    def withdrawn(self) -> bool:
        """Whether it had been entered by mistake."""
        return bool(self.facts.get("withdrawn_at"))

    @property
    def kind(self) -> str:
        """What staff call its kind."""
        code = str(self.facts["kind"])
        return KIND_NAMES.get(code, code)

    @property
    def told(self) -> str:
        """Its numbers in words; an unknown one is left out."""
        figures: dict[str, int] = self.facts.get("figures") or {}
        return "; ".join(f"{_label(name)}: {value}" for name, value in sorted(figures.items()))


def _label(name: str) -> str:
    return FIGURES[name].label if name in FIGURES else name


def outside(session: Session, asked: Asked) -> list[Outside]:
    """The activities that began in the period and were known at the cut-off; none when one channel is asked for."""
    if asked.channel:
        return []
    began = and_(col(Activity.first) >= asked.first, col(Activity.first) <= asked.last)
    rows = session.exec(
        select(Activity)
        # what was changed since may have been in the period then, and the other way round
        .where(or_(began, col(Activity.updated_at) > asked.cutoff))
        .where(col(Activity.created_at) <= asked.cutoff)
        .order_by(col(Activity.id))
    ).all()
    found = []
    for row in rows:
        facts = _as_it_stood(session, "activity", row.id or 0, asked) or row.model_dump(mode="json")
        within = asked.first.isoformat() <= facts["first"] <= asked.last.isoformat()
        if within and asked.topic in ("", facts["topic"]):
            found.append(Outside(row.id or 0, facts, iso(row.created_at), tuple(_proofs(session, row.id or 0, asked))))
    return sorted(found, key=lambda one: (one.facts["first"], one.number))


def _proofs(session: Session, activity: int, asked: Asked) -> Iterator[Proof]:
    rows = session.exec(
        select(Evidence)
        .where(Evidence.activity_id == activity, col(Evidence.added_at) <= asked.cutoff)
        .order_by(col(Evidence.added_at), col(Evidence.id))
    )
    for row in rows.all():
        facts = _as_it_stood(session, "evidence", row.id or 0, asked) or row.model_dump(mode="json")
        # what is withdrawn today stays at home, whatever it was at the cut-off
        yield Proof(row.sha256, row.mime, row.size, row.name, bool(facts["withdrawn_at"] or row.withdrawn_at))


def _as_it_stood(session: Session, subject: str, number: int, asked: Asked) -> dict[str, Any] | None:
    statement = select(ActRecord.data).where(
        ActRecord.subject == subject, ActRecord.subject_id == number, col(ActRecord.at) <= asked.cutoff
    )
    found = session.exec(statement.order_by(col(ActRecord.id).desc()).limit(1)).first()
    return None if found is None else dict(found)


def line(one: Outside, names: Sequence[str]) -> list[object]:
    """Its line of the list; `names`: its files inside the package."""
    facts = one.facts
    withdrawn = [f"{proof.name} ({ENDED})" for proof in one.proofs if proof.withdrawn]
    cost = facts.get("cost")
    return [
        *(one.number, one.kind, facts["title"], facts["first"], facts["last"], facts["place"], facts["agency"]),
        *(facts["topic"], facts["form"], one.told, MISSING if cost is None else cost, facts["funding"]),
        *(facts["outlet"], facts["url"], ENDED if one.withdrawn else "còn giá trị", one.recorded_at),
        "; ".join([*names, *withdrawn]),
    ]
