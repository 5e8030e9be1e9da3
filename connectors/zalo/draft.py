"""The hidden article, made ahead of its hour, one call a step (zalo 2.3, 9.7).

What is saved between the steps: `video` (of a video article, see `Upload`), `digest` of the content,
`seen_before` and `started_at` (written before the article is created), `ticket` and `ticket_at` (Zalo's
token of the article being processed), `id`. A lost answer of `create` leaves at worst one more hidden
article, which nobody sees.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta

from connectors.base import Media, Outgoing, Saved, Step
from connectors.errors import Rejected, Unavailable, Unconfirmed
from connectors.zalo import article
from connectors.zalo.api import Api
from connectors.zalo.codes import MEDIA_FAILED, StillProcessing
from connectors.zalo.listing import Row, detail, find_row, first_ids, newest
from connectors.zalo.settings import Settings
from connectors.zalo.text import pictures_of, squeezed
from connectors.zalo.upload import Upload

FIRST_ASK = timedelta(seconds=4)
LAST_ASK = timedelta(seconds=60)
PATIENCE = timedelta(minutes=15)
"""How long a ticket is asked about before the list decides; how long it lives is unverified (zalo 2.3)."""
FRESH = timedelta(seconds=10)
"""A mark younger than this was written by the step just before: nothing has been sent yet."""
SETTLED = timedelta(seconds=60)
"""After this a created article is in the list (zalo 9.2)."""
LIST_PAGES = 3
_CLOCKS = timedelta(minutes=2)
"""How far Zalo's clock and ours may be apart (zalo 9.3)."""


