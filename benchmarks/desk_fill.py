"""An office in full use, for `benchmarks/desk.py`: the library, two years of publications, fifty people signed in.

The same rows in every run but for the day it is run on; 600 posts, six channels, and of every publication its events,
attempts and readings.
"""

import random
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from io import BytesIO
from itertools import cycle, islice
from pathlib import Path
from typing import Any

from PIL import Image
from sqlalchemy import Engine, insert, text
from sqlalchemy import select as columns
from sqlmodel import SQLModel, col, select

from benchmarks.activity_fill import fill_activities
from benchmarks.desk_facts import AHEAD, facts
from benchmarks.report_fill import make_one
from cli import database
from cli import settings as settings_module
from cli.demo import approve_library
from cli.library import load_everything
from cli.wiring import build, submissions, summaries
from connectors import CONNECTORS
from connectors.base import Metric, Part
from content.searchwords import search_keys
from content.store import AssetStore
from content.tables import Asset, Campaign, CampaignPost, Editorial, PortalSource, Post, PostAsset, Suggestion
from content.vietnamese import LOCAL, fold, local_day
from reports.weekly import make_weekly
from scheduler.channels import set_slots
from scheduler.db import open_engine, reading, writing
from scheduler.figure_tables import Collection
from scheduler.lifecycle import State
from scheduler.tables import Attempt, Channel, Heartbeat, Publication, PublicationEvent, Reading
from web.door import begin_session
from web.roles import Role
from web.tables import DeskAct, Staff

POSTS, PICTURES, CHANNELS_EACH, DAYS, SUGGESTIONS, ACTS = 600, 30, 2, 730, 500, 5_000
CAMPAIGNS, CAMPAIGN_POSTS = 20, 60
PEOPLE = {
    Role.EDITOR: 22,
    Role.CONTRIBUTOR: 8,
    Role.APPROVER_1: 4,
    Role.APPROVER_2: 3,
    Role.CHANNEL_ADMIN: 3,
    Role.SYSTEM_ADMIN: 6,
    Role.VIEWER: 4,
}
"""Fifty people."""
SLOTS = (7 * 60 + 30, 11 * 60 + 30, 17 * 60, 19 * 60 + 30)
METRICS = (Metric.REACH, Metric.VIEWS, Metric.REACTIONS, Metric.COMMENTS, Metric.SHARES)
PAST = ((State.PUBLISHED, 950), (State.WITHDRAWN, 5), (State.FAILED, 15), (State.MISSED, 10), (State.CANCELLED, 20))
FUTURE = ((State.SCHEDULED, 900), (State.READY, 30), (State.HELD, 40), (State.CANCELLED, 30))
REASON = "Chọn vì điểm d (Dịch vụ công trực tuyến) tuần này mới có 1 bài; trong ngày chưa có bài cùng nội dung."
BATCH = 5_000


@dataclass(frozen=True, slots=True)
class Staffer:
    """Somebody with an open session."""

    role: Role
    token: str


@dataclass(frozen=True, slots=True)
class Office:
    """What was made: what addresses need, by the words of `desk_pages.PAGES`, and who is signed in."""

    facts: dict[str, str]
    people: list[Staffer]


def fill(folder: Path, publications: int, database_url: str = "") -> Office:
    """Make the data folder of an office; minutes for 100,000 publications. `database_url`: its rows go there."""
    settings = settings_module.load(_env_file=None, data_dir=folder, database_url=database_url)
    engine = open_engine(settings.database)
    database.upgrade(engine)
    service = build(settings, engine=engine)
    try:
        now = service.clock.now().replace(microsecond=0)
        load_everything(service, settings)
        approve_library(submissions(service, settings), now)
        rng = random.Random(26)
        posts = _posts(engine, service.store, now)
        channels = _channels(engine, now)
        _queue(engine, posts, channels, publications, now, rng)
        _lives(engine, now)
        _readings(engine, now, rng)
        _around(engine, now)
        _campaigns(engine, posts, now)
        fill_activities(engine, now)
        people = _people(engine, now)
        last = (local_day(now) - timedelta(days=7)).isocalendar()
        make_weekly(engine, f"{last.year}-W{last.week:02}", now, summaries(settings))
        make_one(engine, now)
        return Office(facts(engine, now, settings.plan_dir), people)
    finally:
        service.close()
        engine.dispose()


