"""The desk of `cchc demo`: people of every role, a campaign, the next days' queue, something to approve; time stands.

The passwords are random and told once; whatever is put into the queue for now goes out to the sandbox at once.
"""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

from sqlmodel import col, select

from cli.console import say, table
from cli.settings import CommonSettings
from cli.wiring import health, house, submissions
from content.campaign_fields import CampaignFields
from content.campaigns import add_posts, create
from content.editorial import give_back
from content.tables import Editorial, Post
from content.vietnamese import local_day, moment
from scheduler.db import reading, writing
from scheduler.lifecycle import WAITING
from scheduler.service import Service
from scheduler.tables import Channel, Publication
from scheduler.ticker import Ticker
from web.agencies import agency_names
from web.app import create_app
from web.house import House
from web.passwords import kept
from web.roles import ROLE_WORDS, Role
from web.server import WebServer
from web.staff import Facts, add, set_password

EDITOR, APPROVER, LEADER = "Biên tập viên mẫu", "Người duyệt mẫu", "Lãnh đạo duyệt mẫu"
PEOPLE = (
    ("congtac", "Cộng tác viên mẫu", Role.CONTRIBUTOR, "snv"),
    ("bientap", EDITOR, Role.EDITOR, ""),
    ("duyet1", APPROVER, Role.APPROVER_1, ""),
    ("duyet2", LEADER, Role.APPROVER_2, ""),
    ("kenh", "Quản trị kênh mẫu", Role.CHANNEL_ADMIN, ""),
    ("hethong", "Quản trị hệ thống mẫu", Role.SYSTEM_ADMIN, ""),
    ("xem", "Người xem mẫu", Role.VIEWER, ""),
)
"""Login, name as the demo's history tells it, role, agency."""
DAYS, TO_APPROVE, TICK_SECONDS = 7, 3, 2


@dataclass(frozen=True)
class Door:
    """Where the desk is, and who comes in with which password."""

    address: str
    people: tuple[dict[str, str], ...]

    def tell(self, now: str) -> None:
        """Print the address and everybody's password."""
        say(f"\nBàn làm việc: {self.address} (trong bản chạy thử, bây giờ luôn là {now})")
        columns = ("Tên đăng nhập", "Mật khẩu", "Vai trò")
        rows = [(one["login"], one["password"], one["words"]) for one in self.people]
        table("Đăng nhập", columns, rows, whole=columns[:2])


@contextmanager
def open_desk(service: Service, settings: CommonSettings) -> Iterator[Door]:
    """The desk over the week that has passed, until the block ends."""
    now = service.clock.now()
    _begin_campaign(service)
    service.fill_days(local_day(now) + timedelta(days=1), DAYS)
    desk = house(service, settings)
    _leave_work(service, settings)
    people = tuple(_person(desk, *one) for one in PEOPLE)
    ticker = Ticker(service, tick_seconds=TICK_SECONDS)
    app = create_app(service.store.folder, lambda: True, desk, health(service, settings, own_clock=True))
    with WebServer(app, "127.0.0.1", 0) as server:
        service.beat()
        ticker.start()
        try:
            yield Door(server.address, people)
        finally:
            ticker.stop()


def told_now(service: Service) -> str:
    """The moment at which the demo stands."""
    return moment(service.clock.now())


def _person(desk: House, login: str, name: str, role: Role, agency: str) -> dict[str, str]:
    """A person with a random password; no sample has one that another sample shares."""
    password = "-".join(secrets.token_hex(2) for _ in range(3))
    now, password_hash = desk.now(), kept(desk.passwords, password)
    with writing(desk.engine) as session:
        row = add(session, login, Facts(name, (role,), agency), agencies=agency_names(session), now=now)
        set_password(session, row, password_hash, now=now)
    return {"login": login, "name": name, "role": role, "words": ROLE_WORDS[role], "password": password}


def _begin_campaign(service: Service) -> None:
    """A campaign over the week that has passed and the two to come, with the shipped posts on smart-city services."""
    now = service.clock.now()
    today = local_day(now)
    fields = CampaignFields(
        "Đợt cao điểm phản ánh hiện trường",
        today - timedelta(days=7),
        today + timedelta(days=13),
        "Người dân biết gửi phản ánh hiện trường, theo dõi kết quả và giữ an toàn trên mạng.",
        total=24,
        topics={"l": 14, "k": 8},
    )
    with writing(service.engine) as session:
        channels = session.exec(select(Channel.key)).all()
        posts = session.exec(select(Post.key).where(col(Post.topic).in_(fields.topics)).order_by(Post.key)).all()
        row, _ = create(session, fields, channels=channels, by=EDITOR, now=now)
        add_posts(session, row.key, posts, by=EDITOR, now=now)


def _leave_work(service: Service, settings: CommonSettings) -> None:
    """A few approved posts that nothing is queued of go back to their editor, and all but one come up again."""
    now = service.clock.now()
    queued = select(Publication.post_id).where(col(Publication.state).in_(WAITING))
    with reading(service.engine) as session:
        free = select(Post.key).where(Post.state == Editorial.APPROVED, col(Post.id).not_in(queued))
        keys = session.exec(free.order_by(Post.key).limit(TO_APPROVE)).all()
    with writing(service.engine) as session:
        for key in keys:
            give_back(session, key, APPROVER, "Xin bổ sung số điện thoại hỗ trợ để bà con tiện hỏi.", now)
    submissions(service, settings).submit(list(keys[1:]), EDITOR, now=now, accept_warnings=True)
