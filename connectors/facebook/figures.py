"""Figures of posts and of the Page: many posts in few calls, and one bad name never costs the others.

A post is asked two questions, each its own item of a batch (facebook 5.6): its insights, and its
reactions, comments and shares, which some tokens may not see (facebook 5.1). An item that is refused
because of one name is asked again name by name (facebook 5.5).
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from connectors.base import Figure, Metric
from connectors.errors import Blocked, ConnectorError, Limited, Misconfigured, Reconnect
from connectors.facebook.graph import BATCH_MAX, Graph

GONE = frozenset({"100/33", "12", "803"})
"""The post was deleted, or the id never was one (facebook 4.2, 4.3)."""
REFUSED = frozenset({"100", "10", "283", *map(str, range(200, 300))})
"""This name is unknown or not permitted; others may be fine (facebook 5.1, 5.5)."""

Answer = dict[str, Any] | ConnectorError | None


@dataclass(frozen=True)
class Measure:
    """One thing to ask of a post: our word, Facebook's name, what it means, how to ask and to read the answer."""

    metric: Metric
    name: str
    definition: str
    ask: str
    read: Callable[[Mapping[str, Any]], int | None]


def _insight(name: str) -> Callable[[Mapping[str, Any]], int | None]:
    def read(answer: Mapping[str, Any]) -> int | None:
        for row in answer.get("data") or []:
            if row.get("name") == name and row.get("period") == "lifetime":
                values = row.get("values") or [{}]
                return _count(values[-1].get("value"))
        return None

    return read


def _summary(edge: str) -> Callable[[Mapping[str, Any]], int | None]:
    return lambda answer: _count(((answer.get(edge) or {}).get("summary") or {}).get("total_count"))


def _shares(answer: Mapping[str, Any]) -> int | None:
    """Facebook leaves `shares` out when there are none (facebook 5.1)."""
    return _count(answer["shares"].get("count")) if answer.get("shares") else 0


def _count(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _from_insights(metric: Metric, name: str, definition: str) -> Measure:
    return Measure(metric, name, definition, name, _insight(name))


INSIGHTS = (
    _from_insights(
        Metric.VIEWS, "post_media_view", "Số lần nội dung của bài được phát hoặc hiển thị, tính từ khi đăng."
    ),
    _from_insights(
        Metric.REACH,
        "post_total_media_view_unique",
        "Số người ước tính đã xem nội dung của bài ít nhất một lần, tính từ khi đăng.",
    ),
    _from_insights(Metric.CLICKS, "post_clicks", "Số lượt bấm vào bất kỳ chỗ nào của bài, tính từ khi đăng."),
)
FIELDS = (
    Measure(Metric.SHARES, "shares.count", "Số lượt chia sẻ bài.", "shares", _shares),
    Measure(
        Metric.REACTIONS,
        "reactions.summary.total_count",
        "Tổng số lượt bày tỏ cảm xúc, gồm mọi loại.",
        "reactions.summary(true).limit(0)",
        _summary("reactions"),
    ),
    Measure(
        Metric.COMMENTS,
        "comments.summary.total_count",
        "Số bình luận do Facebook tổng hợp; chỉ gần đúng.",
        "comments.summary(true).limit(0)",
        _summary("comments"),
    ),
)
CHANNEL = (
    ("followers_count", "Số người đang theo dõi Fanpage."),
    ("fan_count", "Số người đã thích Fanpage; dùng khi Facebook không cho số người theo dõi."),
)


@dataclass(frozen=True)
class Question:
    """Some measures of one post, as one item of a batch."""

    ref: str
    measures: tuple[Measure, ...]

    @property
    def address(self) -> str:
        """Relative to the versioned root."""
        names = ",".join(measure.ask for measure in self.measures)
        ref = quote(self.ref, safe="")
        if self.measures[0] in INSIGHTS:
            return f"{ref}/insights?metric={names}&period=lifetime"
        return f"{ref}?fields={names}"

    def singles(self) -> list["Question"]:
        """The same, one measure at a time."""
        return [Question(self.ref, (measure,)) for measure in self.measures]


class PostFigures:
    """Reads posts with one connector; remembers for its life which names this token is refused."""

    def __init__(self) -> None:
        self.refused: set[str] = set()

    def read(self, graph: Graph, refs: Sequence[str]) -> list[Figure]:
        """The figures of `refs`, in their order; a post that is gone has none.

        Raises `Reconnect`, `Limited`, `Blocked` or `Misconfigured` when the access as a whole is the trouble.
        """
        values: dict[tuple[str, Metric], int | None] = {}
        gone: set[str] = set()
        questions = [question for ref in refs for question in self._questions(ref)]
        again: list[Question] = []
        for question, answer in _asked(graph, questions):
            if _refused(answer) and len(question.measures) > 1:
                again += question.singles()
            else:
                self._note(question, answer, values, gone)
        for question, answer in _asked(graph, [one for one in again if one.ref not in gone]):
            self._note(question, answer, values, gone)
        return [
            Figure(ref, one.metric, values.get((ref, one.metric)), one.name, graph.served_version, one.definition)
            for ref in refs
            if ref not in gone
            for one in (*INSIGHTS, *FIELDS)
        ]

    def _questions(self, ref: str) -> Iterator[Question]:
        for group in (INSIGHTS, FIELDS):
            measures = tuple(measure for measure in group if measure.name not in self.refused)
            if measures:
                yield Question(ref, measures)

    def _note(
        self, question: Question, answer: Answer, values: dict[tuple[str, Metric], int | None], gone: set[str]
    ) -> None:
        if isinstance(answer, ConnectorError):
            if answer.code in GONE:
                # an edge may say so for want of a permission; the post's own fields decide
                gone.update({question.ref} if question.measures[0] in FIELDS else ())
            elif _refused(answer):
                self.refused.update(measure.name for measure in question.measures)
            elif isinstance(answer, Reconnect | Limited | Blocked | Misconfigured):
                raise answer
            return
        for measure in question.measures if answer is not None else ():
            values[question.ref, measure.metric] = measure.read(answer or {})


def read_page(graph: Graph, page_id: str) -> list[Figure]:
    """The followers of the Page, now."""
    answer = graph.read(page_id, fields="fan_count,followers_count")
    for name, definition in CHANNEL:
        value = _count(answer.get(name))
        if value is not None:
            return [Figure("", Metric.FOLLOWERS, value, name, graph.served_version, definition)]
    name, definition = CHANNEL[0]
    return [Figure("", Metric.FOLLOWERS, None, name, graph.served_version, definition)]


def _asked(graph: Graph, questions: Sequence[Question]) -> Iterator[tuple[Question, Answer]]:
    for start in range(0, len(questions), BATCH_MAX):
        part = questions[start : start + BATCH_MAX]
        yield from zip(part, graph.batch([question.address for question in part]), strict=True)


def _refused(answer: Answer) -> bool:
    if not isinstance(answer, ConnectorError) or answer.code in GONE:
        return False
    return answer.code.partition("/")[0] in REFUSED
