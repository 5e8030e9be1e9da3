"""Which approved post goes out when and where, and why: a decision made of values, before anything is done.

`decide` goes over the free slots of all channels in the order of time. `places` tells which of them may be used at
all, `rules` which posts may stand there, `weighing` which of these is taken, `explaining` says so in one sentence
that people can check, and `shortfalls` tells what is wanted and will not be reached. `steady` sees to it that a new
post never lowers what is covered of the plan.
"""

from scheduler.autopilot.deciding import alternatives, coverage, decide, why_not
from scheduler.autopilot.lacking import by_topic
from scheduler.autopilot.places import slot_times
from scheduler.autopilot.values import (
    ALIKE_DAYS,
    COOL_DOWN_DAYS,
    After,
    Before,
    CampaignGoal,
    Candidate,
    ChannelRules,
    DayRule,
    Decision,
    Gap,
    Outcome,
    Shortfall,
    SlotTime,
    Stop,
    Task,
    TopicGoal,
    Used,
    Wish,
)

__all__ = [
    "ALIKE_DAYS",
    "COOL_DOWN_DAYS",
    "After",
    "Before",
    "CampaignGoal",
    "Candidate",
    "ChannelRules",
    "DayRule",
    "Decision",
    "Gap",
    "Outcome",
    "Shortfall",
    "SlotTime",
    "Stop",
    "Task",
    "TopicGoal",
    "Used",
    "Wish",
    "alternatives",
    "by_topic",
    "coverage",
    "decide",
    "slot_times",
    "why_not",
]
