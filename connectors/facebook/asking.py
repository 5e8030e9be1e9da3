"""Many questions in few calls: batches of 50, and one bad name never costs the others (facebook 5.5, 5.6).

A refusal does not say which name it is about. So one question of the kind is taken apart, name by name,
while the others of that kind wait; then they are asked without the names that were refused. A refused name
is not asked again for the life of the connector.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from connectors.errors import Blocked, ConnectorError, Limited, Misconfigured, Reconnect
from connectors.facebook.codes import GONE, NO_PERMISSION
from connectors.facebook.graph import BATCH_MAX, Graph
from connectors.facebook.measures import Measure, Question

NOT_THERE = frozenset({GONE, "12", "803"})
"""The post was deleted, or the id never was one (facebook 4.2, 4.3)."""
MIGRATED = "100/21"
REFUSED = NO_PERMISSION | {"100"}
"""This name is unknown or not permitted; others may be fine (facebook 5.1, 5.5)."""


@dataclass(frozen=True)
class _Waiting:
    """A question that is still open: it timed out once, waited once for a refusal to be explained, or explains one."""

    question: Question
    timed_out: bool = False
    has_waited: bool = False
    explains: bool = False


class Answers:
    """What came back: by id and kind of question and Facebook's name; and the ids that nothing is known of."""

    def __init__(self) -> None:
        self.told: dict[tuple[str, str, str], Mapping[str, Any]] = {}
        self.gone: set[str] = set()

    def of(self, ref: str, kind: str, measure: Measure) -> Mapping[str, Any]:
        """The answer in which this measure stands; empty when there is none."""
        return self.told.get((ref, kind, measure.name), {})


class Asker:
    """Asks with one token; remembers for its life which names are refused."""

    def __init__(self) -> None:
        self.refused: set[tuple[str, str]] = set()
        """Kind and name."""

    def ask(self, graph: Graph, questions: Iterable[Question]) -> Answers:
        """Ask everything, each question at most a few times.

        Raises `Reconnect`, `Limited`, `Blocked` or `Misconfigured` when the access as a whole is the trouble.
        """
        answers, waiting = Answers(), [_Waiting(question) for question in questions]
        while waiting:
            asked, waiting = self._next(waiting, answers)
            if not asked:
                break
            told = graph.batch([one.question.relative_url for one in asked])
            waiting = self._sorted(list(zip(asked, told, strict=True)), answers) + waiting
        return answers

    def _next(self, waiting: list[_Waiting], answers: Answers) -> tuple[list[_Waiting], list[_Waiting]]:
        """What goes into the next batch, and what waits; without refused names and posts that are gone."""
        held = {one.question.kind for one in waiting if one.explains}
        asked: list[_Waiting] = []
        rest: list[_Waiting] = []
        for one in waiting:
            if len(asked) == BATCH_MAX or (one.question.kind in held and not one.explains):
                rest.append(one)
                continue
            question = one.question
            known = tuple(each for each in question.measures if (question.kind, each.name) not in self.refused)
            if known and question.ref not in answers.gone:
                asked.append(replace(one, question=replace(question, measures=known)))
        return asked, rest

    def _sorted(self, batch: list[tuple[_Waiting, Any]], answers: Answers) -> list[_Waiting]:
        """Note what was told; what must be asked again comes back."""
        again: list[_Waiting] = []
        explained: set[str] = set()
        for one, answer in batch:
            question = one.question
            if answer is None:  # timed out: once more (facebook 5.6)
                again += [] if one.timed_out else [replace(one, timed_out=True)]
            elif not isinstance(answer, ConnectorError):
                answers.told |= {(question.ref, question.kind, each.name): answer for each in question.measures}
            elif answer.code in NOT_THERE:
                answers.gone |= {question.ref} if question.decides else set()
            elif answer.code.partition("/")[0] in REFUSED and answer.code != MIGRATED:
                again += self._explained(one, explained)
            elif isinstance(answer, Reconnect | Limited | Blocked | Misconfigured):
                raise answer
        return again

    def _explained(self, one: _Waiting, explained: set[str]) -> list[_Waiting]:
        """What follows from a refusal: the bad name, a search for it, or waiting for that search."""
        question = one.question
        if question.whole:
            return []
        if len(question.measures) == 1:
            self.refused.add((question.kind, question.measures[0].name))
            return []
        if question.kind in explained and not one.has_waited:
            return [replace(one, has_waited=True)]
        explained.add(question.kind)
        return [_Waiting(replace(question, measures=(each,)), explains=True) for each in question.measures]
