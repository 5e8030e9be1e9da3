"""The life cycle: every move the table does not have is refused, every move leaves a row, nobody walks around it."""

import ast
from itertools import product
from pathlib import Path

import pytest
from sqlalchemy import Engine
from sqlmodel import col, select

from scheduler.db import reading, writing
from scheduler.lifecycle import FINAL, TRANSITIONS, WAITING, WORDS, Event, State, allowed, mermaid
from scheduler.move import LostRace, apply
from scheduler.tables import Publication, PublicationEvent
from tests.conftest import NOW
from tests.scheduler.house import House

ROOT = Path(__file__).resolve().parents[2]
FORBIDDEN = [pair for pair in product(State, Event) if pair not in TRANSITIONS]


@pytest.mark.parametrize(("state", "event"), FORBIDDEN)
def test_a_move_that_is_not_in_the_table_is_refused(state: State, event: Event) -> None:
    row = Publication(id=1, post_id=1, channel_id=1, due_at=NOW, state=state, saved={}, created_at=NOW)
    with pytest.raises(KeyError):
        apply(None, row, event, now=NOW)  # type: ignore[arg-type]  # the table is asked before the database


def test_every_state_can_be_reached_and_leads_to_an_end() -> None:
    reached, border = {State.SCHEDULED}, [State.SCHEDULED]
    while border:
        before = border.pop()
        for (state, _event), after in TRANSITIONS.items():
            if state == before and after not in reached:
                reached.add(after)
                border.append(after)
    assert reached == set(State)
    ends = set(FINAL)
    for _ in State:
        ends |= {before for (before, _event), after in TRANSITIONS.items() if after in ends}
    assert ends == set(State)
    assert not any(before in FINAL for before, _event in TRANSITIONS)


def test_nothing_leads_from_a_lost_answer_to_another_sending_without_a_look() -> None:
    out_of_doubt = {(event, after) for (before, event), after in TRANSITIONS.items() if before is State.UNCONFIRMED}
    sending_again = {event for event, after in out_of_doubt if after not in (State.UNCONFIRMED, State.PUBLISHED)}
    assert sending_again == {Event.NOT_FOUND, Event.UNCLEAR, Event.COMPARED}, "each of them a look's answer"
    assert TRANSITIONS[State.PUBLISHING, Event.LEASE_RAN_OUT] is State.UNCONFIRMED


def test_staff_see_a_word_for_every_state_and_only_actions_that_exist() -> None:
    assert set(WORDS) == set(State)
    assert Event.CANCELLED in allowed(State.READY)
    assert Event.CANCELLED not in allowed(State.PUBLISHING)
    assert set(WAITING) & set(FINAL) == set()


def test_a_move_leaves_a_row_that_names_the_edge(engine: Engine) -> None:
    house = House(engine)
    row = house.publication()
    with writing(engine) as session:
        apply(session, row, Event.HELD, now=NOW, words="chờ ý kiến", actor="Lan")
    with reading(engine) as session:
        event = session.exec(select(PublicationEvent).where(PublicationEvent.event == "held")).one()
        moved = session.get_one(Publication, row.id)
    assert (event.state_before, event.state_after, event.words, event.actor) == (
        "scheduled", "held", "chờ ý kiến", "Lan",
    )  # fmt: skip
    assert (moved.state, moved.held_by) == (State.HELD, "held")


def test_whoever_comes_second_loses_the_race_and_writes_nothing(engine: Engine) -> None:
    house = House(engine)
    row = house.publication()
    with writing(engine) as session:
        apply(session, row, Event.CLAIMED, now=NOW)
    with pytest.raises(LostRace), writing(engine) as session:
        apply(session, row, Event.HELD, now=NOW)
    with reading(engine) as session:
        events = session.exec(select(PublicationEvent.event).order_by(col(PublicationEvent.id))).all()
        assert session.get_one(Publication, row.id).state == State.PREPARING
    assert events == ["claimed"]


def test_an_old_fence_records_nothing(engine: Engine) -> None:
    house = House(engine)
    row = house.publication(state=State.PUBLISHING, fence=7)
    row.fence = 6
    with pytest.raises(LostRace), writing(engine) as session:
        apply(session, row, Event.SUCCEEDED, now=NOW)


def test_nobody_but_move_changes_a_publications_state() -> None:
    writers = []
    for path in [
        path for floor in ("scheduler", "reports", "web", "cli") for path in sorted((ROOT / floor).rglob("*.py"))
    ]:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            updates = isinstance(node, ast.Call) and getattr(node.func, "id", "") == "update"
            if updates and "Publication" in [getattr(one, "id", "") for one in getattr(node, "args", [])]:
                writers.append(path.name)
            targets = node.targets if isinstance(node, ast.Assign) else []
            for target in targets:
                if isinstance(target, ast.Attribute) and target.attr == "state":
                    # of a channel, of a notice on its way
                    assert path.name in ("channels.py", "deliveries.py"), f"{path.name} sets .state itself"
    # record.py may only keep `saved`, overtaken.py only a late row's own time
    assert set(writers) == {"move.py", "overtaken.py", "record.py"}


def test_the_diagram_in_the_docs_is_the_table() -> None:
    assert mermaid() in (ROOT / "docs" / "lifecycle.md").read_text(encoding="utf-8")
