"""What the list of posts is asked for: it stands in the address, so that a list can be sent to a colleague."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from sqlalchemy import Text, cast
from sqlmodel import col, select
from starlette.datastructures import QueryParams

from connectors.base import Part
from content.checks import FORMS
from content.editorial import STATE_WORDS
from content.search import Facts
from content.tables import Editorial, Post
from content.tags import FORM, LONGEST, tag_words
from scheduler.lifecycle import OPEN, State
from scheduler.tables import Publication
from web import asking
from web.campaigns import Offer
from web.plans import Words
from web.roles import Permission, Person
from web.words import Say, say

PAGE_MOST = 100_000
QUEUE_WORDS = {"chua": "Chưa từng đăng", "cho": "Đang trong hàng chờ"}
KIND_WORDS = {"dung-lai": "Dùng lại được", "mot-lan": "Chỉ đăng một lần", "nhay-cam": "Nhạy cảm"}


class Chosen(NamedTuple):
    """A filter as words, and the address of the list without it."""

    words: Say
    address: str


@dataclass(frozen=True)
class Asked:
    """The words, the filters, the page and the view; the names are those in the address."""

    tim: str = ""
    noi_dung: str = ""
    hinh_thuc: str = ""
    trang_thai: str = ""
    nen_tang: str = ""
    co_quan: str = ""
    dang: str = ""
    loai: str = ""
    nhan: str = ""
    chien_dich: str = ""
    xem: str = ""
    trang: int = 1

    @classmethod
    def of(cls, query: QueryParams, words: Words, campaigns: Sequence[Offer] = ()) -> "Asked":
        """What the plan, the platforms, the campaigns and the states do not know is not asked for."""
        return cls(
            tim=asking.words(query, "tim"),
            noi_dung=asking.one_of(query, "noi_dung", words.topics),
            hinh_thuc=asking.one_of(query, "hinh_thuc", FORMS),
            trang_thai=asking.one_of(query, "trang_thai", set(Editorial)),
            nen_tang=asking.one_of(query, "nen_tang", words.platforms),
            co_quan=asking.one_of(query, "co_quan", words.agencies),
            dang=asking.one_of(query, "dang", QUEUE_WORDS),
            loai=asking.one_of(query, "loai", KIND_WORDS),
            nhan=_tag(asking.words(query, "nhan", LONGEST)),
            chien_dich=asking.one_of(query, "chien_dich", {one.key for one in campaigns}),
            xem=asking.one_of(query, "xem", ("danh-sach",)),
            trang=asking.number(query.get("trang", ""), most=PAGE_MOST) or 1,
        )

    def facts(self, person: Person, campaigns: Sequence[Offer] = ()) -> Facts:
        """The same for the search, with what this person may see."""
        found: Facts = {
            "topic": self.noi_dung or None,
            "form": self.hinh_thuc or None,
            "state": self.trang_thai or None,
            "platform": self.nen_tang or None,
            "agency": self.co_quan or None,
            "theirs": seen_by(person),
            "campaign_id": next((one.id for one in campaigns if one.key == self.chien_dich), None),
        }
        if self.loai:
            found |= {"sensitive": True} if self.loai == "nhay-cam" else {"evergreen": self.loai == "dung-lai"}
        if self.dang == "chua":
            found["beyond"] = select(Publication.post_id).where(
                col(Publication.state).in_((State.PUBLISHED, State.WITHDRAWN))
            )
        elif self.dang == "cho":
            found["among"] = select(Publication.post_id).where(
                col(Publication.state).in_(OPEN), Publication.part == Part.POST
            )
        if self.nhan:
            # the office's posts are a few thousand, and a tag has no letter that JSON would write otherwise
            tagged = select(Post.id).where(cast(col(Post.tags), Text).contains(f'"{self.nhan}"'))
            queued = found.get("among")
            found["among"] = tagged if queued is None else tagged.where(col(Post.id).in_(queued))
        return found

    def address(self, path: str = "/thu-vien", **changes: Any) -> str:
        """The list with these changes, from its first page unless a page is told."""
        facts = vars(replace(self, trang=1)) | changes
        return asking.address(path, **{name: value for name, value in facts.items() if value != 1})

    def toggled(self, name: str, value: str) -> str:
        """The list with this value, or without it where it is chosen."""
        return self.address(**{name: "" if getattr(self, name) == value else value})

    def chosen(self, words: Words, campaigns: Sequence[Offer] = ()) -> Iterator[Chosen]:
        """Every filter that is on."""
        known = (
            ("noi_dung", words.topics),
            ("hinh_thuc", FORMS),
            ("trang_thai", {str(state): told for state, told in STATE_WORDS.items()}),
            ("nen_tang", words.platforms),
            ("co_quan", words.agencies),
            ("dang", QUEUE_WORDS),
            ("loai", KIND_WORDS),
            ("nhan", {self.nhan: tag_words(self.nhan)}),
            ("chien_dich", {one.key: one.name for one in campaigns}),
        )
        for name, told in known:
            if value := getattr(self, name):
                yield Chosen(say(told[value]), self.address(**{name: ""}))
        if self.tim:
            yield Chosen(say("“{words}”", words=self.tim), self.address(tim=""))


def _tag(text: str) -> str:
    """A tag as posts have it, or ""."""
    return text if FORM.fullmatch(text) else ""


def seen_by(person: Person) -> tuple[str, str] | None:
    """Whose posts the search is narrowed to (`Person.sees`); None: all."""
    return None if person.may(Permission.READ) else (person.name, person.agency)
