"""Which posts say nearly the same, told of whole libraries at once: the measure of `content.checks.duplicates`.

`alike({post id: its texts})` answers, for every post that has any, the ids of the others: what a `Candidate.alike`
asks for. Give each post the texts that people read (`texts_of_post`); ids may be any ints. Pure; two thousand posts
of the usual length take a second or two, because only posts that share one of their rarest runs are compared.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from content.checks.duplicates import ALIKE, RUNS_MIN, share_of
from content.checks.runs import runs


def texts_of_post(body: str, variants: Mapping[str, Mapping[str, Any]]) -> tuple[str, ...]:
    """The texts of a post that are compared: its body and each platform's own text."""
    return (body, *(str(one["text"]) for one in variants.values() if one.get("text")))


def alike(texts: Mapping[int, Sequence[str]]) -> dict[int, frozenset[int]]:
    """For each post that has any: the posts that say nearly the same. It is mutual, and never holds the post itself.

    A text that is too short to prove anything (fewer than `RUNS_MIN` runs) is like no other.
    """
    owners = _owners(texts)
    found: defaultdict[int, set[int]] = defaultdict(set)
    for ours, theirs in _pairs(list(owners)):
        together = owners[ours] | owners[theirs]
        for post in owners[ours]:
            found[post] |= together
        for post in owners[theirs]:
            found[post] |= together
    return {post: frozenset(others - {post}) for post, others in found.items() if others - {post}}


def _owners(texts: Mapping[int, Sequence[str]]) -> dict[frozenset[int], set[int]]:
    """Every different text, as its runs, with the posts that say it."""
    owners: defaultdict[frozenset[int], set[int]] = defaultdict(set)
    for post, its in texts.items():
        for text in its:
            if len(one := runs(text)) >= RUNS_MIN:
                owners[one].add(post)
    return owners


def _pairs(all_runs: Sequence[frozenset[int]]) -> Iterable[tuple[frozenset[int], frozenset[int]]]:
    """Every two texts that are alike, the shorter one first; and each text with itself.

    A text shares at least `ALIKE` of its n runs with one that it is like, so whichever n - ALIKE·n + 1 of them are
    looked up, one is among the shared ones. The rarest are, so that a greeting that all posts have costs nothing.
    """
    common = Counter(run for one in all_runs for run in one)
    holders: defaultdict[int, list[int]] = defaultdict(list)
    for place, one in enumerate(all_runs):
        for run in one:
            holders[run].append(place)
    for place, ours in enumerate(all_runs):
        yield ours, ours
        needed = math.ceil(ALIKE * len(ours) - 1e-9)
        rare = sorted(ours, key=lambda run: (common[run], run))[: len(ours) - needed + 1]
        for other in {other for run in rare for other in holders[run]}:
            theirs = all_runs[other]
            if (len(ours), place) < (len(theirs), other) and share_of(ours, theirs) >= ALIKE:
                yield ours, theirs
