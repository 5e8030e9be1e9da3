"""A platform on paper: a whole connector whose posts lie in memory, with faults on demand.

For benchmarks that measure the queue and the calendar over a long time, where sockets would only be waited for. The
connectors themselves are measured and tested against the sandbox.
"""

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import ClassVar

import requests
from pydantic import BaseModel

from connectors import CONNECTORS
from connectors.base import (
    Account,
    Capabilities,
    Connected,
    Connector,
    Consent,
    Figure,
    Finding,
    Found,
    Kind,
    Metric,
    NotThere,
    Outgoing,
    Problem,
    Published,
    Receipt,
    Saved,
    Step,
)
from connectors.errors import ConnectorError, Reconnect, Unavailable, Unconfirmed

NAME = "giay"
CONNECTORS[NAME] = "benchmarks.paper:PaperChannel"
"""Known to this process only."""


@dataclass(frozen=True, slots=True)
class Public:
    """One post as the public sees it: on which account, of which item of the queue, since when."""

    account: str
    key: str
    title: str
    at: datetime


@dataclass
class World:
    """What is public, and what goes wrong next: (account, fault) with fault lost, refused or dead."""

    public: list[Public] = field(default_factory=list)
    faults: dict[str, deque[str]] = field(default_factory=dict)
    dead: set[str] = field(default_factory=set)
    """Accounts whose access is dead until a person renews it."""
    calls: int = 0

    def next_fault(self, account: str) -> str:
        """The fault that the next public call on this account meets; "" for none."""
        waiting = self.faults.get(account)
        return waiting.popleft() if waiting else ""


WORLD = World()


class PaperChannel(Connector):
    """One account on paper."""

    class Settings(BaseModel):
        """Nothing to set."""

    class Options(BaseModel):
        """Nothing to choose."""

    capabilities: ClassVar[Capabilities] = Capabilities(
        platform=NAME,
        label="Giấy",
        kinds=frozenset({Kind.TEXT, Kind.LINK, Kind.IMAGE, Kind.ALBUM, Kind.VIDEO}),
        text_max=20_000,
        text_unit="characters",
        title_max=200,
        summary_max=250,
        images_max=10,
        image_bytes_max=0,
        image_types=(),
        video_bytes_max=0,
        video_types=(),
        needs_public_media=False,
        prepare_ahead=timedelta(hours=6),
        looks=(timedelta(seconds=30), timedelta(minutes=2), timedelta(minutes=10)),
        metrics=(Metric.VIEWS,),
    )

    @classmethod
    def begin_consent(cls, settings: BaseModel, *, redirect_uri: str, state: str, verifier: str) -> Consent:
        """Nobody is asked."""
        raise NotImplementedError

    @classmethod
    def finish_consent(
        cls, settings: BaseModel, consent: Consent, answer: Mapping[str, str], *, now: datetime, http: requests.Session
    ) -> list[Connected]:
        """Nobody is asked."""
        raise NotImplementedError

    def health(self, *, now: datetime) -> list[Finding]:
        """Whether the access lives."""
        self._ask()
        return [Finding("access", True, "Mã truy cập còn hiệu lực.")]

    def check(self, outgoing: Outgoing) -> list[Problem]:
        """Everything fits on paper."""
        return []

    def prepare(self, outgoing: Outgoing, saved: Saved, *, now: datetime) -> Step:
        """Remember that it was prepared."""
        self._ask()
        return Step({"prepared": outgoing.key}, ready=True)

    def publish(self, outgoing: Outgoing, saved: Saved, *, now: datetime) -> Published:
        """Make it public, unless a fault is waiting; a lost answer is lost after the post was taken."""
        self._ask()
        account = self.account.external_id
        fault = WORLD.next_fault(account)
        if fault == "refused":
            raise Unavailable("Nền tảng bận.", code="paper/busy")
        WORLD.public.append(Public(account, outgoing.key, outgoing.title, now))
        if fault == "lost":
            raise Unconfirmed("Không có trả lời.", code="paper/lost")
        return Receipt(f"{account}-{len(WORLD.public)}", f"https://giay.example/{len(WORLD.public)}", now)

    def find(self, outgoing: Outgoing, saved: Saved, *, since: datetime, known: frozenset[str], now: datetime) -> Found:
        """By the key that the post bears."""
        self._ask()
        for place, one in enumerate(WORLD.public, 1):
            if one.account == self.account.external_id and one.key == outgoing.key:
                return Receipt(f"{one.account}-{place}", f"https://giay.example/{place}", one.at)
        return NotThere()

    def read_posts(self, external_ids: Sequence[str], *, now: datetime) -> list[Figure]:
        """Each post has as many views as its number."""
        self._ask()
        return [self._figure(one, int(one.rpartition("-")[2])) for one in external_ids]

    def read_channel(self, *, now: datetime) -> list[Figure]:
        """Nothing is told of the account."""
        self._ask()
        return []

    @staticmethod
    def _figure(ref: str, value: int) -> Figure:
        return Figure(ref, Metric.VIEWS, value, "views", "1", "")

    def _ask(self) -> None:
        """One call; raises `Reconnect` while the access is dead."""
        WORLD.calls += 1
        if self.account.external_id in WORLD.dead:
            raise self._reconnect()

    @staticmethod
    def _reconnect() -> ConnectorError:
        return Reconnect("Mã truy cập đã hết hạn; hãy kết nối lại kênh.", code="paper/dead")


def account(number: int) -> Account:
    """The account of that number."""
    return Account(f"giay-{number}", f"Kênh giấy {number}")