def _store(engine: Engine, table: type[SQLModel], rows: Iterable[dict[str, Any]]) -> None:
    """Rows of one table, some thousand at a time."""
    source = iter(rows)
    while some := list(islice(source, BATCH)):
        with writing(engine) as session:
            session.execute(insert(table), some)


def _values(row: SQLModel) -> dict[str, Any]:
    """Every column of a row as its model sets it, but the id: a new column needs nothing here."""
    return row.model_dump(exclude={"id"})


def _posts(engine: Engine, store: AssetStore, now: datetime) -> list[tuple[int, str]]:
    """The library's posts again and again under new titles, some with pictures; id and topic of the approved ones."""
    with reading(engine) as session:
        known = session.exec(select(Post).order_by(col(Post.id))).all()

    def copies() -> Iterator[dict[str, Any]]:
        for number, post in zip(range(POSTS - len(known)), cycle(known), strict=False):
            facts = _values(post) | {
                "key": f"{post.key}-{number}",
                "title": f"{post.title} (đợt {number + 2})",
                "file": "",
            }
            if number % 12 == 0:
                facts |= {"state": (Editorial.SUBMITTED, Editorial.DRAFT, Editorial.RETURNED)[number // 12 % 3]}
            yield facts | search_keys(Post(**facts))

    _store(engine, Post, copies())
    hashes = [_picture(engine, store, number, now) for number in range(PICTURES)]
    with reading(engine) as session:
        found = session.exec(select(Post.id, Post.topic, Post.state).order_by(col(Post.id))).all()
    pictures = (
        PostAsset(post_id=post_id or 0, sha256=hashes[place % PICTURES], role="image", alt="Ảnh minh họa")
        for place, (post_id, _topic, _state) in enumerate(found[len(known) :])
    )
    _store(engine, PostAsset, ({**_values(one), "drawn": {}} for one in pictures))
    return [(post_id or 0, topic) for post_id, topic, state in found if state == Editorial.APPROVED]


def _picture(engine: Engine, store: AssetStore, number: int, now: datetime) -> str:
    out = BytesIO()
    Image.new("RGB", (1080, 1350), (60 + number * 5, 42, 130 - number * 2)).save(out, "PNG")
    kept = store.put_bytes(out.getvalue(), f"anh-{number}.png")
    asset = Asset(sha256=kept.sha256, mime=kept.mime, size=kept.size, width=kept.width, height=kept.height,
                  name=f"anh-{number}.png", created_at=now)  # fmt: skip
    with writing(engine) as session:
        session.add(asset)
    return asset.sha256


def _channels(engine: Engine, now: datetime) -> list[int]:
    """Two connected channels of each platform with four slots a day."""
    with writing(engine) as session:
        made = [
            Channel(key=f"{platform}-{n}", platform=platform, external_id=f"{platform}-{n}", options={}, created_at=now,
                    name=f"Cải cách hành chính tỉnh, kênh {n}")
            for platform in CONNECTORS
            for n in range(1, CHANNELS_EACH + 1)
        ]  # fmt: skip
        session.add_all(made)
        session.flush()
        for channel in made:
            set_slots(session, channel, {weekday: list(SLOTS) for weekday in range(7)})
    return [channel.id or 0 for channel in made]


def _queue(
    engine: Engine, posts: list[tuple[int, str]], channels: list[int], count: int, now: datetime, rng: random.Random
) -> None:
    """The publications, spread evenly over two years that end in a month; each past one in forty has a comment."""
    first = datetime.combine(local_day(now) - timedelta(days=DAYS - AHEAD), time(6), LOCAL)
    minutes = 960 // (count // DAYS // len(channels) + 1)
    past, future = ([state for state, times in kinds for _ in range(times)] for kinds in (PAST, FUTURE))

    def rows() -> Iterator[dict[str, Any]]:
        base = _values(Publication(post_id=0, channel_id=0, due_at=now, saved={}, created_at=now, reason=REASON))
        for number in range(count):
            on = number * DAYS // count
            place, channel = divmod(number - -(-on * count // DAYS), len(channels))
            at = first + timedelta(days=on, minutes=place * minutes)
            state = rng.choice(past if at < now else future)
            public = state in (State.PUBLISHED, State.WITHDRAWN)
            facts = {
                "post_id": rng.choice(posts)[0],
                "channel_id": channels[channel],
                "due_at": at,
                "created_at": at - timedelta(days=5),
                "state": state,
                "origin": "autopilot" if number % 2 else "staff",
                "late_until": at + timedelta(hours=3),
                "next_attempt_at": at if state in (State.SCHEDULED, State.READY) else None,
                "held_by": "held" if state is State.HELD else "",
                "published_at": at + timedelta(seconds=20) if public else None,
                "sent_at": at + timedelta(seconds=15) if public else None,
                "external_id": f"ext-{number}" if public else "",
                "permalink": f"https://example.com/{number}" if public else "",
                "problem": "Nền tảng từ chối ảnh: sai định dạng." if state is State.FAILED else "",
            }
            yield base | facts

    _store(engine, Publication, rows())
    follow = "UPDATE publication SET part = :part, follows_id = id - 1 WHERE state = 'published' AND "
    oa = "channel_id IN (SELECT id FROM channel WHERE platform = 'zalo')"
    with writing(engine) as session:
        session.execute(text(f"{follow} id % 40 = 0"), {"part": Part.COMMENT.value})
        session.execute(text(f"{follow} id % 40 = 2 AND {oa}"), {"part": Part.BROADCAST.value})


def _all(engine: Engine) -> Iterator[Any]:
    """The publications' columns that the rows around them need."""
    wanted = (Publication.id, Publication.channel_id, Publication.due_at, Publication.created_at, Publication.state)
    with reading(engine) as session:
        yield from session.connection().execute(columns(*map(col, wanted)).order_by(col(Publication.id))).all()


def _lives(engine: Engine, now: datetime) -> None:
    """Events and attempts: the life of each publication."""
    event = _values(PublicationEvent(publication_id=0, at=now, event="", state_before="", state_after="", fence=0))
    attempt = _values(Attempt(publication_id=0, fence=0, action="", started_at=now))
    steps = (
        ("claimed", State.SCHEDULED, State.PREPARING, -3600, 1, ""),
        ("prepared", State.PREPARING, State.READY, -3590, 1, ""),
        ("claimed", State.READY, State.PUBLISHING, 0, 2, ""),
        ("succeeded", State.PUBLISHING, State.PUBLISHED, 20, 2, "https://example.com/bai"),
    )
    tries = (("prepare", -3600, 1), ("publish", 0, 2))

    def events() -> Iterator[dict[str, Any]]:
        for row in _all(engine):
            queued = {"event": "queued", "state_after": State.SCHEDULED, "words": REASON, "actor": "autopilot"}
            yield event | queued | {"publication_id": row.id, "at": row.created_at}
            if row.state in (State.PUBLISHED, State.WITHDRAWN, State.FAILED):
                for name, before, after, seconds, fence, words in steps:
                    yield event | {
                        "publication_id": row.id, "at": row.due_at + timedelta(seconds=seconds), "event": name,
                        "state_before": before, "state_after": after, "fence": fence, "words": words,
                    }  # fmt: skip

    def attempts() -> Iterator[dict[str, Any]]:
        for row in _all(engine):
            if row.state in (State.PUBLISHED, State.WITHDRAWN, State.FAILED):
                for action, seconds, fence in tries:
                    begun = row.due_at + timedelta(seconds=seconds)
                    yield attempt | {
                        "publication_id": row.id, "fence": fence, "action": action, "started_at": begun,
                        "finished_at": begun + timedelta(seconds=9), "outcome": "ok",
                    }  # fmt: skip

    _store(engine, PublicationEvent, events())
    _store(engine, Attempt, attempts())


def _readings(engine: Engine, now: datetime, rng: random.Random) -> None:
    """Two readings of five metrics of what is public, and every channel's followers day by day."""
    base = _values(Reading(channel_id=0, metric="", name="", version="v1", taken_at=now))

    def rows() -> Iterator[dict[str, Any]]:
        for row in _all(engine):
            if row.state != State.PUBLISHED:
                continue
            for days in (1, 7):
                taken = row.due_at + timedelta(days=days)
                if taken > now:
                    break
                for metric in METRICS:
                    yield base | {
                        "channel_id": row.channel_id, "publication_id": row.id, "metric": metric, "name": metric,
                        "value": rng.randint(5, 900) * days, "taken_at": taken,
                    }  # fmt: skip

    def followers(channels: Iterable[int | None]) -> Iterator[dict[str, Any]]:
        for channel in channels:
            for days in range(DAYS - AHEAD):
                facts = {"channel_id": channel, "metric": Metric.FOLLOWERS, "name": "followers"}
                yield base | facts | {"value": 20_000 - 10 * days, "taken_at": now - timedelta(days=days)}

    _store(engine, Reading, rows())
    with reading(engine) as session:
        channels = session.exec(select(Channel.id)).all()
    _store(engine, Reading, followers(channels))
    collections = ((one or 0, now - timedelta(hours=3 * place)) for place in range(5_000) for one in channels)
    _store(engine, Collection, (_values(Collection(channel_id=one, taken_at=at, asked=9)) for one, at in collections))


def _around(engine: Engine, now: datetime) -> None:
    """Suggestions, what people did, and a clock that is alive."""

    def suggestions() -> Iterator[dict[str, Any]]:
        for number in range(SUGGESTIONS):
            title = f"Sở Nội vụ hướng dẫn thủ tục số {number} trên Cổng Dịch vụ công"
            yield _values(
                Suggestion(dedupe_key=f"bai-{number}", title=title, link=f"https://example.gov.vn/{number}", topic="d",
                           categories=[], notes=[], seen_at=now - timedelta(hours=number), updated_at=now)
            )  # fmt: skip

    _store(engine, Suggestion, suggestions())
    feed = PortalSource(key="cong-tinh", name="Cổng TTĐT tỉnh", address="https://example.gov.vn/rss", created_at=now)
    with writing(engine) as session:
        session.add(feed)
    acts = (DeskAct(at=now - timedelta(hours=n), actor="Người số 1", act="signed_in") for n in range(ACTS))
    _store(engine, DeskAct, (_values(one) for one in acts))
    with writing(engine) as session:
        session.add(Heartbeat(owner="benchmark", started_at=now, at=now))


def _campaigns(engine: Engine, posts: list[tuple[int, str]], now: datetime) -> None:
    """Campaigns of three weeks, one begun every week of the last months, and a long one; each of sixty posts."""
    spans = [(-7 * number, 21) for number in range(CAMPAIGNS)] + [(-300, 600)]
    today = local_day(now)
    for number, (since, days) in enumerate(spans):
        first = today + timedelta(days=since)
        row = Campaign(
            key=f"dot-{number}", name=f"Đợt tuyên truyền số {number}", first=first, last=first + timedelta(days=days),
            channels=[], targets={"total": 90, "topics": {"l": 20}}, created_by="x", created_at=now, updated_at=now,
        )  # fmt: skip
        with writing(engine) as session:
            session.add(row)
            session.flush()
            mine = posts[number * 7 : number * 7 + CAMPAIGN_POSTS]
            session.add_all(
                CampaignPost(campaign_id=row.id or 0, post_id=post, added_by="x", added_at=now) for post, _ in mine
            )


def _people(engine: Engine, now: datetime) -> list[Staffer]:
    found = []
    with writing(engine) as session:
        roles = [role for role, count in PEOPLE.items() for _ in range(count)]
        for number, role in enumerate(roles, 1):
            name = f"Người số {number}"
            agency = "van-phong" if role is Role.CONTRIBUTOR else ""
            staff = Staff(login=f"nguoi-{number}", name=name, name_key=fold(name), roles=[role], agency=agency,
                          created_at=now, updated_at=now)  # fmt: skip
            session.add(staff)
            session.flush()
            token = begin_session(session, staff.id or 0, now=now, address="127.0.0.1", device="Chromium")
            found.append(Staffer(role, token))
    return found
