"""The only way for staff to put a post before the approver, and to approve it: everything is checked first.

Decide, then do. What is wrong with the words is decided from values (`content.checks`), what a platform would
refuse by its connector's own limits; then `content.editorial` makes the one change of state, bound to the very
content that was checked. Errors and places to fill in refuse. Warnings refuse too, until somebody says that they
are meant so; that is written into the post's history, with what was accepted and by whom.

Approving asks again rather than only printing: a decree may have expired since the submission, another post with
the same words may have gone out, and whoever approves is the last to look. Printed below "approved" it would be
read too late.
"""

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Engine
from sqlalchemy import select as sql
from sqlmodel import Session, col, select

from connectors import CONNECTORS, connector_class
from connectors.base import Credentials, Outgoing, Part, Problem
from content import editorial
from content.checks import AssetPlace, Drawn, Earlier, Finding, by_grade, check, tell
from content.checks.duplicates import DAYS
from content.checks.values import Grade
from content.drawings import COVER_SIZE, IMAGE_SIZE, drawn_in, has_drawn_name, name_of
from content.errors import ContentError
from content.plan import Plan, active_plan
from content.postfile import drawn_of
from content.series import find_series_faults
from content.standing import Step
from content.store import AssetStore
from content.tables import Post
from content.vietnamese import local_day
from scheduler.access import Platforms
from scheduler.channels import OFF
from scheduler.compose import Placed, compose_of, placed_in, problems
from scheduler.db import reading, writing
from scheduler.lifecycle import OPEN, State
from scheduler.tables import Channel, Publication

ACCEPT = "--accept-warnings"
ACCEPTED = "Chấp nhận cảnh báo"
_ASSETS = {"images": "assets", "video": "assets", "cover": "assets", "tags": "hashtags"}
_SHARED = {"title": "title", "text": "body"}
"""What a platform takes from the post itself where it has no words of its own."""
_UNREAD = (
    "không đọc được chữ trong ảnh vẽ ({names}) vì tệp của bài không còn ở thư mục thư viện; hãy nạp lại thư viện "
    "(bài lấy từ bảng thì nhập lại bảng) rồi trình lại."
)
_ADDRESS = "https://media.example.gov.vn/"
"""Stands for the public address of a picture: whether the server shows it is no fault of the post, and the queue asks
that again."""


def _address(name: str) -> str:
    return f"{_ADDRESS}{name}"


@dataclass(frozen=True)
class _Desk:
    """What all posts of one decision are held against."""

    plan: Plan
    earlier: Sequence[Earlier]
    now: datetime


@dataclass(frozen=True)
class Fitted:
    """A post as one channel would send it; `outgoing` is None, with the reason, where it cannot be put together.

    A platform that nobody has connected yet is stood in for by a channel that is not stored.
    """

    channel: Channel
    outgoing: Outgoing | None
    words: str = ""


@dataclass(frozen=True)
class Seen:
    """What was found about a post, and how it would go out."""

    findings: list[Finding]
    fitted: list[Fitted]


class NotReady(ContentError):
    """Posts that were not let through, with everything that was found. `findings` is by the post's key."""

    def __init__(self, act: str, findings: dict[str, list[Finding]]) -> None:
        self.findings = findings
        super().__init__("\n".join(_refusal(act, findings)))