class Draft:
    """One article on its way to "only the update to show is left"."""

    def __init__(self, api: Api, settings: Settings, oa_name: str, outgoing: Outgoing, *, now: datetime) -> None:
        self._api = api
        self._settings = settings
        self._outgoing = outgoing
        self._now = now
        self._kind = article.kind_of(outgoing)
        self._wanted = article.payload(outgoing, settings, oa_name, status="hide")
        self._digest = article.digest(self._wanted, outgoing)

    def step(self, saved: Saved) -> Step:
        """The next step from what was saved; changed content begins anew."""
        if saved.get("digest", self._digest) != self._digest:
            return self._anew(saved)
        if self._outgoing.video:
            video = saved.get("video") or {}
            if not video.get("id") or video["sha256"] != self._outgoing.video.sha256:
                return self._upload(self._outgoing.video, video)
            self._wanted["video_id"] = video["id"]
        if not saved.get("digest"):
            return self._begin(saved)
        if saved.get("id"):
            return self._check_again(saved)
        if saved.get("ticket"):
            return self._ask(saved)
        return self._create(saved)

    def _anew(self, saved: Saved) -> Step:
        """Forget the article. An uploaded video is kept, and asked about again: Zalo may have deleted it."""
        video = {name: value for name, value in (saved.get("video") or {}).items() if name != "id"}
        return self.step({"video": video} if video and self._outgoing.video else {})

    def _upload(self, media: Media, video: Saved) -> Step:
        step = Upload(self._api, media, now=self._now).step(video)
        return Step({"video": step.saved}, ready=False, again_after=step.again_after)

    def _begin(self, saved: Saved) -> Step:
        """Note what is in the list now, so that a lost article can be told from older ones."""
        mark = {
            **({"video": saved["video"]} if self._outgoing.video else {}),
            "digest": self._digest,
            "seen_before": first_ids(self._rows(pages=1), self._settings.page_limit),
            "started_at": self._now.isoformat(),
        }
        return Step(mark, ready=False)

    def _create(self, saved: Saved) -> Step:
        """Create it hidden, unless a try whose answer was lost has done so."""
        lost = self._lost_article(saved)
        if lost:
            return Step({**saved, "id": lost}, ready=True)
        age = self._now - datetime.fromisoformat(saved["started_at"])
        if FRESH <= age < SETTLED:
            return Step(saved, ready=False, again_after=SETTLED - age)
        if self._outgoing.video and age >= PATIENCE:
            return self._anew(saved)
        data = self._api.change("/v2.0/article/create", self._wanted, now=self._now)
        if not data.get("token"):
            raise Unconfirmed("Zalo nhận bài nhưng không trả mã xử lý; hệ thống sẽ kiểm tra lại.", section="zalo 2.3")
        ticket = {"ticket": str(data["token"]), "ticket_at": self._now.isoformat(), "asked": 0}
        return Step({**saved, **ticket}, ready=False, again_after=FIRST_ASK)

    def _ask(self, saved: Saved) -> Step:
        """How far Zalo is with it."""
        patient = self._now - datetime.fromisoformat(saved["ticket_at"]) < PATIENCE
        asked = int(saved["asked"]) + 1
        try:
            article_id = ask_for_id(self._api, saved["ticket"], now=self._now)
        except StillProcessing as waiting:
            if patient:
                again_after = min(FIRST_ASK * 1.5**asked, LAST_ASK)
                return Step({**saved, "asked": asked}, ready=False, again_after=again_after)
            found = self._lost_article(saved)
            if not found:
                words = "Zalo xử lý bài quá 15 phút chưa xong; hệ thống sẽ hỏi lại."
                raise Unavailable(words, code=waiting.code, section="zalo 2.3") from None
            article_id = found
        except Rejected as refused:
            if patient:
                raise self._named(refused) from None
            return self._anew(saved)
        kept = {name: value for name, value in saved.items() if name not in ("ticket", "ticket_at", "asked")}
        return Step({**kept, "id": article_id}, ready=True)

    def _check_again(self, saved: Saved) -> Step:
        """Prepared once already: still there? Somebody may have removed a hidden article by hand."""
        gone = detail(self._api, saved["id"], now=self._now) is None
        if gone and find_row(self._rows(pages=LIST_PAGES), saved["id"]) is None:
            return self._anew(saved)
        return Step(saved, ready=True)

    def _lost_article(self, saved: Saved) -> str:
        """The id of the one hidden article that a lost answer left behind, else "" (zalo 9.3, 9.4)."""
        found = [row.id for row in self._rows(pages=LIST_PAGES) if self._may_be_ours(row, saved)]
        if len(found) != 1:
            return ""
        told = detail(self._api, found[0], now=self._now)
        return found[0] if told and article.same_article(told, self._wanted) else ""

    def _may_be_ours(self, row: Row, saved: Saved) -> bool:
        since = datetime.fromisoformat(saved["started_at"]) - _CLOCKS
        return (
            row.id not in saved["seen_before"]
            and row.status == "hide"
            and squeezed(row.title) == squeezed(self._wanted["title"])
            and (row.created is None or since <= row.created <= self._now + _CLOCKS)
        )

    def _rows(self, *, pages: int) -> Iterator[Row]:
        return newest(self._api, [self._kind], self._settings.page_limit, pages, now=self._now)

    def _named(self, refused: Rejected) -> Rejected:
        """The refusal of a picture with the pictures' names; Zalo does not tell which one it was."""
        if refused.code != str(MEDIA_FAILED):
            return refused
        names = ", ".join(dict.fromkeys(f"“{picture.path.name}”" for picture in pictures_of(self._outgoing)))
        return Rejected(
            f"{refused.words} Ảnh của bài: {names}.",
            code=refused.code,
            section=refused.section,
            evidence=refused.evidence,
        )


def ask_for_id(api: Api, ticket: str, *, now: datetime) -> str:
    """The id of a finished article. Raises `StillProcessing`, or `Rejected` when Zalo gave it up."""
    data = api.ask("/v2.0/article/verify", {"token": ticket}, now=now)
    article_id = data.get("id") or data.get("article_id")
    if not article_id:
        raise Unavailable("Zalo chưa cho biết mã bài; hệ thống sẽ hỏi lại.", section="zalo 2.3")
    return str(article_id)
