"""In which order the posts that may stand in a place are taken.

Every weight of a post is made of the post, the place, and what stands already: never of another candidate. So a
post that is not chosen changes nothing, which `steady` builds on.
"""

from collections.abc import Iterator
from datetime import date, timedelta
from functools import cached_property
from typing import NamedTuple

from content.seasons import ends
from scheduler.autopilot.board import TOTAL, Board, Place, runs
from scheduler.autopilot.values import CampaignGoal, Candidate

SOON = 14
"""A season or a validity that ends within so many days is told and counts."""


class Pace(NamedTuple):
    """How far a campaign is behind one of its targets: have, wanted, of what (see `Board.campaign_have`)."""

    campaign: CampaignGoal
    of: str | int
    have: int
    wanted: int
    behind: float
    """The share of the target that should be there by now and is not; above 0."""


Coarse = tuple[bool, float, tuple[float, int, float, float]]
"""What decides first: whether no pin wants it, campaigns, then what the topic lacks (see `Scale._topic`)."""
Fine = tuple[int, float, int, int]
"""What decides where that is equal: days left, how much there was for its audience, when it was seen, the tie."""


class Scale:
    """Weighs posts for one place, as the board stands now: of two the smaller weight is taken, the first difference
    first."""

    def __init__(self, board: Board, place: Place) -> None:
        self.board, self.place = board, place
        self._topics: dict[str, tuple[float, int, float, float]] = {}
        self._audiences: dict[tuple[str, ...], float] = {}
        self._campaigns: dict[tuple[int, str], float] = {}
        self._unnamed: dict[str, Coarse] = {}

    def weigh(self, one: Candidate) -> tuple[Coarse, Fine]:
        """The post's weights here."""
        return self.coarse(one), self.fine(one)

    def coarse(self, one: Candidate) -> Coarse:
        """What decides first: people's word, and the plan's."""
        board, place = self.board, self.place
        if one.post_id not in board.wishes and one.post_id not in board.campaigns_of:
            found = self._unnamed.get(one.topic)
            if found is None:
                found = self._unnamed[one.topic] = (True, 0.0, self._topics.get(one.topic) or self._topic(one.topic))
            return found
        return (
            one.post_id not in board.wishes or board.pin_for(one.post_id, place.channel.id, place.on) is None,
            -sum(self._behind(campaign, one.topic) for campaign in board.campaigns_of.get(one.post_id, ())),
            self._topics.get(one.topic) or self._topic(one.topic),
        )

    def fine(self, one: Candidate) -> Fine:
        """What decides between posts that are equal in that."""
        board, place = self.board, self.place
        seen = board.last_seen(one.post_id, place.channel.id)
        return (
            days_left(one, place.on),
            self._audience(one.audiences),
            seen.toordinal() if seen else 0,
            board.ties[one.post_id],
        )

    def _behind(self, campaign: CampaignGoal, topic: str) -> float:
        """How far the campaign is behind its targets that a post of this topic would help to reach."""
        key = (campaign.id, topic)
        found = self._campaigns.get(key)
        if found is None:
            found = sum(pace.behind for pace in _paces_of(self.board, campaign, topic, self.place))
            self._campaigns[key] = found
        return found

    def _topic(self, letter: str) -> tuple[float, int, float, float]:
        """Behind the plan, minimums that are not reached, share of the period, and the cell topic x channel."""
        board, on = self.board, self.place.on
        goal = board.task.topics.get(letter)
        weight = goal.weight if goal and goal.weight > 0 else 1
        told = board.behind(letter, on)
        need = weight * sum(max(share, 0.0) for _, _, _, share in told)
        unmet = sum(have < wanted for _, have, wanted, _ in told)
        month = self._month
        have = board.have[month][letter] / weight
        cell = board.cells[month, letter, self.place.channel.id] / weight
        found = self._topics[letter] = (-need, -unmet, have, cell)
        return found

    def _audience(self, audiences: tuple[str, ...]) -> float:
        """How much this month's posts were for these people already."""
        found = self._audiences.get(audiences)
        if found is None:
            counts = [self.board.audiences[self._month, one] for one in audiences]
            found = self._audiences[audiences] = sum(counts) / len(counts) if counts else 0.0
        return found

    @cached_property
    def _month(self) -> int:
        return self.board.month(self.place.on)


def paces(board: Board, one: Candidate, place: Place) -> list[Pace]:
    """The targets of running campaigns that this post here would help to catch up with; the furthest behind first."""
    mine = board.campaigns_of.get(one.post_id, ())
    found = [pace for campaign in mine for pace in _paces_of(board, campaign, one.topic, place)]
    return sorted(found, key=lambda pace: (-pace.behind, pace.campaign.id, str(pace.of)))


def _paces_of(board: Board, campaign: CampaignGoal, topic: str, place: Place) -> Iterator[Pace]:
    if not runs(campaign, place.channel.id, place.on):
        return
    gone = ((place.on - campaign.first).days + 1) / ((campaign.last - campaign.first).days + 1)
    for of, wanted in (
        (TOTAL, campaign.total),
        (topic, campaign.topics.get(topic, 0)),
        (place.channel.id, campaign.per_channel.get(place.channel.id, 0)),
    ):
        have = board.campaign_have[campaign.id, of]
        if wanted > 0 and gone - have / wanted > 0:
            yield Pace(campaign, of, have, wanted, gone - have / wanted)


def last_day(one: Candidate, on: date) -> date | None:
    """The last day of the post's validity or of its season, whichever comes first; None: it has none."""
    season = _season_end(one.season, on)
    return min((last for last in (one.valid_to, season) if last is not None), default=None)


def days_left(one: Candidate, on: date) -> int:
    """Days until the post's last one, when there are few; else the same for all."""
    last = last_day(one, on) if one.valid_to or one.season else None
    return min((last - on).days, SOON + 1) if last else SOON + 1


def _season_end(season: str, on: date) -> date | None:
    """The last day of the season that `on` lies in; None for the whole year."""
    found = ends(season)
    if found is None:
        return None
    month, number = found[1]
    # a season that ends on 29/02 ends on the last day of February in any year
    days = (
        min(date(year, month, 1) + timedelta(days=number - 1), _month_end(year, month))
        for year in (on.year, on.year + 1)
    )
    return next((end for end in days if end >= on), None)


def _month_end(year: int, month: int) -> date:
    return date(year + month // 12, month % 12 + 1, 1) - timedelta(days=1)
