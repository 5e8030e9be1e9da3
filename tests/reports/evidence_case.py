"""An office with something awkward of every kind, for the tests of evidence files."""

import io
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Engine
from sqlmodel import Session

from connectors.base import Metric, Part
from content.act_records import Action, Subject, as_it_stands, record
from content.documents import Documents, documents_in
from content.record_tables import Activity, Evidence
from content.tables import Post, Review
from reports.evidence.making import make
from reports.evidence.values import Asked, Made
from scheduler.db import writing
from scheduler.figure_tables import Collection
from scheduler.lifecycle import State
from scheduler.tables import Attempt, Channel, Publication, PublicationEvent, Reading
from tests.conftest import LAN, MINH, NOW, Sandbox
from tests.content.papers import a_docx, a_pdf
from tests.scheduler.house import HOUR, Running

CUTOFF = NOW + timedelta(days=3)
PERIOD = Asked(date(2026, 11, 1), date(2026, 11, 30), CUTOFF)
LATER = CUTOFF + timedelta(days=1)
NASTY = '=HYPERLINK("http://x") <script>alert(1)</script>'


@dataclass
class Case:
    """What was furnished, and where."""

    engine: Engine
    folder: Path
    house: Running
    channel: Channel
    rows: dict[str, Publication]
    posts: dict[str, Post]

    @property
    def documents(self) -> Documents:
        return documents_in(self.folder)

    def make(self, name: str = "ho-so.zip", asked: Asked = PERIOD) -> tuple[Path, Made]:
        target = self.folder / "ra" / name
        return target, make(self.engine, self.house.store.folder, self.documents, asked, target)


def furnish(engine: Engine, sandbox: Sandbox, folder: Path) -> Case:
    """Four publications (with a picture, with a film, withdrawn, sent before contents were kept), a comment, and an
    activity with its paper."""
    house = Running(engine, sandbox, folder)
    channel = house.channel(name="Trang Cải cách hành chính", key="trang")
    posts = {
        "picture": house.post(title="Nộp hồ sơ tại nhà", body="Bà con nộp hồ sơ  tại nhà.\n\nDòng hai.", topic="đ"),
        "film": house.post(title="Hướng dẫn bằng phim", form="video", topic="l"),
        "gone": house.post(title=NASTY, body=NASTY, topic="h"),
        "old": house.post(title="Bài cũ", topic="a"),
    }
    house.picture(posts["picture"])
    house.video(posts["film"])
    house.approve_again(
        posts["gone"], variants={channel.platform: {"text": f"{NASTY} riêng", "first_comment": "Xem thêm: x.vn"}}
    )
    rows = {name: _published(house, post, channel, n) for n, (name, post) in enumerate(posts.items())}
    with writing(engine) as session:
        old = session.get_one(Publication, rows["old"].id)
        old.prepared_hash = ""
        session.add(old)
    rows["comment"] = _published(house, posts["gone"], channel, 5, part=Part.COMMENT, follows_id=rows["gone"].id)
    with writing(engine) as session:
        _life(session, rows, channel)
        _activity(session, documents_in(folder))
    return Case(engine, folder, house, channel, rows, posts)


def _published(house: Running, post: Post, channel: Channel, place: int, **facts: Any) -> Publication:
    with writing(house.engine) as session:
        digest = session.get_one(Post, post.id).content_hash
    at = NOW + place * HOUR
    values = {"post_id": post.id, "channel_id": channel.id, "prepared_hash": digest, "due_at": at, "sent_at": at,
              "published_at": at + timedelta(seconds=20), "permalink": f"https://example.com/{place}"}  # fmt: skip
    return house.publication(**{**values, "state": State.PUBLISHED, **facts})


