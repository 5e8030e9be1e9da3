"""Figures of posts and of the Page, from what `measures` names and `asking` brought."""

from collections.abc import Iterator, Sequence
from datetime import date

from connectors.base import Figure
from connectors.errors import Misconfigured
from connectors.facebook import measures
from connectors.facebook.asking import Answers, Asker
from connectors.facebook.codes import GONE, SECTION, TABLE
from connectors.facebook.graph import Graph
from connectors.facebook.measures import Measure


def read_posts(graph: Graph, asker: Asker, refs: Sequence[str]) -> list[Figure]:
    """The figures of `refs`, in their order; a post that is gone has none. A bare id is that of a video.

    What was asked in vain is left out: it is not known, and not known either that Facebook does not tell it.
    """
    refs = list(dict.fromkeys(refs))
    posts, videos = [ref for ref in refs if "_" in ref], [ref for ref in refs if "_" not in ref]
    questions = [question for ref in posts for question in measures.of_post(ref)]
    answers = asker.ask(graph, [*questions, *map(measures.of_video, videos)])
    _keep(graph, answers)
    kinds = {True: (("insights", measures.INSIGHTS), ("fields", measures.FIELDS)), False: (("video", measures.VIDEO),)}
    told = (
        (one, _figure(graph, ref, one, one.read(answer) if answer else None))
        for ref in refs
        if ref not in answers.gone
        for kind, group in kinds["_" in ref]
        for one in group
        if (answer := answers.of(ref, kind, one)) is not None
    )
    return [figure for one, figure in told if figure.value is not None or not one.of_films]


def read_page(graph: Graph, asker: Asker, page_id: str) -> list[Figure]:
    """The followers of the Page now, and its last days, each value with its day (facebook 5.1, 5.2).

    Raises `Misconfigured` when Facebook knows no such Page, or not for this token.
    """
    answers = asker.ask(graph, measures.of_page(page_id, graph.now))
    if page_id in answers.gone:
        raise Misconfigured(TABLE[100, 33].words, code=GONE, section=SECTION)
    _keep(graph, answers)
    return [*_followers(graph, answers, page_id), *_days(graph, answers, page_id)]


def _keep(graph: Graph, answers: Answers) -> None:
    """The answers, each once although it tells several figures, and what is there no more."""
    told = {(ref, kind, id(answer)): answer for (ref, kind, _name), answer in answers.told.items()}
    for (ref, kind, _), answer in told.items():
        graph.transcript.hear(f"{graph.served_version} {kind}", ref, answer, measures.SHAPES[kind])
    for ref in sorted(answers.gone):
        graph.transcript.hear(f"{graph.served_version} gone", ref, {}, {})


def _followers(graph: Graph, answers: Answers, page_id: str) -> Iterator[Figure]:
    heard = [(one, answer) for one in measures.FOLLOWERS if (answer := answers.of(page_id, "page", one)) is not None]
    told = [_figure(graph, "", one, one.read(answer) if answer else None) for one, answer in heard]
    yield from [figure for figure in told if figure.value is not None][:1] or told[:1]


def _days(graph: Graph, answers: Answers, page_id: str) -> Iterator[Figure]:
    """Every value that is told; where none is, that the last whole day has none (facebook 5.4)."""
    for one in measures.DAYS:
        answer = answers.of(page_id, "days", one)
        if answer is None:
            continue
        values: dict[date, int | None] = dict(measures.daily(answer, one.name))
        for day, value in (values or {measures.last_whole_day(graph.now): None}).items():
            yield Figure("", one.metric, value, one.name, graph.served_version, one.definition, day)


def _figure(graph: Graph, ref: str, one: Measure, value: int | None) -> Figure:
    return Figure(ref, one.metric, value, one.name, graph.served_version, one.definition)
