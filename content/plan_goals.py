"""What a plan has to hand in by a day, and the indices by which it is measured (domain 1.7, 1.8)."""

from datetime import date, timedelta
from typing import Annotated

from pydantic import Field, model_validator

from content.files import Day, Entry

_Text = Annotated[str, Field(min_length=1)]


class Deadline(Entry):
    """Something that has to reach somebody by a day. `on` is None until the office fills it in."""

    code: _Text
    what: _Text
    on: Day | None = None
    before: bool = False
    """The plan says "trước ngày": the day itself is too late."""
    by: _Text
    """Who hands in, in the plan's words."""
    agencies: tuple[str, ...] = ()
    """Who hands in, by code; none: every agency of the register but groups, the press and whoever receives."""
    to: _Text
    note: str = ""

    @property
    def last_day(self) -> date | None:
        """The last day on which it is in time."""
        return self.on - timedelta(days=1) if self.on and self.before else self.on


class IndexResult(Entry):
    """A published value of an index in one year; no rank without its denominator, nothing without its source."""

    year: int = Field(ge=2000, le=2100)
    value: float | None = Field(default=None, allow_inf_nan=False)
    unit: str = ""
    rank: int | None = Field(default=None, ge=1)
    denominator: int | None = Field(default=None, ge=1, le=1000)
    published: Day | None = None
    source: str = ""

    @model_validator(mode="after")
    def _is_told_whole(self) -> "IndexResult":
        if (self.value is not None or self.rank is not None) and not self.source:
            raise ValueError("có giá trị hoặc thứ hạng thì phải ghi nguồn (source).")
        if self.rank is not None and self.denominator is not None and self.rank > self.denominator:
            raise ValueError("thứ hạng không thể lớn hơn tổng số địa phương xếp hạng (denominator).")
        return self


class Index(Entry):
    """An index the plan names, with its target: to stand among the first `target_rank` of `denominator`."""

    code: _Text
    name: _Text
    measures: _Text
    publisher: str = ""
    target: str = ""
    target_rank: int | None = Field(default=None, ge=1)
    denominator: int | None = Field(default=None, ge=1, le=1000)
    results: tuple[IndexResult, ...] = ()

    @model_validator(mode="after")
    def _rank_has_its_denominator(self) -> "Index":
        if any(row.rank is not None and row.denominator is None for row in self.results) or (
            self.target_rank is not None and self.denominator is None
        ):
            raise ValueError("có thứ hạng thì phải ghi tổng số địa phương xếp hạng (denominator).")
        if len({row.year for row in self.results}) < len(self.results):
            raise ValueError("mỗi năm chỉ ghi một kết quả.")
        return self

    def of(self, year: int) -> IndexResult | None:
        """The result of that year."""
        return next((row for row in self.results if row.year == year), None)
