"""Whatever may stand in the history has its Vietnamese sentence."""

import inspect
import re
import string

import pytest

from connectors import errors
from connectors.base import Part
from content.editorial import ACTION_WORDS
from content.standing import ACTION
from content.tables import Review
from scheduler.lifecycle import TRANSITIONS, Event, State
from scheduler.tables import Attempt, PublicationEvent
from tests.architecture.sources import PRODUCT, python_files
from tests.conftest import LAN, NOW
from web import stories
from web.acts import Act
from web.tables import DeskAct
from web.words import told

EDGES = sorted((before, event, after) for (before, event), after in TRANSITIONS.items())


def event(name: str, before: str = "scheduled", after: str = "held", actor: str = "") -> PublicationEvent:
    return PublicationEvent(
        publication_id=7, at=NOW, event=name, state_before=before, state_after=after, fence=1, words="Lời.", actor=actor
    )


@pytest.mark.parametrize("edge", EDGES, ids=lambda edge: f"{edge[0]}-{edge[1]}")
@pytest.mark.parametrize("actor", ["", LAN])
def test_every_edge_of_the_life_cycle_is_told(edge: tuple[State, Event, State], actor: str) -> None:
    story = stories.of_event(event(edge[1], edge[0], edge[2], actor), "Một cửa", Part.POST, "Fanpage")
    assert "“Một cửa”" in story.sentence and "Fanpage" in story.sentence
    assert story.sentence.endswith(".") and edge[1] not in story.sentence.split()
    assert (story.words, story.link) == ("Lời.", "/muc/7")


@pytest.mark.parametrize("name", [*Event, stories.QUEUED, stories.WAITS])
def test_every_event_has_a_sentence(name: str) -> None:
    assert name in stories.EVENTS


def test_what_the_three_claims_are_for_is_told_apart() -> None:
    told = {
        stories.of_event(event(Event.CLAIMED, after=state), "A", Part.POST, "B").sentence for state in stories.CLAIMED
    }
    assert len(told) == 3
    assert {state for (_, name), state in TRANSITIONS.items() if name is Event.CLAIMED} == set(stories.CLAIMED)


def test_who_decided_is_told_where_a_person_did() -> None:
    system, lan = (stories.of_event(event(Event.FOUND, actor=who), "A", Part.POST, "B").sentence for who in ("", LAN))
    assert system.startswith("Hệ thống tìm thấy") and lan.startswith("Lan kết luận")


def test_every_editorial_act_has_a_sentence() -> None:
    assert set(stories.REVIEWS) == set(ACTION_WORDS) >= set(ACTION.values())


def test_every_act_at_the_desk_has_a_sentence() -> None:
    assert set(stories.ACTS) == set(Act)


def test_every_way_a_try_may_end_has_words() -> None:
    """Errors end it by their class; what else a worker records stands in the scheduler's code."""
    classes = [one for _, one in inspect.getmembers(errors, inspect.isclass) if issubclass(one, errors.ConnectorError)]
    public = {one.__name__.lower() for one in classes if not one.__name__.startswith("_")}
    assert public <= set(stories.OUTCOMES)


@pytest.mark.parametrize("part", list(Part))
def test_what_follows_a_post_is_called_what_it_is(part: Part) -> None:
    assert ("(" in stories.called("A", part)) is (part is not Part.POST)


def test_a_word_nobody_knows_is_told_as_it_is_and_breaks_nothing() -> None:
    assert "xyz" in stories.of_event(event("xyz"), "A", Part.POST, "B").sentence
    assert (
        "xyz"
        in stories.of_review(Review(post_id=1, at=NOW, action="xyz", actor=LAN, content_hash=""), "a", "A").sentence
    )
    assert "xyz" in stories.of_act(DeskAct(at=NOW, actor=LAN, act="xyz")).sentence
    unknown = Attempt(publication_id=1, fence=1, action="xyz", started_at=NOW, outcome="abc")
    assert stories.of_attempt(unknown) == ("xyz", "abc")


def test_braces_in_a_title_are_only_letters() -> None:
    story = stories.of_event(event(Event.HELD, actor="{what}"), "{who} {0}", Part.POST, "{channel}")
    assert story.sentence == "{what} giữ lại bài “{who} {0}” trên {channel}."


def test_every_sentence_asks_only_for_what_it_is_given() -> None:
    for table in (stories.EVENTS, stories.CLAIMED, stories.BY_A_PERSON):
        for pattern in table.values():
            assert {name for _, name, _, _ in string.Formatter().parse(pattern) if name} <= {"who", "what", "channel"}


def test_nothing_in_the_product_records_an_outcome_without_words() -> None:
    told = {
        word
        for file in python_files(*PRODUCT)
        if file.parent.name == "scheduler"
        for word in re.findall(
            r'(?:\.move\(Event\.\w+, |_close(?:_attempt)?\(session, (?:attempt_id, )?)"(\w+)"', file.read_text()
        )
    }
    assert told and told <= set(stories.OUTCOMES), told - set(stories.OUTCOMES)


def test_a_sentence_inside_a_sentence_is_told_in_the_same_language(monkeypatch: pytest.MonkeyPatch) -> None:
    known = {"{who} duyệt bài {what}.": "{who} approved the post {what}.", "này": "at hand"}
    monkeypatch.setattr("web.words.catalogue", lambda _language: known)
    sentence = stories.of_review(Review(post_id=1, at=NOW, action="approved", actor=LAN, content_hash=""), "a").sentence
    assert (sentence, told(sentence, "en")) == ("Lan duyệt bài này.", "Lan approved the post at hand.")
