"""One pass over the places: pins first, then place after place the post that weighs most.

A run can be taken back to any step and go on with fewer posts; `steady` tries plans that way.
"""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from scheduler.autopilot.board import PIN, Board, Place, covers
from scheduler.autopilot.places import closed, places_of
from scheduler.autopilot.rules import BY_DAY, BY_PLACE, Rule, against
from scheduler.autopilot.values import Candidate, Task, Wish
from scheduler.autopilot.weighing import Coarse, Fine, Scale

_BY_PLACE = tuple(rule.forbids for rule in BY_PLACE)
EVERYBODY = 2**63
"""No post has so large a number."""


class Step(NamedTuple):
    """A post put at the place of this number."""

    place: int
    one: Candidate


class Value(NamedTuple):
    """What a plan is worth, the first difference first."""

    pins: int
    coverage: int
    posts: int


class Run:
    """A plan in the making."""

    def __init__(self, task: Task) -> None:
        self.board = Board(task)
        self.places = places_of(task, self.board)
        self.steps: list[Step] = []
        self.filled: dict[int, Candidate] = {}
        self.pins = [
            wish
            for post_id in sorted(self.board.wishes)
            for wish in self.board.wishes[post_id]
            if wish.kind == PIN and any(covers(wish, wish.channel_id or 0, on) for on in self.board.days)
        ]
        self.named = {wish.post_id for wish in self.pins} | {
            post_id
            for campaign in task.campaigns
            for post_id in campaign.posts
            if any(campaign.first <= on <= campaign.last for on in self.board.days)
        }
        """Posts that people named for these days, by a pin or a campaign: no plan is tried without them."""
        self._open: dict[tuple[int, date], list[Candidate]] = {}
        self._kinds: dict[tuple[Rule, ...], list[Candidate]] = defaultdict(list)
        """Rules of the day -> the posts that they may keep out."""
        names: dict[tuple[bool, ...], tuple[Rule, ...]] = {}
        for one in self.board.candidates.values():
            key = tuple(rule.of(one) for rule in BY_DAY)
            if key not in names:
                names[key] = tuple(rule for rule, may in zip(BY_DAY, key, strict=True) if may)
            self._kinds[names[key]].append(one)
        self._put_pins()

    @property
    def value(self) -> Value:
        """What the plan is worth as it stands."""
        carried_out = sum(self.board.carried_out(wish) for wish in self.pins)
        return Value(carried_out, self.board.covered, len(self.steps))

    # Filling -------------------------------------------------------------------------------------------

    def go(self, first: int = 0, limit: int = EVERYBODY) -> None:
        """Fill the places from number `first` on, with the posts up to the number `limit` and those people named."""
        for index in range(first, len(self.places)):
            place = self.places[index]
            if index in self.filled or closed(self.board, place):
                continue
            one = self._best(place, limit)
            if one is not None:
                self.put(index, one)

    def put(self, index: int, one: Candidate) -> None:
        """Put the post at the place of this number."""
        self.board.put(one, self.places[index])
        self.steps.append(Step(index, one))
        self.filled[index] = one

    def back_to(self, count: int) -> None:
        """Take steps back until so many are left."""
        if count >= len(self.steps):
            return
        changed = min(self.places[step.place].on for step in self.steps[count:])
        while len(self.steps) > count:
            self.board.take_back()
            del self.filled[self.steps.pop().place]
        self.forget_after(changed)

    def load(self, steps: Sequence[Step]) -> None:
        """Let the plan be these steps."""
        self.back_to(0)
        self._open.clear()
        for step in steps:
            self.put(*step)

    def open_places(self) -> list[int]:
        """The numbers of the places that something may be put at now; what is put makes them fewer, never more."""
        return [
            index
            for index, place in enumerate(self.places)
            if index not in self.filled and not closed(self.board, place)
        ]

    def fits(self, index: int, one: Candidate) -> bool:
        """Whether the post may be put at the place of this number now."""
        place = self.places[index]
        return index not in self.filled and against(self.board, one, place) is None and not closed(self.board, place)

    def open_posts(self, place: Place) -> list[Candidate]:
        """The posts that no rule of the day keeps from the place's channel; known once the days before are filled."""
        key = (place.channel.id, place.on)
        found = self._open.get(key)
        if found is None:
            found = self._open[key] = self.not_kept_out(place)
        return found

    def not_kept_out(self, place: Place, but: str = "") -> list[Candidate]:
        """The posts that no rule of the day keeps from the place; `but`: a rule that is not asked."""
        board, open_ones = self.board, []
        for rules, found in self._kinds.items():
            for rule in rules:
                if rule.name != but:
                    found = [one for one in found if not rule.forbids(board, one, place)]
            open_ones += found
        return open_ones

    def forget_after(self, on: date) -> None:
        """What may stand on the days after this one has to be looked at again."""
        self._open = {key: found for key, found in self._open.items() if key[1] <= on}

    def _best(self, place: Place, limit: int) -> Candidate | None:
        """The post that weighs most of those that may stand there. Rules are asked only of what would be taken, and
        the finer weights only where the coarse ones leave it open: most posts are out at once."""
        board, scale = self.board, Scale(self.board, place)
        best: tuple[Coarse, Fine, Candidate] | None = None
        for one in self.open_posts(place):
            if one.post_id > limit and one.post_id not in self.named:
                continue
            coarse = scale.coarse(one)
            if best is not None and coarse > best[0]:
                continue
            fine = scale.fine(one)
            if best is not None and coarse == best[0] and fine >= best[1]:
                continue
            if not any(forbids(board, one, place) for forbids in _BY_PLACE):
                best = (coarse, fine, one)
        return best[2] if best else None

    # Pins ----------------------------------------------------------------------------------------------

    def _put_pins(self) -> None:
        """Pins come before everything; of several the one with the fewest places first."""
        options = [(self._options(wish), wish) for wish in self.pins]
        for _, wish in sorted(options, key=lambda one: (len(one[0]), _pin_order(one[1]))):
            places = [] if self.board.carried_out(wish) else self._options(wish)
            if places:
                self.put(places[0], self.board.candidates[wish.post_id])

    def _options(self, wish: Wish) -> list[int]:
        one = self.board.candidates.get(wish.post_id)
        if one is None:
            return []
        return [
            index
            for index, place in enumerate(self.places)
            if covers(wish, place.channel.id, place.on) and self.fits(index, one)
        ]


def _pin_order(wish: Wish) -> tuple[date, date, int, int, int]:
    return (wish.until or date.max, wish.since, wish.post_id, wish.channel_id or 0, wish.id)
