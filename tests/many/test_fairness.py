"""Nobody waits for somebody else: not for another channel's flood, not for a channel or a platform that is slow."""

import signal
from datetime import timedelta

import pytest

from scheduler.lifecycle import State
from tests.many.province import Province

EVERYWHERE = pytest.mark.parametrize(
    ("engine", "hands"),
    [("sqlite", "run"), ("postgresql", "run"), ("postgresql", "workers")],
    indirect=["engine"],
)
"""Embedded on both databases, and with workers."""
HANDS = 4
"""So many calls at once that a platform gets."""
FLOOD, AMONG = 60, 10
"""So many posts of one channel are due, and the other's only one comes among the first of them."""


def at_work(province: Province, hands: str, **env: str) -> None:
    """A clock, and a worker where workers publish."""
    province.env |= {"CCHC_HANDS": hands, **env}
    province.start("run")
    if hands == "workers":
        province.start("worker")


def ended(province: Province) -> None:
    """Everything stops politely."""
    for process in reversed(province.processes):
        code, said = process.end(signal.SIGTERM)
        assert code == 0, said


@EVERYWHERE
def test_a_flood_on_one_channel_does_not_delay_the_only_post_of_another(province: Province, hands: str) -> None:
    flooded, quiet = province.pages(2)
    at_work(province, hands)
    ids = province.queue([flooded], each=FLOOD)
    [single] = province.queue([quiet], since=timedelta(minutes=1))  # due later than the whole flood
    province.until(lambda: len(province.writes(quiet)) > 0, "the only post of the quiet channel is sent")
    place = province.writes(quiet)[0][0]
    before = [at for at, _ in province.writes(flooded) if at < place]
    assert len(before) < AMONG, "it waited for the flood"
    if hands == "run":  # the flood itself is told once
        province.until_published([*ids, single])
        province.assert_once([*ids, single])
        province.assert_in_order(flooded, ids)
    ended(province)


@EVERYWHERE
def test_a_channel_whose_platform_does_not_answer_delays_no_other_channel(province: Province, hands: str) -> None:
    slow, *others = province.pages(4)
    at_work(province, hands)
    province.hold(slow)
    ids = province.queue([slow, *others], each=3)
    quick = [row.id or 0 for row in province.rows() if row.channel_id != slow.id]
    province.until_published(quick)
    assert len(province.writes(slow)) == 1, "the next one waits until the first has its answer"
    province.release()
    province.until_published(ids)
    province.assert_once(ids)
    for page in (slow, *others):
        province.assert_in_order(page, ids)
    ended(province)


@EVERYWHERE
def test_a_platform_that_does_not_answer_takes_no_hands_from_another(province: Province, hands: str) -> None:
    pages, [oa] = province.pages(12), province.connect("zalo")
    at_work(province, hands, CCHC_IN_FLIGHT=str(HANDS), CCHC_MEDIA_URL="http://127.0.0.1:9/anh")
    province.hold()
    ids = province.queue(pages)
    province.until(lambda: len(province.writes()) >= HANDS, "the slow platform has all hands that it may have")
    article = province.queue([oa], since=timedelta(minutes=1))
    province.picture(*article)

    def asked() -> bool:
        return any(
            one["method"] == "POST" for one in province.sandbox.requests("zalo")[-3:] if "article" in one["path"]
        )

    province.until(asked, "the other platform is asked while the slow one answers nothing")
    assert len(province.writes()) == HANDS and not any(one["ended"] for _, one in province.writes())
    assert province.states()[State.PUBLISHING] >= HANDS, "none of them has given up"
    province.release()
    province.until_published(ids)
    assert sorted(province.out()) == sorted(ids)
    ended(province)
