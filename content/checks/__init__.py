"""What is wrong, or doubtful, about a post on every platform. Each platform adds its own limits elsewhere.

Pure: a post and the plan in, findings out, each with the field and the way to mend it. Three grades: an error
keeps the post's file out of the library; what is still to be filled in may wait there as a draft; a warning
asks whoever submits and approves. No text, however odd, makes a check raise.

    place       the plan's topic, form, audiences, source, dates
    tone        titles, length of sentences, the source line, one link, few emoji
    blanks      what the office has not filled in yet, and gaps that may be meant so
    letters     characters that do not belong, broken marks, keys of Telex and VNI that were left over
    links       where links lead, and whether they pretend to lead elsewhere
    law         documents that are no longer in force
    hashtags    how they are written; `hashtag` makes one
    pictures    alternative texts; colours of their own
    rules       tags, season, repeats and series
    duplicates  the same words not long ago
"""

from collections.abc import Sequence
from datetime import date
from itertools import chain

from content.checks.blanks import find_blanks
from content.checks.duplicates import find_duplicates
from content.checks.hashtags import find_tag_faults, hashtag
from content.checks.law import find_law_faults
from content.checks.letters import find_odd_letters
from content.checks.links import find_link_faults
from content.checks.pictures import drawn_from, find_picture_faults
from content.checks.place import find_place_faults
from content.checks.rules import find_rule_faults
from content.checks.telling import by_grade, tell
from content.checks.tone import find_tone_faults
from content.checks.values import (
    FORMS,
    AssetPlace,
    Drawn,
    Earlier,
    Finding,
    Grade,
    Picture,
    Words,
    fill,
    texts_of,
    warn,
)
from content.plan import Plan

__all__ = [
    "FORMS",
    "AssetPlace",
    "Drawn",
    "Earlier",
    "Finding",
    "Grade",
    "Picture",
    "Words",
    "by_grade",
    "check",
    "drawn_from",
    "fill",
    "hashtag",
    "tell",
    "texts_of",
    "warn",
]


def check(
    post: Words,
    assets: Sequence[Picture],
    plan: Plan,
    *,
    drawn: Sequence[Drawn] = (),
    earlier: Sequence[Earlier] = (),
    today: date | None = None,
) -> list[Finding]:
    """Everything to mend, to fill in or to think about before the post is submitted, in reading order.

    `drawn` is what the post's own pictures say; `earlier` the other posts of the last weeks and of the queue;
    `today` the local day on which documents must be in force (without it only what the plan says of them counts).
    """
    found = chain(
        find_tone_faults(post),
        find_place_faults(post, plan),
        find_rule_faults(post),
        find_blanks(post, assets, plan, drawn),
        find_odd_letters(post, assets, drawn),
        find_link_faults(post, plan, drawn),
        find_law_faults(post, assets, plan, drawn, today),
        find_tag_faults(post),
        find_picture_faults(post, assets, drawn),
        find_duplicates(post, earlier),
    )
    return list(dict.fromkeys(found))
