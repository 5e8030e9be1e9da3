"""What an approver's page shows of one post: what goes out where, what changed, what was done with it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from connectors import CONNECTORS, connector_class
from content.differences import Kind, Piece
from content.errors import ContentError
from content.exchange.columns import Place, header_of, place_of_finding
from content.plan import active_plan
from content.revisions import SinceApproval, since_approval
from content.tables import Post
from scheduler.channels import OFF
from scheduler.compose import compose
from scheduler.parts import comment_of
from scheduler.submission import stand_in
from scheduler.tables import Channel
from web.house import House
from web.roles import Person
from web.rooms.approvals.reading import Waiting, next_key, told
from web.stories import Story, of_review

HISTORY_MOST = 60
AROUND = 140
"""Letters that are shown beside a change."""


@dataclass(frozen=True, slots=True)
class Sent:
    """What really goes out on one platform. `title` and `text` are "" where they are the post's own."""

    platform: str
    title: str = ""
    text: str = ""
    summary: str = ""
    link: str = ""
    comment: str = ""
    problem: str = ""
    """Why it cannot be put together."""

    @property
    def is_the_same(self) -> bool:
        """Whether the platform shows the post's own words and nothing else."""
        return not (self.title or self.text or self.summary or self.comment or self.problem)


@dataclass(frozen=True, slots=True)
class Sheet:
    """Everything the page shows."""

    one: Waiting
    sent: tuple[Sent, ...]
    since: SinceApproval | None
    history: tuple[Story, ...]
    """Newest first."""
    topic: str
    audiences: tuple[str, ...]
    agency: str
    following: str
    """The key of the next post that waits for this person."""


def sheet_of(house: House, session: Session, someone: Person, post: Post) -> Sheet:
    """Read everything about the post."""
    now, plan = house.now(), active_plan(session)
    [one] = told(session, someone, [post], now)
    topic = plan.topic(post.topic)
    names = {one.code: one.label for one in plan.audiences}
    return Sheet(
        one,
        tuple(_sent(house, session, post, now)),
        since_approval(session, post),
        tuple(of_review(row, post.key) for row in reversed(one.reviews[-HISTORY_MOST:])),
        f"{topic.letter}) {topic.label}" if topic else post.topic,
        tuple(names.get(code, code) for code in post.audiences),
        next((one.name for one in plan.agencies if one.code == post.agency), post.agency),
        next_key(session, someone, now, but=post.key),
    )


def _sent(house: House, session: Session, post: Post, now: datetime) -> Iterator[Sent]:
    """The post as the queue would send it, once for each of its platforms."""
    rows = select(Channel).where(col(Channel.platform).in_(post.platforms), Channel.state != OFF)
    channels = {one.platform: one for one in session.exec(rows.order_by(col(Channel.id).desc()))}
    for platform in post.platforms:
        if platform not in CONNECTORS:
            continue
        channel = channels.get(platform) or stand_in(platform, now)
        try:
            outgoing = compose(session, house.service.store, lambda _name: "", post, channel, "look")
        except ContentError as error:
            yield Sent(platform, problem=error.words)
            continue
        own = post.variants.get(platform, {})
        has_text = connector_class(platform).capabilities.text_max > 0
        yield Sent(
            platform,
            outgoing.title if outgoing.title != post.title and own.get("title") else "",
            outgoing.text if has_text and own.get("text") else "",
            outgoing.summary,
            outgoing.link,
            comment_of(post, platform),
        )


def field_words(field: str) -> str:
    """A field as a finding or a difference names it, as staff call it."""
    if not field.startswith("variants."):
        return header_of(place_of_finding(field))
    _, platform, name, *option = field.split(".", 3)
    label = connector_class(platform).capabilities.label if platform in CONNECTORS else platform
    words = header_of(Place(name, platform)).removeprefix(f"{platform}: ")
    return f"{label}: {words}" + (f" ({option[0]})" if option else "")


def around(pieces: Sequence[Piece]) -> Iterator[tuple[str, str]]:
    """The passages of a difference; of a long one that stays the same only what stands beside a change."""
    for place, piece in enumerate(pieces):
        text = piece.text
        if piece.kind is Kind.SAME and len(text) > 2 * AROUND:
            before = "" if place == 0 else text[:AROUND].rpartition(" ")[0]
            after = "" if place == len(pieces) - 1 else text[-AROUND:].partition(" ")[2]
            text = f"{before} … {after}"
        yield piece.kind.value, text