@dataclass(frozen=True)
class Submissions:
    """What it takes to check a post against everything.

    `library` is where the posts' own files are; only pictures from before their words were kept are read from there.
    """

    engine: Engine
    store: AssetStore
    platforms: Platforms
    library: Path | None = None

    def findings(self, session: Session, post: Post, *, now: datetime, beside_others: bool = True) -> list[Finding]:
        """Everything to mend, to fill in or to think about, now (aware UTC). Changes nothing.

        Without `beside_others` the post is not held against what was posted lately, which reads all of that.
        """
        earlier = recent_posts(session, now) if beside_others else []
        desk = _Desk(active_plan(session), earlier, now)
        return self._look(session, post, placed_in(session, post), desk).findings

    def look(self, session: Session, post: Post, placed: Placed, *, now: datetime, plan: Plan | None = None) -> "Seen":
        """The findings of a post with these files, stored or not, and how each channel would send it.

        Changes nothing. `plan`: the active one, where it was read already.
        """
        return self._look(session, post, placed, _Desk(plan or active_plan(session), recent_posts(session, now), now))

    def submit(
        self,
        keys: Sequence[str],
        by: str,
        *,
        now: datetime,
        accept_warnings: bool = False,
        shown: str = "",
        seen: Mapping[str, str] | None = None,
    ) -> None:
        """Put posts before the approver, all or none. Raises `NotReady` or another `ContentError`.

        A page tells what it showed: `seen` is the content hash of each post, `shown` the mark (`mark_of`) of the
        warnings that are accepted with it.
        """

        def do(session: Session, post: Post, reason: str) -> None:
            told = (seen or {}).get(post.key, post.content_hash)
            editorial.submit(session, post.key, by, now, reason=reason, seen=told)

        self._go("trình duyệt", keys, editorial.submittable, do, now=now, accept_warnings=accept_warnings, shown=shown)

    def approve(
        self,
        keys: Sequence[str],
        by: str,
        *,
        now: datetime,
        accept_warnings: bool = False,
        shown: str = "",
        seen: Mapping[str, str] | None = None,
        expected: Step | None = None,
        level: int = 2,
        behalf: str = "",
        urgent: str = "",
    ) -> dict[str, Step]:
        """Say yes to posts exactly as they are now, all or none; what that meant for each (`editorial.approve`).

        A page tells what it showed: `seen` is the content hash of each post, `expected` the step, `shown` the mark
        (`mark_of`) of the warnings that are accepted with it. Raises `NotReady` or another `ContentError`.
        """
        steps: dict[str, Step] = {}

        def may(session: Session, key: str) -> Post:
            told = (seen or {}).get(key, "")
            return editorial.approvable(session, key, by, level=level, behalf=behalf, urgent=bool(urgent), seen=told)

        def do(session: Session, post: Post, reason: str) -> None:
            steps[post.key] = editorial.approve(
                session, post.key, by, now, level=level, behalf=behalf, urgent=urgent, reason=reason,
                seen=post.content_hash, expected=expected,
            )  # fmt: skip

        self._go("duyệt", keys, may, do, now=now, accept_warnings=accept_warnings, shown=shown)
        return steps

    def _go(
        self,
        act: str,
        keys: Sequence[str],
        may: Callable[[Session, str], Post],
        do: Callable[[Session, Post, str], None],
        *,
        now: datetime,
        accept_warnings: bool,
        shown: str = "",
    ) -> None:
        """Look at all posts while reading, then move all of them in one short writing transaction."""
        with reading(self.engine) as session:
            # in one order, so that two who decide about many never wait for each other
            posts = [may(session, key) for key in sorted(set(keys))]
            desk = _Desk(active_plan(session), recent_posts(session, now), now)
            found = {post.key: self._look(session, post, placed_in(session, post), desk).findings for post in posts}
        refused = {
            key: findings
            for key, findings in found.items()
            if any(one.blocks for one in findings)
            or (findings and not accept_warnings)
            or (findings and shown and mark_of(accepted(findings)) != shown)
        }
        if refused:
            raise NotReady(act, refused)
        with writing(self.engine) as session:
            for post in posts:
                do(session, post, accepted(found[post.key]))

    def _look(self, session: Session, post: Post, placed: Placed, desk: "_Desk") -> "Seen":
        drawn, unread = self._drawn(post, placed)
        found = check(
            post,
            [AssetPlace(use.role, use.alt, asset.name) for use, asset in _in_roles(placed)],
            desk.plan,
            drawn=drawn,
            earlier=desk.earlier,
            today=local_day(desk.now),
        )
        fitted = list(self._fitted(session, post, placed, desk.now))
        limits = self._limits(post, fitted)
        series = find_series_faults(session, post)
        return Seen(list(dict.fromkeys([*unread, *found, *series, *limits])), fitted)

    def _drawn(self, post: Post, placed: Placed) -> tuple[list[Drawn], list[Finding]]:
        """The words in the post's pictures, as they stand in the stored pixels, and a finding for those not known.

        Rows from before the words were kept have them only in the library's files, as long as those can be read.
        """
        rows = [(use.drawn, asset.name) for use, asset in _in_roles(placed)]
        drawn = [drawn_in(facts) for facts, _ in rows if facts]
        old = sorted({name for facts, name in rows if facts is None and has_drawn_name(name)})
        if old:
            read = drawn_of(self.library / post.file) if self.library and post.file else []
            drawn += read
            known = {name_of(Path(one.file).stem, size) for one in read for size in (IMAGE_SIZE, COVER_SIZE)}
            old = [name for name in old if name not in known]
        return list(dict.fromkeys(drawn)), [Finding("assets", _UNREAD.format(names=", ".join(old)))] if old else []

    def _fitted(self, session: Session, post: Post, placed: Placed, now: datetime) -> Iterator["Fitted"]:
        """The post as each connected channel of its platforms would send it, or the platform's stand-in."""
        known = [platform for platform in post.platforms if platform in CONNECTORS]
        rows = session.exec(
            select(Channel).where(col(Channel.platform).in_(known), Channel.state != OFF).order_by(col(Channel.id))
        ).all()
        for platform in known:
            channels = [one for one in rows if one.platform == platform] or [stand_in(platform, now)]
            for channel in channels:
                try:
                    yield Fitted(
                        channel,
                        compose_of(self.store, lambda name: f"{_ADDRESS}{name}", post, placed, channel, "check"),
                    )
                except ContentError as error:
                    yield Fitted(channel, None, error.words)

    def _limits(self, post: Post, fitted: Sequence["Fitted"]) -> Iterator[Finding]:
        """What the platforms would refuse: on each connected channel, or by the platform's declared limits."""
        for platform in post.platforms:
            if platform not in CONNECTORS:
                known = ", ".join(CONNECTORS)
                yield Finding("platforms", f"không có nền tảng “{platform}”; hãy chọn trong: {known}.")
        for one in fitted:
            if one.outgoing is None:
                yield Finding("assets", one.words)
                continue
            connector = self.platforms.open(one.channel, Credentials({}))
            for problem in problems(one.outgoing, post, connector, one.channel):
                yield Finding(_field(post, one.channel.platform, problem), problem.words, problem.blocks)


