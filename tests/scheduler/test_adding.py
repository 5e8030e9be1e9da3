"""Many posts put into the queue at once: each is checked as one alone is, all of them in a few statements."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import func
from sqlmodel import select

from content.errors import ContentError
from content.tables import Editorial
from scheduler.adding import Wanted
from scheduler.channels import OFF, ChannelError
from scheduler.compose import compose_of
from scheduler.db import reading, writing
from scheduler.lifecycle import State
from scheduler.queue import QueueError
from scheduler.tables import Channel, Publication, PublicationEvent
from tests.conftest import LAN, NOW
from tests.scheduler.house import HOUR, Running
from tests.scheduler.test_moving import both_at_once
from tests.web.desk import counted


@pytest.fixture
def page(running: Running) -> Channel:
    return running.connect("facebook")


def stored(running: Running) -> tuple[int, int]:
    """Publications and events."""
    with reading(running.engine) as session:
        return tuple(
            session.exec(select(func.count()).select_from(one)).one() for one in (Publication, PublicationEvent)
        )  # type: ignore[return-value]  # of two tables


def add_many(running: Running, *wanted: Wanted, **how: Any) -> list[Publication]:
    return running.service.desk.add_many(wanted, now=NOW, actor=LAN, **how)


def fine(running: Running, page: Channel, number: int = 1) -> list[Wanted]:
    return [Wanted(running.post().key, page.key, NOW + HOUR) for _ in range(number)]


def test_what_is_queued_in_bulk_is_what_is_queued_singly(running: Running, page: Channel) -> None:
    posts = [running.post(), running.post(state=Editorial.SUBMITTED)]
    alone = [
        running.service.desk.add(post.key, page.key, NOW + HOUR, now=NOW, actor=LAN, unapproved=True) for post in posts
    ]
    together = add_many(running, *(Wanted(post.key, page.key, NOW + 2 * HOUR) for post in posts), unapproved=True)
    differs = {"id": None, "due_at": None, "late_until": None, "next_attempt_at": None}
    for one, other in zip(alone, together, strict=True):
        assert (
            one.model_dump() | differs == other.model_dump() | differs == running.load(other.id).model_dump() | differs
        )
        assert running.events(one.id) == running.events(other.id) == ["queued"]
    assert [one.state for one in together] == [State.SCHEDULED, State.HELD]
    assert [one.post_id for one in together] == [post.id for post in posts], "in the order they were asked for"


Broken = Callable[[Running, Channel], Wanted]


def _past(running: Running, page: Channel) -> Wanted:
    return Wanted(running.post().key, page.key, NOW)


def _no_channel(running: Running, page: Channel) -> Wanted:
    return Wanted(running.post().key, "khong-co\0", NOW + HOUR)


def _no_post(running: Running, page: Channel) -> Wanted:
    return Wanted("khong\0co", page.key, NOW + HOUR)


def _draft(running: Running, page: Channel) -> Wanted:
    return Wanted(running.post(state=Editorial.DRAFT).key, page.key, NOW + HOUR)


def _out_of_date(running: Running, page: Channel) -> Wanted:
    return Wanted(running.post(valid_to=date(2020, 1, 1)).key, page.key, NOW + HOUR)


def _switched_off(running: Running, page: Channel) -> Wanted:
    return Wanted(running.post().key, running.channel(state=OFF).key, NOW + HOUR)


def _not_meant(running: Running, page: Channel) -> Wanted:
    return Wanted(running.post(platforms=["zalo"]).key, page.key, NOW + HOUR)


def _too_long(running: Running, page: Channel) -> Wanted:
    return Wanted(running.post(body="Dài. " * 20_000).key, page.key, NOW + HOUR)


def _picture_lost(running: Running, page: Channel) -> Wanted:
    post = running.post()
    running.picture(post, size=(4_000, 3_000))
    for file in running.store.folder.rglob("*.png"):
        file.unlink()
    with writing(running.engine) as session:  # so large that it would have to be made smaller
        session.connection().exec_driver_sql("UPDATE asset SET size = 99000000")
    return Wanted(post.key, page.key, NOW + HOUR)


def _stands_there(running: Running, page: Channel) -> Wanted:
    row = running.publication(post_id=running.post(key="da-co").id, channel_id=page.id, due_at=NOW + HOUR)
    return Wanted("da-co", page.key, row.due_at)


def _stood_there(running: Running, page: Channel) -> Wanted:
    post = running.post(key="da-huy")
    running.publication(post_id=post.id, channel_id=page.id, due_at=NOW + HOUR, state=State.CANCELLED)
    return Wanted("da-huy", page.key, NOW + HOUR)


BROKEN: tuple[Broken, ...] = (
    *(_past, _no_channel, _no_post, _draft, _out_of_date, _switched_off, _not_meant, _too_long, _picture_lost),
    *(_stands_there, _stood_there),
)


def test_what_is_refused_singly_is_refused_in_bulk_with_the_same_words_and_nothing_is_written(
    running: Running, page: Channel
) -> None:
    said = set()
    for broken in BROKEN:
        wrong, good = broken(running, page), fine(running, page, 2)
        with pytest.raises((QueueError, ChannelError, ContentError)) as alone:
            running.service.desk.add(*wrong, now=NOW, actor=LAN)
        before, words = stored(running), str(alone.value)
        with pytest.raises(alone.type) as together:
            add_many(running, good[0], wrong, good[1])
        assert (str(together.value), stored(running)) == (words, before), broken
        done = running.service.desk.add_each([good[0], wrong, good[1]], now=NOW, actor=LAN)
        assert ([type(one) for one in done], str(done[1])) == ([Publication, alone.type, Publication], words), broken
        assert stored(running) == (before[0] + 2, before[1] + 2), "what is right is not stopped by what is wrong"
        said.add(words)
    assert len(said) == len(BROKEN), "each for its own reason"


def test_several_refusals_are_all_told_once_each(running: Running, page: Channel) -> None:
    draft = _draft(running, page)
    wanted = [draft, _past(running, page), draft._replace(at=NOW + 2 * HOUR)]
    with pytest.raises(QueueError) as refused:
        add_many(running, *wanted)
    first, second = str(refused.value).split("\n")
    assert "chưa được duyệt" in first and "đã qua" in second
    assert add_many(running) == [] and stored(running) == (0, 0)


def test_of_the_same_place_twice_in_one_batch_the_second_is_refused(running: Running, page: Channel) -> None:
    [one] = fine(running, page)
    with pytest.raises(QueueError, match="đúng giờ này"):
        add_many(running, one, one)
    assert stored(running) == (0, 0)


def test_of_two_batches_at_the_same_moment_one_is_told_and_nothing_stands_twice(
    running: Running, page: Channel
) -> None:
    wanted = fine(running, page, 20)
    answers = both_at_once([lambda: add_many(running, *wanted)] * 3)
    refused = [one for one in answers if isinstance(one, str)]
    assert len(refused) == 2 and all("đã có trong hàng chờ" in one for one in refused)
    assert stored(running) == (20, 20)


def test_the_statements_do_not_grow_with_what_is_queued(running: Running, page: Channel) -> None:
    counts = []
    for number in (3, 300):
        posts = [running.written(platforms=["facebook"]) for _ in range(number)]
        with writing(running.engine) as session:
            session.add_all(posts)
        with counted(running.engine) as found:
            add_many(running, *(Wanted(post.key, page.key, NOW + HOUR) for post in posts))
        counts.append(len(found))
    assert counts[0] == counts[1] <= 12


def test_a_post_is_fitted_to_a_channel_once_however_many_hours_it_gets(
    running: Running, page: Channel, monkeypatch: pytest.MonkeyPatch
) -> None:
    fitted: list[str] = []

    def noted(*given: Any) -> Any:
        fitted.append(given[2].key)
        return compose_of(*given)

    monkeypatch.setattr("scheduler.adding.compose_of", noted)
    [one] = fine(running, page)
    assert len(add_many(running, *(one._replace(at=NOW + HOUR + timedelta(days=day)) for day in range(30)))) == 30
    assert fitted == [one.post]
