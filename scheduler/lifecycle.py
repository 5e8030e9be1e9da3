"""The one state machine: everything that may become of a publication (`scheduler.move` does the moving).

`TRANSITIONS` is the whole truth. The diagram in docs/lifecycle.md, the actions offered to staff and the
tests of every forbidden move are derived from it.

A crash is a normal path. A lease that ran out in `preparing` goes back to be prepared again, because
everything there is safe to repeat. A lease that ran out in `publishing` becomes `unconfirmed`, never
`scheduled`: a queue may run twice, a post may not.
"""

from enum import StrEnum


class State(StrEnum):
    """Where a publication stands. Each sentence says who moves it next, and what a crash does to it."""

    SCHEDULED = "scheduled"
    """Waits to be prepared; the clock claims it some hours before its time."""
    PREPARING = "preparing"
    """In a worker's hands, nothing public yet; after a crash it is scheduled again."""
    READY = "ready"
    """Only the one public call is left; the clock claims it at its hour."""
    PUBLISHING = "publishing"
    """In a worker's hands, the public call may be on the wire; after a crash it is unconfirmed."""
    UNCONFIRMED = "unconfirmed"
    """It may be public. The clock makes a worker look; nothing is sent before a look has said "not there"."""
    RETRY_WAIT = "retry_wait"
    """Surely not public; waits for its own time to be prepared and tried again."""
    NEEDS_PERSON = "needs_person"
    """The looks could not decide; a person says whether it is there."""
    HELD = "held"
    """A person, a pause or a missing approval holds it; a person resumes or cancels it, or an approval lets it go."""
    PUBLISHED = "published"
    """Public, with its address. The end, unless a person takes it down."""
    WITHDRAWN = "withdrawn"
    """It was public; a person took it down. The end."""
    FAILED = "failed"
    """The platform refused it or the tries ran out; a person mends and resumes it, or cancels it."""
    MISSED = "missed"
    """Too late to be worth sending, by the post's own late rule. A person may give it a new time."""
    EXPIRED = "expired"
    """The post's validity ended before its hour. The end."""
    CANCELLED = "cancelled"
    """A person took it out of the queue. The end."""


class Event(StrEnum):
    """The name of an edge; every move leaves a row with one of these."""

    CLAIMED = "claimed"
    STEP_DONE = "step_done"
    PREPARED = "prepared"
    STALE = "stale"
    SUCCEEDED = "succeeded"
    ACCEPTED = "accepted"
    WILL_RETRY = "will_retry"
    REJECTED = "rejected"
    NO_ANSWER = "no_answer"
    LEASE_RAN_OUT = "lease_ran_out"
    NOT_BEGUN = "not_begun"
    FOUND = "found"
    LOOK_AGAIN = "look_again"
    NOT_FOUND = "not_found"
    UNCLEAR = "unclear"
    ASKED = "asked"
    APPROVAL_LOST = "approval_lost"
    TOO_LATE = "too_late"
    EXPIRED = "expired"
    HELD = "held"
    PAUSED = "paused"
    MOVED = "moved"
    RESUMED = "resumed"
    CANCELLED = "cancelled"
    WITHDRAWN = "withdrawn"
    RESTORED = "restored"
    COMPARED = "compared"


S, E = State, Event

