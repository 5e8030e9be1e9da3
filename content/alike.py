"""Which posts say nearly the same, told of whole libraries at once: the measure of `content.checks.duplicates`.

`alike({post id: its texts})` answers, for every post that has any, the ids of the others: what a `Candidate.alike`
asks for. Give each post the texts that people read (`texts_of_post`); ids may be any ints. Pure; two thousand posts
of the usual length take a second or two, because only posts that share one of their rarest runs are compared.
`Alikes` is for whoever asks again and again: it compares only what it has not seen.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Hashable, Iterable, Mapping, Sequence
from threading import Lock
from typing import Any, TypeVar

from content.checks.duplicates import ALIKE, RUNS_MIN, share_of
from content.checks.runs import runs

Runs = tuple[frozenset[int], ...]
Name = TypeVar("Name", bound=Hashable)
_FEW = 20
"""So many new posts are held against all others one by one; more of them all at once."""


def texts_of_post(body: str, variants: Mapping[str, Mapping[str, Any]]) -> tuple[str, ...]:
    """The texts of a post that are compared: its body and each platform's own text."""
    return (body, *(str(one["text"]) for one in variants.values() if one.get("text")))


def alike(texts: Mapping[Name, Sequence[str]]) -> dict[Name, frozenset[Name]]:
    """For each post that has any: the posts that say nearly the same. It is mutual, and never holds the post itself.

    A text that is too short to prove anything (fewer than `RUNS_MIN` runs) is like no other.
    """
    return _alike({name: _runs_of(its) for name, its in texts.items()})


class Alikes:
    """What was compared once. A post's name is its content hash, so that what was learnt never grows old.

    It may be shared by threads. Of more than `most` posts those that nobody asks for are forgotten.
    """

    def __init__(self, most: int = 4_000) -> None:
        self._most, self._lock = most, Lock()
        self._runs: dict[str, Runs] = {}
        self._near: dict[str, frozenset[str]] = {}

    def among(
        self, names: Collection[str], read: Callable[[Collection[str]], Mapping[str, Sequence[str]]]
    ) -> dict[str, frozenset[str]]:
        """For each of these posts that has any: the names of all known posts that say nearly the same.

        `read` tells the texts of those that were never seen. One caller at a time, from asking what is missing to the
        answer: what one forgets, another one may be about to be told of.
        """
        with self._lock:
            missing = {name for name in names if name not in self._runs}
            if missing:
                self._learn(read(missing), names)
            return {name: self._near[name] for name in names if name in self._near}

    def _learn(self, texts: Mapping[str, Sequence[str]], keep: Collection[str]) -> None:
        known = self._runs
        if len(known) + len(texts) > self._most:
            kept = set(keep)
            known = {name: its for name, its in known.items() if name in kept}
        new = {name: _runs_of(its) for name, its in texts.items() if name not in known}
        if not new:
            return
        both = known | new
        self._near = _alike(both) if len(new) > _FEW else _joined(known, new, self._near)
        self._runs = both


def _runs_of(texts: Sequence[str]) -> Runs:
    found = {one for one in map(runs, texts) if len(one) >= RUNS_MIN}
    return tuple(found)


def _joined(
    known: Mapping[str, Runs], new: Mapping[str, Runs], before: Mapping[str, frozenset[str]]
) -> dict[str, frozenset[str]]:
    """What is known of `known`, and each of the few new ones held against everything."""
    found = {name: others & known.keys() for name, others in before.items() if name in known}
    seen = dict(known)
    for name, ours in new.items():
        others = {
            other for other, its in seen.items() if any(share_of(one, two) >= ALIKE for one in ours for two in its)
        }
        for other in others:
            found[other] = found.get(other, frozenset()) | {name}
        found[name] = frozenset(others)
        seen[name] = ours
    return {name: others for name, others in found.items() if others}


def _alike(runs_of: Mapping[Name, Runs]) -> dict[Name, frozenset[Name]]:
    owners: defaultdict[frozenset[int], set[Name]] = defaultdict(set)
    for name, its in runs_of.items():
        for one in its:
            owners[one].add(name)
    found: defaultdict[Name, set[Name]] = defaultdict(set)
    for ours, theirs in _pairs(list(owners)):
        together = owners[ours] | owners[theirs]
        for name in together:
            found[name] |= together
    return {name: frozenset(others - {name}) for name, others in found.items() if others - {name}}


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
