"""How the indices of the plan stand in a year beside their targets and the year before (domain 1.8, table 4).

Whether a target is met is said only where it can be: a rank is held against a target of the same denominator, and
never against a year in which another number of provinces was ranked.
"""

from dataclasses import dataclass
from enum import StrEnum

from content.plan import Plan
from content.plan_goals import Index, IndexResult
from content.vietnamese import MISSING, number


class Met(StrEnum):
    """What may be said of a target."""

    YES = "yes"
    NO = "no"
    NO_RESULT = "no_result"
    NO_TARGET = "no_target"
    """There is no target, or none that a rank can be held against."""
    OTHER_DENOMINATOR = "other_denominator"


MET_WORDS = {
    Met.YES: "Đạt mục tiêu",
    Met.NO: "Chưa đạt mục tiêu",
    Met.NO_RESULT: "Chưa có kết quả xếp hạng",
    Met.NO_TARGET: "Không có mục tiêu thứ hạng để đối chiếu",
    Met.OTHER_DENOMINATOR: "Không đối chiếu được vì số địa phương xếp hạng khác với mục tiêu",
}
NOT_COMPARED = "Không so sánh thứ hạng vì số địa phương xếp hạng đã thay đổi."


@dataclass(frozen=True, slots=True)
class IndexLine:
    """One index in one year."""

    index: Index
    year: int
    before: IndexResult | None
    now: IndexResult | None
    met: Met

    @property
    def ranks_moved(self) -> int | None:
        """Places gained (more than 0) or lost since the year before; None where ranks are not compared."""
        if self.before is None or self.now is None or self.before.rank is None or self.now.rank is None:
            return None
        return self.before.rank - self.now.rank if self.before.denominator == self.now.denominator else None

    @property
    def denominator_changed(self) -> bool:
        """Whether both years have a rank, out of different numbers of provinces."""
        ranked = self.before is not None and self.now is not None and self.before.rank and self.now.rank
        return bool(ranked and self.before and self.now and self.before.denominator != self.now.denominator)

    @property
    def movement(self) -> str:
        """What may be said of the two ranks: one sentence, or nothing."""
        if self.denominator_changed:
            return NOT_COMPARED
        moved = self.ranks_moved
        if moved is None:
            return ""
        if moved == 0:
            return "Giữ nguyên thứ hạng so với năm trước."
        return f"{'Tăng' if moved > 0 else 'Giảm'} {number(abs(moved))} bậc so với năm trước."


def index_lines(plan: Plan, year: int) -> list[IndexLine]:
    """The plan's indices with that year's result and the year's before it, in the plan's order."""
    return [_line(one, year) for one in plan.indices]


def value_words(result: IndexResult | None) -> str:
    """ "88,38%", "46,0415 điểm"; "-" without a value. Decimals stay as they were published."""
    if result is None or result.value is None:
        return MISSING
    text = f"{result.value:.10f}".rstrip("0").rstrip(".")
    places = len(text.partition(".")[2])
    gap = "" if result.unit in ("", "%") else " "
    return f"{number(result.value, places)}{gap}{result.unit}"


def rank_words(result: IndexResult | None) -> str:
    """ "17/63"; "-" without a rank."""
    if result is None or result.rank is None:
        return MISSING
    return f"{number(result.rank)}/{number(result.denominator)}"


def target_words(index: Index) -> str:
    """The target in the plan's words, with what the rank is out of; "-" without one."""
    if index.target_rank is None:
        return index.target or MISSING
    ranked = f"nhóm {number(index.target_rank)}/{number(index.denominator)}"
    return f"{index.target} ({ranked})" if index.target else ranked[0].upper() + ranked[1:]


def _line(index: Index, year: int) -> IndexLine:
    now = index.of(year)
    return IndexLine(index, year, index.of(year - 1), now, _met(index, now))


def _met(index: Index, now: IndexResult | None) -> Met:
    told = now is not None and (now.rank is not None or now.value is not None)
    if index.target_rank is None:
        return Met.NO_TARGET if told else Met.NO_RESULT
    if now is None or now.rank is None:
        return Met.NO_RESULT
    if now.denominator != index.denominator:
        return Met.OTHER_DENOMINATOR
    return Met.YES if now.rank <= index.target_rank else Met.NO
