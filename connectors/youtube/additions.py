"""What is added to a processed video before the hour and may fail without stopping it: captions, a playlist.

None of these calls has a key against doubling, and a lost answer leaves open whether it was carried out
(youtube 5.2). So each takes two steps: announce it, then call. Who finds an announcement that is not its
own looks first, and adds only when nothing was found often enough.
"""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from datetime import timedelta
from typing import Any, ClassVar

from connectors.base import Saved, Step
from connectors.errors import ConnectorError, Reconnect, Unavailable, Unconfirmed
from connectors.youtube import memory
from connectors.youtube.codes import left_out

TRIES_MAX = 6
"""Steps without success before the video goes on without the addition: about 8 minutes."""


class Taken(Exception):
    """The name is taken by something whose content nobody knows: it is to be replaced."""


Note = dict[str, Any]
"""What is remembered of one addition in `saved[name]`:

mark       what is to be added; another mark begins anew
sent       set before the call that may have added it
done       added, or given up with words in `saved[name + "_problem"]`
replaces   an earlier text under the same name may be there already
id         what was found to replace
tries      steps without success; `looks` those of them that found nothing after `sent`
"""


class Addition(ABC):
    """One thing to add to one video."""

    name: ClassVar[str]
    looks: ClassVar[int]
    """How often it must not be found, after an answer was lost, before it is added again."""
    looks_first: ClassVar[bool]
    """Whether to look before the first try, because the platform would add it a second time."""
    doubt_words: ClassVar[str]
    """For staff, when nobody knows whether it was added."""
    step_words: ClassVar[str]
    """What staff can do by hand where it could not be added."""

    mark: str

    @abstractmethod
    def look(self) -> str:
        """Its id at YouTube, "" when it is not there. Raises a `ConnectorError`."""

    @abstractmethod
    def add(self, replaced: str) -> None:
        """The one call, in place of `replaced` where that is not "". Raises a `ConnectorError`, or `Taken`."""

    def replaces(self, earlier: Note) -> bool:
        """Whether the platform may still show what `earlier` added under the same name."""
        return False


class Additions:
    """Takes the next step of what is to be added. It remembers, for its own life only, what it just announced."""

    def __init__(self) -> None:
        self._announced: tuple[str, str] | None = None

    def next_step(self, additions: Sequence[Addition], saved: Saved) -> Step | None:
        """The next step, None when nothing is left. Raises only `Reconnect`, where a refresh may help."""
        announced, self._announced = self._announced, None
        for addition in additions:
            note = _fitted(saved.get(addition.name), addition)
            if not note["done"]:
                return self._step(addition, saved, note, is_mine=announced == (addition.name, addition.mark))
        return None

    def _step(self, addition: Addition, saved: Saved, note: Note, *, is_mine: bool) -> Step:
        try:
            if note["sent"]:
                return _add(addition, saved, note) if is_mine else _look(addition, saved, note)
            found = addition.look() if addition.looks_first or note["replaces"] else ""
        except ConnectorError as error:
            if isinstance(error, Reconnect) and error.refresh_first:
                raise
            go_on = _again if isinstance(error, Unavailable | Unconfirmed) else _finish
            return go_on(addition, saved, note, left_out(error, addition.step_words))
        if found and not note["replaces"]:
            return _finish(addition, saved, note)
        self._announced = (addition.name, addition.mark)
        return _keep(addition, saved, {**note, "sent": True, "looks": 0, "id": found})


def _fitted(earlier: Note | None, addition: Addition) -> Note:
    if earlier and earlier["mark"] == addition.mark:
        return earlier
    replaces = bool(earlier) and addition.replaces(earlier or {})
    return {"mark": addition.mark, "sent": False, "done": False, "replaces": replaces, "id": "", "tries": 0, "looks": 0}


def _look(addition: Addition, saved: Saved, note: Note) -> Step:
    """It may be there already. What replaces another text may be sent again; all else only when not found."""
    found = addition.look()
    if found and not note["replaces"]:
        return _finish(addition, saved, note)
    looks = note["looks"] + 1
    if not found and looks < addition.looks:
        return _keep(addition, saved, {**note, "looks": looks}, memory.FIRST_PAUSE)
    return _add(addition, saved, {**note, "looks": 0, "id": found})


def _add(addition: Addition, saved: Saved, note: Note) -> Step:
    """The one call. `Unavailable` says that it was surely not carried out, so the announcement is taken back."""
    try:
        addition.add(note["id"])
    except Taken:
        return _again(addition, saved, {**note, "sent": False, "replaces": True}, addition.doubt_words)
    except (Unavailable, Unconfirmed) as error:
        sent = isinstance(error, Unconfirmed)
        return _again(addition, saved, {**note, "sent": sent}, left_out(error, addition.step_words))
    return _finish(addition, saved, note)


def _again(addition: Addition, saved: Saved, note: Note, words: str) -> Step:
    tries = note["tries"] + 1
    if tries >= TRIES_MAX:
        return _finish(addition, saved, note, addition.doubt_words if note["sent"] else words)
    return _keep(addition, saved, {**note, "tries": tries}, memory.pause(tries - 1))


def _finish(addition: Addition, saved: Saved, note: Note, problem: str = "") -> Step:
    problem_key = f"{addition.name}_problem"
    saved = {key: value for key, value in saved.items() if key != problem_key}
    if problem:
        saved[problem_key] = problem
    return _keep(addition, saved, {**note, "done": True})


def _keep(addition: Addition, saved: Saved, note: Note, pause: timedelta = timedelta(0)) -> Step:
    return Step({**saved, addition.name: note}, ready=False, again_after=pause)