TRANSITIONS: dict[tuple[State, Event], State] = {
    (S.SCHEDULED, E.CLAIMED): S.PREPARING,
    (S.RETRY_WAIT, E.CLAIMED): S.PREPARING,
    (S.READY, E.CLAIMED): S.PUBLISHING,
    (S.UNCONFIRMED, E.CLAIMED): S.UNCONFIRMED,
    # preparing: nothing is public, so every end of it is safe
    (S.PREPARING, E.STEP_DONE): S.SCHEDULED,
    (S.PREPARING, E.PREPARED): S.READY,
    (S.PREPARING, E.WILL_RETRY): S.RETRY_WAIT,
    (S.PREPARING, E.REJECTED): S.FAILED,
    (S.PREPARING, E.LEASE_RAN_OUT): S.SCHEDULED,
    (S.PREPARING, E.NOT_BEGUN): S.SCHEDULED,  # handed to the workers' queue, and none took it in time
    (S.PREPARING, E.APPROVAL_LOST): S.HELD,
    # ready: what was prepared may have grown old, or the post has changed since
    (S.READY, E.STALE): S.SCHEDULED,
    # publishing
    (S.PUBLISHING, E.SUCCEEDED): S.PUBLISHED,
    (S.PUBLISHING, E.APPROVAL_LOST): S.HELD,
    (S.PUBLISHING, E.PAUSED): S.HELD,  # a pause that began after the claim; nothing was sent
    (S.PUBLISHING, E.ACCEPTED): S.UNCONFIRMED,
    (S.PUBLISHING, E.WILL_RETRY): S.RETRY_WAIT,
    (S.PUBLISHING, E.REJECTED): S.FAILED,
    (S.PUBLISHING, E.NO_ANSWER): S.UNCONFIRMED,
    (S.PUBLISHING, E.LEASE_RAN_OUT): S.UNCONFIRMED,
    (S.PUBLISHING, E.NOT_BEGUN): S.READY,  # no worker took it, so surely nothing was sent
    # unconfirmed: only a look, or a person, leads out
    (S.UNCONFIRMED, E.FOUND): S.PUBLISHED,
    (S.UNCONFIRMED, E.LOOK_AGAIN): S.UNCONFIRMED,
    (S.UNCONFIRMED, E.LEASE_RAN_OUT): S.UNCONFIRMED,
    (S.UNCONFIRMED, E.NOT_BEGUN): S.UNCONFIRMED,
    (S.UNCONFIRMED, E.NOT_FOUND): S.RETRY_WAIT,
    (S.UNCONFIRMED, E.UNCLEAR): S.NEEDS_PERSON,
    (S.NEEDS_PERSON, E.ASKED): S.UNCONFIRMED,
    (S.NEEDS_PERSON, E.FOUND): S.PUBLISHED,
    # an answer that came after its lease had run out: what is public is public, wherever a person has put the row since
    **{
        (state, E.FOUND): S.PUBLISHED
        for state in (S.RETRY_WAIT, S.SCHEDULED, S.PREPARING, S.READY, S.HELD, S.FAILED, S.MISSED)
    },
    (S.NEEDS_PERSON, E.NOT_FOUND): S.RETRY_WAIT,
    (S.NEEDS_PERSON, E.CANCELLED): S.CANCELLED,
    # people and time
    **{
        (state, event): target
        for state in (S.SCHEDULED, S.READY, S.RETRY_WAIT)
        for event, target in (
            (E.APPROVAL_LOST, S.HELD),
            (E.TOO_LATE, S.MISSED),
            (E.EXPIRED, S.EXPIRED),
            (E.HELD, S.HELD),
            (E.PAUSED, S.HELD),
            (E.MOVED, S.SCHEDULED),
            (E.CANCELLED, S.CANCELLED),
        )
    },
    (S.HELD, E.MOVED): S.HELD,  # another time for what still waits for its approval
    (S.HELD, E.TOO_LATE): S.MISSED,  # approved when its time was over
    (S.HELD, E.RESUMED): S.SCHEDULED,
    (S.HELD, E.CANCELLED): S.CANCELLED,
    (S.FAILED, E.RESUMED): S.SCHEDULED,
    (S.FAILED, E.CANCELLED): S.CANCELLED,
    (S.MISSED, E.RESUMED): S.SCHEDULED,
    (S.MISSED, E.CANCELLED): S.CANCELLED,
    (S.PUBLISHED, E.WITHDRAWN): S.WITHDRAWN,
    # the database is an older copy: what waits here may be public since, so the channel is asked first
    **{(state, E.RESTORED): S.UNCONFIRMED for state in (S.SCHEDULED, S.PREPARING, S.READY, S.PUBLISHING, S.RETRY_WAIT)},
    (S.UNCONFIRMED, E.COMPARED): S.SCHEDULED,  # surely not there: it goes on as the copy says, by its own late rule
}

FINAL = frozenset({S.WITHDRAWN, S.EXPIRED, S.CANCELLED})
"""States nothing leads out of."""
WAITING = (S.SCHEDULED, S.READY, S.RETRY_WAIT, S.UNCONFIRMED)
"""States the clock claims from, when `next_attempt_at` has come."""
WORKING = (S.PREPARING, S.PUBLISHING, S.UNCONFIRMED)
"""States in which a worker may hold a lease."""
OPEN = frozenset(State) - FINAL - {S.PUBLISHED, S.FAILED, S.MISSED}
"""States in which a publication may still become public by itself or by an answer."""

WORDS: dict[State, str] = {
    S.SCHEDULED: "Đã lên lịch",
    S.PREPARING: "Đang chuẩn bị",
    S.READY: "Sẵn sàng đăng",
    S.PUBLISHING: "Đang đăng",
    S.UNCONFIRMED: "Đang kiểm tra kết quả",
    S.RETRY_WAIT: "Chờ thử lại",
    S.NEEDS_PERSON: "Chưa rõ kết quả",
    S.HELD: "Đang giữ lại",
    S.PUBLISHED: "Đã đăng",
    S.WITHDRAWN: "Đã gỡ",
    S.FAILED: "Lỗi đăng",
    S.MISSED: "Quá giờ đăng",
    S.EXPIRED: "Hết hiệu lực",
    S.CANCELLED: "Đã hủy",
}


def allowed(state: str) -> list[Event]:
    """The events that may happen to a publication in `state`, in the table's order."""
    return [event for (before, event) in TRANSITIONS if before == state]


def mermaid() -> str:
    """The life cycle as a diagram, for docs/lifecycle.md."""
    lines = ["stateDiagram-v2", "    [*] --> scheduled"]
    lines += [f"    {before} --> {after}: {event}" for (before, event), after in TRANSITIONS.items()]
    lines += [f"    {state} --> [*]" for state in State if state in FINAL]
    return "\n".join(lines)
