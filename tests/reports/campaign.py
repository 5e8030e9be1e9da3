"""A small campaign in real tables: verbs for the tests of the reports to read like a script."""

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlmodel import Session

from connectors.base import Metric
from content.plan import Plan, Topic, load_plan
from content.tables import Post
from content.vietnamese import LOCAL
from scheduler.lifecycle import Event, State
from scheduler.tables import Channel, Publication, PublicationEvent, Reading

CUTOFF = datetime(2026, 11, 30, 0, 0, tzinfo=UTC)
"""Monday 30/11/2026, 07:00 in Việt Nam: week 48 is over."""

NAMES = {
    Metric.REACH: "post_total_media_view_unique",
    Metric.VIEWS: "total_view",
    Metric.FOLLOWERS: "followers_count",
}


def at(day: int, hour: int = 8, month: int = 11, year: int = 2026) -> datetime:
    """A local hour, aware."""
    return datetime(year, month, day, hour, tzinfo=LOCAL)


class Campaign:
    """Adds rows and hands back their ids."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self._number = 0

    def _add(self, row: Any) -> int:
        self.session.add(row)
        self.session.flush()
        found: int = row.id
        return found

    def channel(self, platform: str = "facebook", **facts: Any) -> int:
        self._number += 1
        key = facts.pop("key", f"{platform}-{self._number}")
        values = {"external_id": key, "name": "Cải cách hành chính Huế", "options": {}, "created_at": at(1), **facts}
        return self._add(Channel(platform=platform, key=key, **values))

    def post(self, title: str = "Ngồi nhà nhận kết quả", topic: str = "d", **facts: Any) -> int:
        self._number += 1
        values = {
            "body": title,
            "form": "van_ban",
            "source": "Cổng Thông tin điện tử",
            "content_hash": "",
            "search_key": "",
            "state": "approved",
            "created_at": at(1),
            "updated_at": at(1),
            **{name: [] for name in ("audiences", "legal_refs", "hashtags", "platforms")},
            **facts,
        }
        return self._add(Post(key=f"bai-{self._number}", title=title, topic=topic, variants={}, **values))

    def publication(
        self, channel: int, post: int, due_at: datetime, state: State = State.SCHEDULED, **facts: Any
    ) -> int:
        return self._add(
            Publication(
                channel_id=channel, post_id=post, due_at=due_at, state=state, saved={}, created_at=at(1), **facts
            )
        )

    def published(self, channel: int, when: datetime, post: int | None = None, **facts: Any) -> int:
        self._number += 1
        values = {"published_at": when, "permalink": f"https://example.vn/{self._number}", **facts}
        return self.publication(channel, post or self.post(), when, State.PUBLISHED, **values)

    def take_down(self, publication: int) -> None:
        """What was published is withdrawn; its event is told apart."""
        self.session.get_one(Publication, publication).state = State.WITHDRAWN
        self.session.flush()

    def read(
        self,
        channel: int,
        publication: int | None,
        when: datetime,
        *,
        name: str = "",
        definition: str = "",
        **values: int | None,
    ) -> None:
        """Readings of one moment; `name` and `definition` are what the platform says it counts."""
        for metric, value in values.items():
            self._add(
                Reading(
                    channel_id=channel,
                    publication_id=publication,
                    metric=metric,
                    value=value,
                    name=name or NAMES.get(Metric(metric), metric),
                    version="v26.0",
                    definition=definition,
                    taken_at=when,
                )
            )

    def event(self, publication: int, event: Event, when: datetime, after: State, words: str = "") -> None:
        self._add(
            PublicationEvent(
                publication_id=publication,
                at=when,
                event=event,
                state_before=State.PUBLISHING,
                state_after=after,
                fence=1,
                words=words,
            )
        )

    def plan(self, **minimum: int) -> None:
        """An active plan with these topics, in this order."""
        topics = tuple(
            Topic(letter=letter, order=n + 1, label=f"Nội dung {letter}", covers="-", minimum_per_week=least)
            for n, (letter, least) in enumerate(minimum.items())
        )
        parts = dict.fromkeys(("forms", "audiences", "agencies", "legal_refs", "deadlines", "indices"), ())
        load_plan(
            self.session,
            Plan(code="ke-hoach", title="Kế hoạch", year=2026, issuer="UBND", topics=topics, **parts),
            at(1),
        )


def ordinary_week(session: Session) -> None:
    """Three channels with the figures of an ordinary week 48, for the documents to show."""
    campaign = Campaign(session)
    campaign.plan(a=1, b=1, c=1, d=1, đ=1, e=1, g=1, h=1, i=2, k=2, l=3)
    page, zalo, youtube = (campaign.channel(platform) for platform in ("facebook", "zalo", "youtube"))
    titles = (
        ("Ngồi nhà nhận kết quả: ba bước gửi hồ sơ qua bưu chính công ích", "d"),
        ("Phản ánh hiện trường: chụp, gửi, theo dõi", "l"),
        ("PAR Index chấm điểm những gì?", "i"),
        ("Năm thói quen giữ an toàn khi lên mạng", "k"),
        ("Lần đầu làm thủ tục trên mạng: bắt đầu từ đâu?", "đ"),
        ("Sáu nội dung cải cách hành chính đến năm 2030, nhìn trong một hình", "a"),
    )
    for place, (title, topic) in enumerate(titles):
        post = campaign.post(title, topic)
        day = at(23 + place, 7 + 2 * place)
        for channel, factor in ((page, 9), (zalo, 4)):
            publication = campaign.published(channel, day, post)
            base: dict[str, Any] = (
                {"reach": 240 * factor - 171 * place} if channel == page else {"views": 310 * factor - 90 * place}
            )
            parts: dict[str, Any] = (
                {"reactions": 12 * factor - 7 * place, "comments": 5 + place} if channel == page else {}
            )
            campaign.read(channel, publication, day + timedelta(hours=12), shares=2 * factor - place, **base, **parts)
    for place, (title, topic) in enumerate((titles[1], titles[3])):
        publication = campaign.published(youtube, at(19 + 6 * place, 19), campaign.post(f"Video: {title}", topic))
        campaign.read(youtube, publication, at(20, 6), views=412, reactions=31, comments=None)
        campaign.read(youtube, publication, at(29, 6), views=12_345 - 9_000 * place, reactions=96, comments=7)
    for channel, before, after in ((page, 48_210, 48_655), (zalo, 12_004, 11_987)):
        campaign.read(channel, None, at(22, 6), followers=before)
        campaign.read(channel, None, at(29, 6), followers=after)
    old = campaign.published(
        page, at(17, 8), campaign.post("Bảy nhóm nhiệm vụ cải cách hành chính, giải thích bằng lời thường", "c")
    )
    campaign.read(page, old, at(18), reach=3_100, reactions=77, comments=12, shares=9)
    campaign.read(page, old, at(28), reach=3_421, reactions=80, comments=12, shares=11)
    _trouble(campaign, page, zalo)
    for place in (0, 1, 3, 4):
        post = campaign.post(f"Bài tuần tới số {place + 1}", "e")
        campaign.publication(page, post, at(30) + timedelta(days=place))
        campaign.publication(zalo, post, at(30, 19) + timedelta(days=place), State.READY)
    campaign.post("Gương điển hình: người cán bộ được dân gọi là “dễ gặp”", "h", state="submitted")
    session.commit()


def _trouble(campaign: Campaign, page: int, zalo: int) -> None:
    failed = campaign.publication(
        zalo, campaign.post("Giấy hẹn trả kết quả: giữ kỹ và theo dõi hồ sơ thế nào?"), at(26, 19), State.FAILED
    )
    campaign.event(failed, Event.WILL_RETRY, at(26, 19), State.RETRY_WAIT, "Zalo OA đang bận, chưa nhận bài")
    campaign.event(failed, Event.WILL_RETRY, at(26, 20), State.RETRY_WAIT, "Zalo OA đang bận, chưa nhận bài")
    campaign.event(failed, Event.REJECTED, at(26, 21), State.FAILED, "Ảnh bìa lớn hơn 1 MB")
    late = campaign.published(page, at(27, 9), campaign.post("Một ngày ở Bộ phận Một cửa", "g"))
    campaign.event(late, Event.NO_ANSWER, at(27, 8), State.UNCONFIRMED, "Facebook không trả lời trong 30 giây")
    campaign.event(late, Event.FOUND, at(27, 9), State.PUBLISHED)
