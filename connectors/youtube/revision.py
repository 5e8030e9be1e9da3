"""New words for a video that is public: read, merge, write (youtube 2.9). Repeating it changes nothing.

Only what a post says in words is replaced: title, description, tags, language, and the category where the post
names one. Everything else stays as it stands on the channel, whoever put it there; who can see the video is in a
part that is not written at all.
"""

import unicodedata

from connectors.base import Found, NotThere, Outgoing, Receipt, Saved, Step
from connectors.errors import Rejected, Unavailable, Unconfirmed
from connectors.youtube.api import Api, Json
from connectors.youtube.checks import words_of
from connectors.youtube.codes import BUSY_WORDS, GONE_WORDS, LOST_WORDS
from connectors.youtube.merging import merged
from connectors.youtube.processing import is_there
from connectors.youtube.publishing import permalink

PARTS = ("snippet", "status", "localizations")
SECTION = "youtube 2.9"


def prepare(api: Api, outgoing: Outgoing, saved: Saved) -> Step:
    """Look that the video is still there; nothing is changed and nothing is kept. Raises `Rejected` when it is gone."""
    _read(api, outgoing)
    return Step(saved, ready=True)


def publish(api: Api, outgoing: Outgoing) -> Receipt:
    """Read once more, then one PUT of the words with what stands beside them; none when nothing is left to change.

    Raises `Rejected` when the video is gone, `Unconfirmed` when it is not sure that the words were taken.
    """
    video = _read(api, outgoing)
    if _says(api, outgoing, video):
        return _receipt(video)
    body = _body(api, outgoing, video)
    parts = ",".join(part for part in PARTS if part in body)
    answer = api.send("PUT", "/youtube/v3/videos", params={"part": parts}, json=body, changes=True)
    told = api.body(answer, changes=True)
    if told.get("id") != body["id"] or _plain((told.get("snippet") or {}).get("title")) != _plain(outgoing.title):
        raise Unconfirmed(LOST_WORDS, section=SECTION)
    return _receipt(video)


def find(api: Api, outgoing: Outgoing) -> Found:
    """Whether the video says what the post says now. Raises `Rejected` when it is gone."""
    video = _read(api, outgoing)
    return _receipt(video) if _says(api, outgoing, video) else NotThere()


def _read(api: Api, outgoing: Outgoing) -> Json:
    video = api.video(",".join(PARTS), outgoing.refs[0])
    if not is_there(video):
        raise Rejected(GONE_WORDS, code="404/videoNotFound", section=SECTION)
    if not video.get("snippet"):
        # Written back without it, the video would lose what stands in it.
        raise Unavailable(BUSY_WORDS, section=SECTION)
    return video


def _body(api: Api, outgoing: Outgoing, video: Json) -> Json:
    wanted = words_of(outgoing, api.settings)
    snippet = merged(video, "snippet", wanted)
    snippet.setdefault("categoryId", api.settings.category_default)
    body = {"id": video["id"], "snippet": snippet}
    if wanted["defaultLanguage"] in (video.get("localizations") or {}):
        body["localizations"] = _localizations(video["localizations"], wanted)
    return body


def _localizations(stand: Json, wanted: Json) -> Json:
    """The translations as they stand; the one in the video's own language is not a translation but our words.

    What has no title is no translation, but something that a later version of the answer holds besides.
    """
    stand = {**stand, wanted["defaultLanguage"]: wanted}
    return {
        language: {name: words[name] for name in ("title", "description") if words.get(name) is not None}
        for language, words in stand.items()
        if isinstance(words, dict) and words.get("title")
    }


def _says(api: Api, outgoing: Outgoing, video: Json) -> bool:
    """Whether the words that stand there are the post's; blanks at the ends and the order of tags do not count."""
    snippet = video.get("snippet") or {}
    wanted = words_of(outgoing, api.settings)
    tags = {_plain(tag) for tag in snippet.get("tags") or []}
    return tags == {_plain(tag) for tag in wanted.pop("tags")} and all(
        _plain(snippet.get(name)) == _plain(words) for name, words in wanted.items()
    )


def _plain(words: object) -> str:
    text = unicodedata.normalize("NFC", str(words or ""))
    return text.replace("\r\n", "\n").strip()


def _receipt(video: Json) -> Receipt:
    return Receipt(video["id"], permalink(video["id"]))