def _in_roles(placed: Placed) -> Placed:
    return sorted(placed, key=lambda one: (one[0].role, one[0].position))


def accepted(findings: Sequence[Finding]) -> str:
    """The words that go into the history when warnings were accepted; "" when there was nothing to accept."""
    warnings = by_grade(findings, Grade.WARNING)
    told = " ".join(f"{one.field}: {one.words}" for one in warnings)
    return f"{ACCEPTED} ({len(warnings)}): {told}" if warnings else ""


def mark_of(words: str) -> str:
    """A short mark of what `accepted` told, for a page to send back: nobody accepts a warning they were not shown."""
    return hashlib.sha256(words.encode()).hexdigest()[:32] if words else ""


def recent_posts(session: Session, now: datetime) -> list[Earlier]:
    """Each post that is public since the last `DAYS` days or still to come, once, at its latest time."""
    # columns, not whole rows: the composer asks at every pause in writing
    statement = sql(
        *(col(Post.key), col(Post.title), col(Post.body), col(Post.variants)),
        *(col(Publication.published_at), col(Publication.due_at), col(Publication.state), col(Channel.key)),
    )
    rows = session.execute(
        statement.where(
            col(Publication.post_id) == col(Post.id),
            col(Publication.channel_id) == col(Channel.id),
            col(Publication.part) == Part.POST,
            col(Publication.due_at) >= now - timedelta(days=DAYS),
            col(Publication.state).in_(OPEN | {State.PUBLISHED}),
        ).order_by(col(Publication.due_at))
    )
    return list({row[0]: _earlier(*row) for row in rows}.values())


def _earlier(
    key: str, title: str, body: str, variants: dict[str, dict[str, Any]], published: datetime | None, due: datetime,
    state: str, channel: str,
) -> Earlier:  # fmt: skip
    texts = (body, *(str(one["text"]) for one in variants.values() if one.get("text")))
    return Earlier(key, title, texts, published or due, channel, state == State.PUBLISHED)


def stand_in(platform: str, now: datetime) -> Channel:
    """A channel nobody has connected yet: the platform's declared limits, and no options. Never stored."""
    name = connector_class(platform).capabilities.label
    return Channel(key=platform, platform=platform, external_id="", name=name, options={}, created_at=now)


def _field(post: Post, platform: str, problem: Problem) -> str:
    """The name in the post's file of what a connector found fault with."""
    name = _ASSETS.get(problem.field, problem.field)
    if name in ("assets", "hashtags", "platforms", "form"):
        return name
    own = post.variants.get(platform, {})
    if name in _SHARED and not own.get(name):
        return _SHARED[name]
    if name == "link" and not own.get("link"):
        return "source_url"  # where the link of a shared article comes from
    known = name in _SHARED or name in ("summary", "link", "first_comment", "options")
    return f"variants.{platform}.{name}" if known else f"variants.{platform}.options.{name}"


def _refusal(act: str, findings: dict[str, list[Finding]]) -> Iterator[str]:
    for key, found in findings.items():
        yield f"{key}: chưa {act} được."
        yield from tell(found)
    if not any(one.blocks for found in findings.values() for one in found):
        yield f"Nếu các điểm cần xem lại là có chủ ý, hãy làm lại lệnh và thêm {ACCEPT}."
