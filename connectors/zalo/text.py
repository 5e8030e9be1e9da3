"""What both types of article share: how text is cleaned and compared, which picture is the cover. Pure."""

import re
import unicodedata
from html import unescape

from connectors.base import Media, Outgoing

_TAG = re.compile(r"<[^>]*>")


def clean(text: str) -> str:
    """NFC, without blanks at the ends."""
    return unicodedata.normalize("NFC", text).strip()


def squeezed(text: object) -> str:
    """For comparing: no tags, NFC, one space between words."""
    return " ".join(clean(unescape(_TAG.sub(" ", str(text or "")))).split())


def cover_of(outgoing: Outgoing) -> Media | None:
    """The picture that stands for the article; every article needs one."""
    return outgoing.cover or next(iter(outgoing.images), None)


def pictures_of(outgoing: Outgoing) -> tuple[Media, ...]:
    """The pictures Zalo will fetch: of a video only its cover."""
    used = (cover_of(outgoing),) if outgoing.video else (outgoing.cover, *outgoing.images)
    return tuple(picture for picture in used if picture)
