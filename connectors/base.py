"""The contract between the scheduler and a platform: what goes out, what comes back, and when.

A connector speaks HTTP to one account on one platform. It knows no tables, no campaign and no clock:
`now` is given to it (aware UTC), and so is everything an earlier try left behind (`saved`). What follows a
public post (`Part`: a first comment, a broadcast, new words) goes the same way as the post itself.

    check      problems a person can fix, before anything is scheduled; nothing is ever cut silently
    prepare    one safe step towards "only one small call is left"; the scheduler stores what it returns,
               then calls again until it says `ready`
    publish    the one call that makes it public
    find       is it there? asked whenever an answer was lost, before anything is sent again
    read_*     figures, many posts in few calls; what the platform does not tell is None, never 0; the answers that
               they were made of go into `transcript`, by an allow-list
    list_published   what stands on the channel now, whoever put it there; for an audit

**One step, one call, one record.** `prepare` makes at most one call that changes something and returns
at once with what must not be forgotten (an upload session, a photo's id, "the last byte is about to be
sent"). The scheduler commits that before it calls again, so a process that dies between any two steps
goes on from the last one. For the same reason a connector never loops, never retries and never sleeps.

After the call that makes it public was sent, `prepare` and `publish` are not called again until `find`
has answered `NotThere` at every time in `Capabilities.looks`.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import ClassVar

import requests
from pydantic import BaseModel

from connectors.errors import Unsupported
from connectors.measuring import ByHand, DefinitionBreak, Figure, Metric
from connectors.meter import Budget, Meter
from connectors.transcript import Transcript
from connectors.values import (
    Accepted,
    Account,
    Capabilities,
    Connected,
    Consent,
    Credentials,
    Finding,
    Found,
    Kind,
    Listed,
    Look,
    Media,
    NotThere,
    Outgoing,
    Part,
    Problem,
    Published,
    Receipt,
    Saved,
    Step,
    Unclear,
    Unit,
)

__all__ = [
    "Accepted",
    "Account",
    "Budget",
    "ByHand",
    "Capabilities",
    "Connected",
    "Connector",
    "Consent",
    "Credentials",
    "DefinitionBreak",
    "Figure",
    "Finding",
    "Found",
    "Kind",
    "Listed",
    "Look",
    "Media",
    "Meter",
    "Metric",
    "NotThere",
    "Outgoing",
    "Part",
    "Problem",
    "Published",
    "Receipt",
    "Saved",
    "Step",
    "Unclear",
    "Unit",
]


class Connector(ABC):
    """One account on one platform. Build it for one piece of work and throw it away.

    Every ability that is not declared refuses: not overriding a method *is* the statement "cannot".
    """

    capabilities: ClassVar[Capabilities]
    Settings: ClassVar[type[BaseModel]]
    """Addresses (default: the real ones), app id and secret, time-outs, and what the sheets mark unverified."""
    Options: ClassVar[type[BaseModel]]
    """What staff choose per channel or per post: a category, an author, "made for kids"."""

    def __init__(
        self,
        settings: BaseModel,
        account: Account,
        credentials: Credentials,
        http: requests.Session,
        meter: Meter | None = None,
    ) -> None:
        self.settings = settings
        self.account = account
        self.credentials = credentials
        self.http = http
        self.meter = meter or Meter()
        """Every call that counts is told to it before it is sent."""
        self.transcript = Transcript()
        """The answers that figures were made of, as far as they may be kept."""

    @classmethod
    def budgets(cls, settings: BaseModel) -> tuple[Budget, ...]:
        """The limits that are counted on our side."""
        return ()

    # Connecting an account -----------------------------------------------------------------------------

    @classmethod
    @abstractmethod
    def begin_consent(cls, settings: BaseModel, *, redirect_uri: str, state: str, verifier: str) -> Consent:
        """The address at which a person grants access. `verifier` is a PKCE verifier of 43 characters."""

    @classmethod
    @abstractmethod
    def finish_consent(
        cls,
        settings: BaseModel,
        consent: Consent,
        answer: Mapping[str, str],
        *,
        now: datetime,
        http: requests.Session,
    ) -> list[Connected]:
        """Exchange what came back to `redirect_uri` (its query, as a mapping) for the accounts granted.

        Raises `Misconfigured` when `state` differs or the answer is a refusal.
        """

    @classmethod
    def adopt(
        cls, settings: BaseModel, pasted: Mapping[str, str], *, now: datetime, http: requests.Session
    ) -> list[Connected]:
        """Accounts reachable with tokens a person pasted, keyed as in `Credentials.values`."""
        raise Unsupported(cls.capabilities.label, "dán mã truy cập có sẵn")

    def refresh(self, *, now: datetime) -> Credentials:
        """New credentials. The scheduler commits them before anything else uses them."""
        raise Unsupported(self.capabilities.label, "làm mới mã truy cập")

    def probe(self, *, now: datetime) -> Account:
        """The account that the access token belongs to. Only where a refresh rotates the pair, so that after a lost
        answer somebody can find out whether the old token lives. Raises `Reconnect` when it does not."""
        raise Unsupported(self.capabilities.label, "hỏi lại mã truy cập")

    def health(self, *, now: datetime) -> list[Finding]:
        """What works, what expires when, what is missing, and what to do. Raises a `ConnectorError` when the access
        does not work at all."""
        raise Unsupported(self.capabilities.label, "kiểm tra kết nối")

    def prove(self, option: str, *, now: datetime) -> list[Finding]:
        """Try out one of `Capabilities.proven_options` on this very channel and clean up; passed when all is ok.

        Asked for by a person, who was told what the public may see meanwhile. Raises a `ConnectorError`.
        """
        raise Unsupported(self.capabilities.label, f"kiểm chứng {option}")

    # Publishing ----------------------------------------------------------------------------------------

    @abstractmethod
    def check(self, outgoing: Outgoing) -> list[Problem]:
        """Everything the platform would refuse, without asking it. Pure: no network, no clock."""

    def next_open(self, part: Part, at: datetime) -> datetime:
        """The first moment from `at` on (aware) at which the platform takes this part: quiet hours. Pure."""
        return at

    def costs(self, outgoing: Outgoing) -> Mapping[str, int]:
        """Units of the budgets of a day or a month that this uses up when all goes well, by the budget's name. Pure."""
        return {}

    @abstractmethod
    def prepare(self, outgoing: Outgoing, saved: Saved, *, now: datetime) -> Step:
        """Take one safe step. Whatever it creates is invisible to the public.

        `saved` may stem from older words or pictures of the same post, or be older than `good_until`: the
        connector compares, keeps what still holds and makes the rest anew.
        """

    @abstractmethod
    def publish(self, outgoing: Outgoing, saved: Saved, *, now: datetime) -> Published:
        """The one call that makes it public."""

    @abstractmethod
    def find(self, outgoing: Outgoing, saved: Saved, *, since: datetime, known: frozenset[str], now: datetime) -> Found:
        """Look for what may have been published since `since`; `known` ids belong to other publications."""

    def withdraw(self, external_id: str, *, now: datetime) -> None:
        """Take it down. Already gone is success."""
        raise Unsupported(self.capabilities.label, "gỡ bài")

    # Figures -------------------------------------------------------------------------------------------

    @abstractmethod
    def read_posts(self, external_ids: Sequence[str], *, now: datetime) -> list[Figure]:
        """The figures of these posts. A post the platform does not know any more has no figures."""

    @abstractmethod
    def read_channel(self, *, now: datetime) -> list[Figure]:
        """The figures of the account itself (`ref` is empty)."""

    # Auditing ------------------------------------------------------------------------------------------

    def list_published(self, *, since: datetime, until: datetime, now: datetime) -> list[Listed]:
        """Every public post whose time, as the platform tells it, lies in [since, until); nothing hidden.

        The time may be that of the upload or of the last change. Pages are bounded: raises `Rejected` when
        the list is longer, because a part of it must not pass for the whole.
        """
        raise Unsupported(self.capabilities.label, "liệt kê bài đã đăng")
