"""Many questions in few calls: batches of 50, and one bad name never costs the others (facebook 5.5, 5.6).

A refusal does not say which name it is about. So a refused question is taken apart, name by name; where nobody
knows yet whether a name is alive at all, two posts are, while the others of that kind wait. A name that both
were refused, and that no post was answered, is not asked again for the life of the connector; one that only
this post is refused costs only this post.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from connectors.errors import Blocked, ConnectorError, Limited, OverBudget, Reconnect, Unavailable
from connectors.facebook.codes import GONE, NO_PERMISSION, PROOF, Purpose, unreadable
from connectors.facebook.graph import BATCH_MAX, Graph
from connectors.facebook.measures import Measure, Question

NOT_THERE = frozenset({GONE, "12", "803"})
"""The post was deleted, or the id never was one (facebook 4.2, 4.3)."""
MIGRATED = "100/21"
FOR_ALL = ("190/492", "102/492", PROOF)
"""The role on the Page is lost, or our signature is wrong: no item will be answered."""
REFUSED = NO_PERMISSION | {"100"}
"""This name is unknown or not permitted; others may be fine (facebook 5.1, 5.5)."""
CUT = "Facebook báo gần hết giới hạn số lượt gọi nên chưa hỏi hết các bài."
VAIN = "Facebook tạm thời chưa trả lời về một số bài nên số liệu của các bài đó được hỏi lại ở lần thu sau."
WITNESSES = 2
"""How many posts must be refused a name before it counts as refused for all."""


@dataclass(frozen=True)
class _Waiting:
    """A question that is still open: it failed once, waited once for a refusal to be explained, or explains one."""

    question: Question
    failed: bool = False
    has_waited: bool = False
    explains: bool = False


class Answers:
    """What came back: by id and kind of question and Facebook's name; and the ids that nothing is known of."""

    def __init__(self) -> None:
        self.told: dict[tuple[str, str, str], Mapping[str, Any]] = {}
        self.open: set[tuple[str, str, str]] = set()
        """What was asked in vain: Facebook said neither a value nor that there is none."""
        self.gone: set[str] = set()
        self.failures: list[ConnectorError] = []

    def of(self, ref: str, kind: str, measure: Measure) -> Mapping[str, Any] | None:
        """The answer in which this measure stands, empty when it was refused; None when it was asked in vain."""
        key = (ref, kind, measure.name)
        return None if key in self.open else self.told.get(key, {})

    def give_up(self, waiting: Iterable[_Waiting]) -> None:
        """These stay open."""
        for question in (one.question for one in waiting):
            self.open |= {(question.ref, question.kind, each.name) for each in question.measures}


class Asker:
    """Asks with one token; remembers for its life which names are refused."""

    def __init__(self) -> None:
        self.answered: set[tuple[str, str]] = set()
        """Kind and name."""
        self.denied: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
        """Kind and name -> the ids that were refused it."""

    def ask(self, graph: Graph, questions: Iterable[Question]) -> Answers:
        """Ask everything, each question at most a few times.

        Raises `Reconnect`, `Limited`, `Blocked` or `Misconfigured` when the access as a whole is the trouble, and
        whatever was wrong first when nothing at all was answered.
        """
        answers, waiting = Answers(), [_Waiting(question) for question in questions]
        while waiting:
            asked, waiting = self._next(waiting, answers.gone)
            if not asked:
                break
            try:
                told = graph.batch([one.question.relative_url for one in asked])
            except OverBudget:  # nothing was sent, and what is known already is worth telling
                if not answers.told and not answers.gone:
                    raise
                answers.give_up([*asked, *waiting])
                graph.transcript.cut_short(CUT)
                break
            waiting = self._sorted(list(zip(asked, told, strict=True)), answers) + waiting
        if answers.failures and not answers.told and not answers.gone:
            raise answers.failures[0]
        if any(isinstance(one, Unavailable) for one in answers.failures):
            graph.transcript.cut_short(VAIN)  # else nobody would ask again before their next hour
        return answers

    def _next(self, waiting: list[_Waiting], gone: set[str]) -> tuple[list[_Waiting], list[_Waiting]]:
        """What goes into the next batch, and what waits; without refused names and posts that are gone."""
        alive = [one for one in map(self._without_refused, waiting) if one.question.measures]
        alive = [one for one in alive if one.question.ref not in gone]
        held = {one.question.kind for one in alive if one.explains}
        asked = [one for one in alive if one.explains or one.question.kind not in held][:BATCH_MAX]
        chosen = set(map(id, asked))
        return asked, [one for one in alive if id(one) not in chosen]

    def _without_refused(self, one: _Waiting) -> _Waiting:
        question = one.question
        known = tuple(each for each in question.measures if not self._is_refused(question, each.name))
        return replace(one, question=replace(question, measures=known))

    def _is_refused(self, question: Question, name: str) -> bool:
        key = (question.kind, name)
        refs = self.denied.get(key, set())
        return question.ref in refs or (len(refs) >= WITNESSES and key not in self.answered)

    def _sorted(self, batch: list[tuple[_Waiting, Any]], answers: Answers) -> list[_Waiting]:
        """Note what was told; what must be asked again comes back."""
        for one, answer in batch:  # first of all, which names are alive
            if isinstance(answer, dict):
                question = one.question
                answers.told |= {(question.ref, question.kind, each.name): answer for each in question.measures}
                self.answered |= {(question.kind, each.name) for each in question.measures}
        again: list[_Waiting] = []
        witnesses: Counter[str] = Counter()
        for one, answer in batch:
            if answer is None:  # timed out
                again += self._once_more(one, answers, unreadable(purpose=Purpose.READ, status=200, evidence="null"))
            elif isinstance(answer, Unavailable):
                again += self._once_more(one, answers, answer)
            elif isinstance(answer, ConnectorError):
                again += self._refused(one, answer, answers, witnesses)
        return again

    def _once_more(self, one: _Waiting, answers: Answers, why: ConnectorError) -> list[_Waiting]:
        """Ask it a second time, and then no more (facebook 5.6)."""
        if not one.failed:
            return [replace(one, failed=True)]
        answers.failures.append(why)
        answers.give_up([one])
        return []

    def _refused(
        self, one: _Waiting, error: ConnectorError, answers: Answers, witnesses: Counter[str]
    ) -> list[_Waiting]:
        """What follows from a refusal: something of this post, or of the access as a whole."""
        code = error.code
        if isinstance(error, Reconnect | Limited | Blocked) or code in FOR_ALL:
            raise error
        if code in NOT_THERE:
            answers.gone |= {one.question.ref} if one.question.decides else set()
        elif code.partition("/")[0] in REFUSED and code != MIGRATED:
            return self._explained(one, witnesses)
        else:
            answers.failures.append(error)
            answers.give_up([one])
        return []

    def _explained(self, one: _Waiting, witnesses: Counter[str]) -> list[_Waiting]:
        """The bad name, a search for it, or waiting for that search."""
        question = one.question
        if question.whole:
            return []
        if len(question.measures) == 1:
            self.denied[question.kind, question.measures[0].name].add(question.ref)
            return []
        is_own = all((question.kind, each.name) in self.answered for each in question.measures)
        if not is_own and witnesses[question.kind] >= WITNESSES and not one.has_waited:
            return [replace(one, has_waited=True)]
        witnesses[question.kind] += not is_own
        return [_Waiting(replace(question, measures=(each,)), explains=not is_own) for each in question.measures]
