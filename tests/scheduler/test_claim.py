"""Claims: each publication in one worker's hands, two lanes a channel, and nothing claimed that must not go on."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta

from sqlalchemy import Engine

from scheduler.claim import LEASES, SPARE, claim, take
from scheduler.lanes import HANDED_OVER
from scheduler.lifecycle import State
from scheduler.retry import PREPARE
from scheduler.sweep import sweep
from tests.conftest import NOW
from tests.scheduler.house import House

HASH = "prepared from these words"


def test_a_row_is_claimed_when_its_own_time_has_come_and_not_before(engine: Engine) -> None:
    house = House(engine)
    house.publication(next_attempt_at=NOW + timedelta(seconds=1))
    assert claim(engine, now=NOW, owner="a", limit=10) == []
    assert len(claim(engine, now=NOW + timedelta(seconds=1), owner="a", limit=10)) == 1


def test_a_retry_at_five_past_is_not_picked_up_at_the_hour(engine: Engine) -> None:
    house = House(engine)
    house.publication(state=State.RETRY_WAIT, due_at=NOW, next_attempt_at=NOW + timedelta(minutes=5))
    assert claim(engine, now=NOW + timedelta(minutes=4), owner="a", limit=10) == []


def test_many_workers_never_claim_the_same_publication(engine: Engine) -> None:
    house = House(engine)
    for _ in range(40):
        house.publication()
    with ThreadPoolExecutor(8) as pool:
        taken = list(pool.map(lambda n: claim(engine, now=NOW, owner=str(n), limit=9), range(8)))
    ids = Counter(one.id for claims in taken for one in claims)
    assert set(ids.values()) == {1}
    rest = claim(engine, now=NOW, owner="last", limit=100)
    assert len(ids) + len(rest) == 40


def test_a_channel_prepares_one_and_publishes_one_at_a_time(engine: Engine) -> None:
    house = House(engine)
    channel, post = house.channel(), house.post()
    facts = {"channel_id": channel.id, "post_id": post.id, "prepared_hash": post.content_hash}
    for minutes in range(3):
        house.publication(due_at=NOW - timedelta(minutes=minutes), **facts)
        house.publication(due_at=NOW - timedelta(minutes=9 + minutes), state=State.READY, **facts)
    first = claim(engine, now=NOW, owner="a", limit=10)
    assert sorted(one.action for one in first) == ["prepare", "publish"]
    assert claim(engine, now=NOW, owner="b", limit=10) == []


def test_two_clocks_on_one_channel_still_fill_a_lane_only_once(engine: Engine) -> None:
    house = House(engine)
    channel = house.channel()
    for minutes in range(6):
        house.publication(channel_id=channel.id, due_at=NOW - timedelta(minutes=minutes))
    with ThreadPoolExecutor(6) as pool:
        taken = list(pool.map(lambda n: claim(engine, now=NOW, owner=str(n), limit=6), range(6)))
    assert sum(map(len, taken)) == 1


def test_one_channels_long_queue_does_not_hide_another_channel(engine: Engine) -> None:
    house = House(engine)
    busy, quiet = house.channel(), house.channel()
    for minutes in range(30):
        house.publication(channel_id=busy.id, due_at=NOW - timedelta(hours=1, minutes=minutes))
    row = house.publication(channel_id=quiet.id)
    assert row.id in [one.id for one in claim(engine, now=NOW, owner="a", limit=4)]


def test_a_flood_on_one_channel_hides_no_other_channel_that_is_ready_for_its_hour(engine: Engine) -> None:
    house = House(engine)
    flooded, post = house.channel(), house.post()
    ready = {"state": State.READY, "prepared_hash": post.content_hash, "post_id": post.id}
    for seconds in range(100):
        house.publication(channel_id=flooded.id, due_at=NOW - timedelta(minutes=5, seconds=seconds), **ready)
    for minutes in range(30):
        house.publication(due_at=NOW + timedelta(minutes=minutes), next_attempt_at=NOW - timedelta(hours=1))
    other = house.publication(channel_id=house.channel().id, due_at=NOW, **ready)
    claimed = claim(engine, now=NOW, owner="a", limit=2, preparing=0)
    assert [one.channel.id for one in claimed] == [flooded.id, other.channel_id]


def test_what_was_queued_last_for_the_nearest_hour_is_prepared_first(engine: Engine) -> None:
    """Its own time is the newest, since it was queued only now: the hour decides, however much waits for later ones."""
    house = House(engine)
    post, hours = house.post(), timedelta(hours=1)
    for _ in range(10):
        channel = house.channel()
        for minutes in range(6):
            later = {"due_at": NOW + 4 * hours + timedelta(minutes=minutes), "next_attempt_at": NOW - 2 * hours}
            house.publication(channel_id=channel.id, post_id=post.id, **later)
    urgent = house.publication(due_at=NOW + timedelta(minutes=10), next_attempt_at=NOW)
    assert claim(engine, now=NOW, owner="a", limit=2)[0].id == urgent.id


def test_the_public_call_goes_before_a_preparation(engine: Engine) -> None:
    house = House(engine)
    post = house.post()
    house.publication(due_at=NOW - timedelta(hours=1))
    ready = house.publication(post_id=post.id, state=State.READY, prepared_hash=post.content_hash)
    assert [one.id for one in claim(engine, now=NOW, owner="a", limit=1)] == [ready.id]


def test_a_channel_that_needs_a_person_is_left_alone(engine: Engine) -> None:
    house = House(engine)
    for state in ("reconnect", "misconfigured", "blocked", "off"):
        house.publication(channel_id=house.channel(state=state).id)
    house.publication(channel_id=house.channel(not_before=NOW + timedelta(minutes=1)).id)
    assert claim(engine, now=NOW, owner="a", limit=10) == []


def test_a_post_whose_validity_has_ended_expires_and_one_in_doubt_is_still_looked_for(engine: Engine) -> None:
    house = House(engine)
    post = house.post(valid_to=date(2026, 11, 22))
    row = house.publication(post_id=post.id)
    doubt = house.publication(post_id=post.id, state=State.UNCONFIRMED, due_at=NOW - timedelta(hours=1))
    claims = claim(engine, now=NOW, owner="a", limit=10)
    assert house.load(row.id).state == State.EXPIRED
    assert [(one.id, one.action) for one in claims] == [(doubt.id, "find")]


def test_a_lease_that_ran_out_gives_the_row_back_and_the_old_fence_is_void(engine: Engine) -> None:
    house = House(engine)
    preparing = house.publication(state=State.PREPARING, fence=3, lease_until=NOW - timedelta(seconds=1))
    publishing = house.publication(state=State.PUBLISHING, fence=3, lease_until=NOW - timedelta(seconds=1), sent_at=NOW)
    alive = house.publication(state=State.PUBLISHING, fence=3, lease_until=NOW + LEASES["publish"])
    sweep(engine, now=NOW)
    assert (house.load(preparing.id).state, house.load(preparing.id).fence) == (State.SCHEDULED, 4)
    assert house.load(publishing.id).state == State.UNCONFIRMED
    assert house.load(publishing.id).sent_at == NOW
    assert house.load(alive.id).state == State.PUBLISHING


def test_a_restart_that_owns_the_data_folder_gives_up_every_lease_at_once(engine: Engine) -> None:
    house = House(engine)
    row = house.publication(state=State.PUBLISHING, lease_until=NOW + LEASES["publish"])
    sweep(engine, now=NOW, everything=True)
    assert house.load(row.id).state == State.UNCONFIRMED


def test_what_is_too_late_is_missed_even_on_a_channel_that_stands_still(engine: Engine) -> None:
    house = House(engine)
    stopped = house.channel(state="reconnect")
    row = house.publication(
        channel_id=stopped.id, late_until=NOW - timedelta(seconds=1), problem="Mã truy cập đã hết hạn."
    )
    held = house.publication(state=State.HELD, late_until=NOW - timedelta(seconds=1))
    sweep(engine, now=NOW)
    assert house.load(row.id).state == State.MISSED
    assert house.load(held.id).state == State.HELD


def test_a_blocked_channel_opens_when_its_time_is_over(engine: Engine) -> None:
    house = House(engine)
    row = house.publication(channel_id=house.channel(state="blocked", not_before=NOW).id)
    sweep(engine, now=NOW)
    assert [one.id for one in claim(engine, now=NOW, owner="a", limit=10)] == [row.id]


def test_channels_whose_lanes_are_busy_do_not_hide_those_that_are_free(engine: Engine) -> None:
    house = House(engine)
    for minutes in range(60):
        channel, due = house.channel(), NOW - timedelta(minutes=5, seconds=minutes)
        house.publication(channel_id=channel.id, state=State.PREPARING, lease_until=NOW + LEASES["prepare"])
        house.publication(channel_id=channel.id, due_at=due)
    free = house.publication()
    assert [one.id for one in claim(engine, now=NOW, owner="a", limit=1)] == [free.id]


def test_what_became_too_late_since_the_sweep_is_not_claimed(engine: Engine) -> None:
    house = House(engine)
    house.publication(late_until=NOW - timedelta(seconds=1))
    doubt = house.publication(state=State.UNCONFIRMED, late_until=NOW - timedelta(seconds=1))
    assert [one.id for one in claim(engine, now=NOW, owner="a", limit=10)] == [doubt.id]


def test_a_claim_for_one_platform_leaves_the_others_alone(engine: Engine) -> None:
    house = House(engine)
    row = house.publication(channel_id=house.channel(platform="zalo").id)
    house.publication(channel_id=house.channel(platform="youtube").id)
    assert [one.id for one in claim(engine, now=NOW, owner="a", limit=10, platform="zalo")] == [row.id]


def test_preparations_that_find_no_hand_do_not_hide_what_is_ready_for_its_hour(engine: Engine) -> None:
    house = House(engine)
    post = house.post()
    for _ in range(SPARE + 5):
        house.publication(post_id=post.id, due_at=NOW - timedelta(minutes=5))
    ready = house.publication(post_id=post.id, state=State.READY, prepared_hash=post.content_hash)
    claims = claim(engine, now=NOW, owner="a", limit=2, preparing=0)
    assert [one.id for one in claims] == [ready.id]


def test_what_waited_for_a_worker_past_its_lease_is_not_taken_any_more(engine: Engine) -> None:
    house = House(engine)
    channel = house.channel()
    for _ in range(2):
        house.publication(channel_id=channel.id)
    [handed] = claim(engine, now=NOW, owner=HANDED_OVER, limit=9)
    late = NOW + LEASES[PREPARE] + timedelta(seconds=1)
    [other] = claim(engine, now=late, owner="a", limit=9)
    assert take(engine, [(handed.id, handed.publication.fence)], now=late, owner="b") == []
    assert other.id != handed.id and house.load(handed.id).lease_owner == HANDED_OVER, "the sweep gives it back"