def _life(session: Session, rows: dict[str, Publication], channel: Channel) -> None:
    for row in rows.values():
        assert row.published_at is not None
        event = {"publication_id": row.id, "fence": 1, "state_before": "publishing", "state_after": "published"}
        session.add(PublicationEvent(**event, at=row.published_at, event="succeeded"))
        session.add(Attempt(publication_id=row.id or 0, fence=1, action="publish", started_at=row.due_at,
                            finished_at=row.published_at, outcome="ok", evidence="BẰNG-CHỨNG-THÔ"))  # fmt: skip
    gone = rows["gone"]
    leaves = {"publication_id": gone.id, "event": "withdrawn", "state_before": "published", "state_after": "withdrawn"}
    session.add(PublicationEvent(**leaves, fence=1, at=NOW + timedelta(days=2), actor=LAN, words="Sai số liệu."))
    found = session.get_one(Publication, gone.id)
    found.state = State.WITHDRAWN
    session.add(found)
    by_hand = Collection(channel_id=channel.id or 0, source="manual", taken_at=NOW, actor=LAN)
    session.add(by_hand)
    session.flush()
    base = {
        "channel_id": channel.id,
        "publication_id": rows["picture"].id,
        "version": "v25.0",
        "definition": "định nghĩa",
    }
    for days, value in ((1, 120), (2, 100), (2.5, None), (4, 999)):
        session.add(Reading(**base, metric=Metric.REACH, name="post_reach", value=value,
                            taken_at=NOW + timedelta(days=days)))  # fmt: skip
    session.add(Reading(**base, metric=Metric.VIEWS, name="views", value=0, taken_at=NOW, collection_id=by_hand.id))


def _activity(session: Session, documents: Documents) -> None:
    files = {"Kế hoạch.pdf": a_pdf(deterministic_id=True), "rút lại.docx": a_docx()}
    kept = [documents.put(io.BytesIO(data), name) for name, data in files.items()]
    row = Activity(kind="tap_huan", title="Tập huấn một cửa", first=date(2026, 11, 5), last=date(2026, 11, 6), form="a",
                   audiences=[], figures={"classes": 2, "people": 90}, created_by=LAN, created_at=NOW,
                   updated_at=NOW)  # fmt: skip
    session.add(row)
    session.flush()
    record(session, Subject.ACTIVITY, row.id or 0, Action.RECORDED, as_it_stands(row), by=LAN, now=NOW)
    for place, file in enumerate(kept):
        session.add(Evidence(activity_id=row.id, sha256=file.sha256, name=file.name, mime=file.mime, size=file.size,
                             added_by=LAN, added_at=NOW, withdrawn_at=NOW if place else None))  # fmt: skip


def happen_later(case: Case) -> None:
    """Everything that may change after the cut-off does: posts are rewritten, more is read, withdrawn, logged."""
    house, rows = case.house, case.rows
    house.clock.set(LATER)
    house.approve_again(case.posts["picture"], title="Tiêu đề mới", body="Nội dung mới.", topic="b")
    with writing(case.engine) as session:
        reading = {"channel_id": case.channel.id, "publication_id": rows["film"].id, "version": "v26.0"}
        session.add(Reading(**reading, metric=Metric.VIEWS, name="views", value=5, taken_at=LATER))
        copied = Collection(channel_id=case.channel.id or 0, source="manual", taken_at=LATER, actor=LAN)
        session.add(copied)
        session.flush()
        session.add(Reading(**reading, metric=Metric.VIEWS, name="Nhập tay", value=7, taken_at=NOW + timedelta(days=1),
                            collection_id=copied.id))  # fmt: skip
        row = session.get_one(Publication, rows["picture"].id)
        row.state = State.WITHDRAWN
        leaves = {"event": "withdrawn", "state_before": "published", "state_after": "withdrawn", "actor": MINH}
        session.add(row)
        session.add(PublicationEvent(publication_id=row.id or 0, **leaves, fence=1, at=LATER))
        session.add(Review(post_id=row.post_id, at=LATER, action="changed", actor=LAN, content_hash="x"))
        activity = session.get_one(Activity, 1)
        activity.title, activity.updated_at, activity.withdrawn_at = "Tên sửa sau", LATER, LATER
        activity.first = activity.last = date(2027, 2, 1)
        session.add(activity)
        record(session, Subject.ACTIVITY, 1, Action.CHANGED, as_it_stands(activity), by=LAN, now=LATER)
