"""What went wrong on a platform, named by what to do next.

    ConnectorError
     ├─ Rejected        the platform read it and said no: a person fixes the content
     ├─ Reconnect       the access is gone: refresh once if that is possible, else a person connects again
     ├─ Misconfigured   the app, a permission or a setting is wrong: the IT person mends it
     ├─ Blocked         the platform blocked the account: stop this channel for long
     ├─ Limited         too many calls or a quota is used up: nothing was created, wait until a known time
     │   └─ LimitedWork   only of this kind of work (uploads, broadcasts): what else the channel does goes on
     │       └─ OverBudget  our own count says so, before anything was sent
     ├─ Unavailable     surely not done (refused before it was sent, or only read): safe to try again
     └─ Unconfirmed     it was sent and no trustworthy answer came back: look before anything is sent again

    Unsupported         our own planning error: this connector cannot do that (never raised by a platform)

A connector raises exactly one of these, or something nobody classified; the scheduler treats the
unclassified as `Unconfirmed`, because unknown must mean *look*, not *retry*.

Each platform has one place that turns a parsed code into a class, with the section of its fact sheet
beside it. Nothing here or there decides by searching in a text.
"""

from datetime import datetime, timedelta


class ConnectorError(Exception):
    """An answer of a platform that is not success.

    `words`     one Vietnamese sentence for staff, without any secret
    `code`      the platform's own code, such as "190/463" or "-216"; empty when there was none
    `section`   where the fact sheet defines it, such as "facebook 6.2"
    `evidence`  what was seen, shortened and redacted, for the engineer
    """

    def __init__(self, words: str, *, code: str = "", section: str = "", evidence: str = "") -> None:
        super().__init__(words)
        self.words = words
        self.code = code
        self.section = section
        self.evidence = evidence[:500]

    def __str__(self) -> str:
        mark = f" [{self.code}]" if self.code else ""
        return f"{self.words}{mark}"


class Rejected(ConnectorError):
    """The platform refused this content. Trying again without a change is useless."""


class Reconnect(ConnectorError):
    """The access token is dead.

    `refresh_first` is true where one refresh may revive it and the refused request did nothing
    (Zalo -216/-220, Google 401); the scheduler then refreshes once and tries again.
    """

    def __init__(
        self,
        words: str,
        *,
        refresh_first: bool = False,
        code: str = "",
        section: str = "",
        evidence: str = "",
    ) -> None:
        super().__init__(words, code=code, section=section, evidence=evidence)
        self.refresh_first = refresh_first


class Misconfigured(ConnectorError):
    """The app, its permissions, a role or one of our settings is wrong."""


class _UntilError(ConnectorError):
    def __init__(self, words: str, *, until: datetime, code: str = "", section: str = "", evidence: str = "") -> None:
        super().__init__(words, code=code, section=section, evidence=evidence)
        self.until = until


class Blocked(_UntilError):
    """The account may not publish until `until` (aware UTC) at the earliest; never hammer."""


class Limited(_UntilError):
    """A limit was reached and the request was refused: nothing was created. Wait until `until` (aware UTC)."""


class LimitedWork(Limited):
    """Only this kind of work has to wait, not the channel: its uploads or broadcasts of the day are used up."""


class OverBudget(LimitedWork):
    """Our own count says that a budget is used up; nothing was sent. `budget` is its name."""

    def __init__(self, budget: str, *, until: datetime, words: str = "") -> None:
        words = words or "Đã dùng hết phần hạn mức dành cho việc này; hệ thống sẽ tiếp tục khi có hạn mức mới."
        super().__init__(words, until=until, code=f"budget/{budget}")
        self.budget = budget


class Unavailable(ConnectorError):
    """Surely not done: safe to repeat after a pause (`retry_after`, when the platform named one)."""

    def __init__(
        self,
        words: str,
        *,
        retry_after: timedelta | None = None,
        code: str = "",
        section: str = "",
        evidence: str = "",
    ) -> None:
        super().__init__(words, code=code, section=section, evidence=evidence)
        self.retry_after = retry_after


class Unconfirmed(ConnectorError):
    """Sent, and no trustworthy answer came back. It may have happened."""


class Unsupported(Exception):
    """This connector cannot do that; a planning error, found before anything is scheduled."""

    def __init__(self, platform: str, feature: str) -> None:
        super().__init__(f"{platform} không hỗ trợ: {feature}.")
        self.platform = platform
        self.feature = feature
