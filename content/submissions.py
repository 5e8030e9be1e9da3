"""What the agencies handed in for the plan's deadlines (domain V.end-1): who has, when, and who has not, as of a day.

Nothing is deleted: what was entered by mistake is withdrawn and may be entered anew. Whoever saves says which version
they saw. Every change leaves a row in the record of acts.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any, NamedTuple

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select, update

from content.act_records import Action, Subject, as_it_stands, record
from content.articles import printable
from content.errors import ContentError
from content.plan import Agency, Plan
from content.plan_goals import Deadline
from content.record_tables import Submission
from content.vietnamese import day, fold, local_day, moment, nfc, number

DOCUMENT_MOST, WORDS_MOST = 200, 2_000
STEPS = (14, 7, 1)
"""Days before a deadline on which people are reminded."""
_DO_NOT_HAND_IN = frozenset({"nhom", "bao_chi", "ubnd_tinh"})
"""Kinds of agencies that a deadline without names of its own does not mean: a group has no hands of its own."""


class State(StrEnum):
    """How an agency stands with a deadline on a day."""

    IN_TIME = "in_time"
    LATE = "late"
    MISSING = "missing"
    WAITING = "waiting"
    """Nothing is in, and the day has not passed, or there is none."""


STATE_WORDS = {
    State.IN_TIME: "Đã nộp",
    State.LATE: "Nộp trễ",
    State.MISSING: "Chưa nộp, quá hạn",
    State.WAITING: "Chưa nộp",
}


class Problem(NamedTuple):
    """What is wrong: with which field, and one sentence."""

    field: str
    words: str


class SubmissionError(ContentError):
    """A submission that cannot be kept as it is; `problems` tells everything that is wrong with it."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("\n".join(one.words for one in problems))
        self.problems = list(problems)


class SubmissionConflict(ContentError):
    """Somebody entered or changed it meanwhile; `standing` is how it is now."""

    def __init__(self, standing: Submission) -> None:
        super().__init__(
            f"{standing.recorded_by} vừa ghi việc nộp này lúc {moment(standing.recorded_at)} (ngày nộp "
            f"{day(standing.received_on)}). Hãy xem lại rồi lưu lại nếu vẫn cần."
        )
        self.standing = standing


class NoSubmission(ContentError):
    """There is none."""


@dataclass(frozen=True, slots=True)
class SubmissionFields:
    """What is said of one submission."""

    deadline: str
    agency: str
    received_on: date
    document: str = ""
    words: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """One agency before one deadline."""

    agency: str
    name: str
    state: State
    submission: Submission | None = None
    days_late: int = 0
    """Of what came late, or is missing, as of the day that was asked for."""


@dataclass(frozen=True, slots=True)
class Standing:
    """One deadline as of a day, with every agency that has to hand in, in the register's order."""

    deadline: Deadline
    as_of: date
    lines: tuple[Line, ...]

    def of(self, *states: State) -> list[Line]:
        """The agencies that stand so."""
        return [one for one in self.lines if one.state in states]

    @property
    def handed_in(self) -> int:
        """How many have handed in, in time or late."""
        return len(self.of(State.IN_TIME, State.LATE))

    @property
    def days_left(self) -> int | None:
        """Days until the last day; 0 on that day, less than 0 afterwards; None without a day."""
        last = self.deadline.last_day
        return (last - self.as_of).days if last else None


# Looking ---------------------------------------------------------------------------------------------------


def deadline_of(plan: Plan, code: str) -> Deadline:
    """The deadline of that code. Raises `ContentError`."""
    found = next((one for one in plan.deadlines if one.code == code), None)
    if found is None:
        known = ", ".join(one.code for one in plan.deadlines) or "chưa có hạn nào"
        raise ContentError(f"Kế hoạch không có hạn nộp “{code[:60]}”; các hạn đang có: {known}.")
    return found


def owing(plan: Plan, deadline: Deadline) -> list[Agency]:
    """The agencies that have to hand in, in the register's order."""
    if deadline.agencies:
        return [one for one in plan.agencies if one.code in deadline.agencies]
    on = deadline.last_day
    receives = fold(deadline.to)
    return [
        one
        for one in plan.agencies
        if one.kind not in _DO_NOT_HAND_IN
        and fold(one.name) != receives
        and not (on and ((one.valid_from and one.valid_from > on) or (one.valid_to and one.valid_to < on)))
    ]


def standings(session: Session, plan: Plan, as_of: date) -> list[Standing]:
    """Every deadline of the plan as of a local day: what was received later is not in yet. One statement."""
    rows = session.exec(
        select(Submission).where(
            Submission.plan == plan.code, col(Submission.withdrawn_at).is_(None), col(Submission.received_on) <= as_of
        )
    )
    came = {(one.deadline, one.agency): one for one in rows}
    return [Standing(one, as_of, tuple(_lines(plan, one, came, as_of))) for one in plan.deadlines]


def _lines(plan: Plan, deadline: Deadline, came: dict[tuple[str, str], Submission], as_of: date) -> Iterator[Line]:
    agencies = owing(plan, deadline)
    names = {one.code: one.name for one in plan.agencies}
    codes = [one.code for one in agencies]
    also = sorted(agency for code, agency in came if code == deadline.code and agency not in codes)
    last = deadline.last_day
    for code in (*codes, *also):
        found = came.get((deadline.code, code))
        state, late = _state(found, last, as_of)
        yield Line(code, names.get(code, code), state, found, late)


def _state(found: Submission | None, last: date | None, as_of: date) -> tuple[State, int]:
    if found is not None:
        late = (found.received_on - last).days if last else 0
        return (State.LATE, late) if late > 0 else (State.IN_TIME, 0)
    late = (as_of - last).days if last else 0
    return (State.MISSING, late) if late > 0 else (State.WAITING, 0)


def find_submission(session: Session, number_: int, *, locked: bool = False) -> Submission:
    """The submission of that number. Raises `NoSubmission`."""
    statement = select(Submission).where(Submission.id == number_).execution_options(populate_existing=True)
    row = session.exec(statement.with_for_update() if locked else statement).one_or_none()
    if row is None:
        raise NoSubmission(f"Không có lần nộp số {number_}.")
    return row


def submission_of(session: Session, plan: str, deadline: str, agency: str) -> Submission | None:
    """What an agency handed in for a deadline, withdrawn or not."""
    wanted = (Submission.plan == plan, Submission.deadline == deadline, Submission.agency == agency)
    return session.exec(select(Submission).where(*wanted).execution_options(populate_existing=True)).one_or_none()


# Reminding -------------------------------------------------------------------------------------------------


class Reminder(NamedTuple):
    """A deadline that comes near while somebody has not handed in."""

    standing: Standing
    step: int
    """One of `STEPS`: the last that was reached."""


def reminders(session: Session, plan: Plan, today: date) -> list[Reminder]:
    """The deadlines of which people are to be told today; nothing is read while none is near."""
    near = [one for one in plan.deadlines if one.last_day and 0 <= (one.last_day - today).days <= max(STEPS)]
    if not near:
        return []
    found = standings(session, plan.model_copy(update={"deadlines": tuple(near)}), today)
    return [
        Reminder(one, min(step for step in STEPS if (one.days_left or 0) <= step))
        for one in found
        if one.of(State.WAITING)
    ]


def reminder_words(reminder: Reminder) -> str:
    """What people are told: what is due, when, and who has not handed in."""
    standing = reminder.standing
    missing = standing.of(State.WAITING)
    named = ", ".join(one.name for one in missing[:5])
    more = f" và {number(len(missing) - 5)} cơ quan khác" if len(missing) > 5 else ""
    left = f"còn {number(standing.days_left)} ngày" if standing.days_left else "hôm nay là ngày cuối"
    return (
        f"Hạn nộp “{standing.deadline.what}” {left} (ngày cuối {day(standing.deadline.last_day)}). "
        f"Chưa nộp {number(len(missing))}/{number(len(standing.lines))} cơ quan: {named}{more}."
    )


# Changing --------------------------------------------------------------------------------------------------


def hand_in(session: Session, plan: Plan, fields: SubmissionFields, *, seen: int, by: str, now: datetime) -> Submission:
    """Keep what an agency handed in; the caller commits. `seen`: the version `by` had before them, 0: none.

    Saving what is kept already changes nothing; what was withdrawn stands again with what is said now. Raises
    `SubmissionError`, `SubmissionConflict`, and `ContentError` for a deadline that there is not.
    """
    ready = _checked(plan, fields, local_day(now))
    row = submission_of(session, plan.code, ready.deadline, ready.agency)
    if row is None:
        made = _made(session, plan, ready, by, now)
        if made is not None:
            return made
        row = submission_of(session, plan.code, ready.deadline, ready.agency)
        assert row is not None, "its place is taken"
    same = (row.received_on, row.document, row.words) == (ready.received_on, ready.document, ready.words)
    if same and row.withdrawn_at is None:
        return row
    if row.withdrawn_at is None and row.version != seen:
        raise SubmissionConflict(row)
    action = Action.CHANGED if row.withdrawn_at is None else Action.RESTORED
    values = {"received_on": ready.received_on, "document": ready.document, "words": ready.words}
    return _written(session, row, action, by, now, **values, withdrawn_at=None, withdrawn_by="")


def withdraw_submission(session: Session, number_: int, *, by: str, now: datetime) -> Submission:
    """It was entered by mistake: the agency has not handed in; its files stay. The caller commits."""
    row = find_submission(session, number_, locked=True)
    if row.withdrawn_at is not None:
        return row
    return _written(session, row, Action.WITHDRAWN, by, now, withdrawn_at=now, withdrawn_by=by)


def _checked(plan: Plan, fields: SubmissionFields, today: date) -> SubmissionFields:
    deadline = deadline_of(plan, nfc(fields.deadline).strip())
    document = " ".join(printable(nfc(fields.document)).split())
    words = "\n".join(printable(line).rstrip() for line in nfc(fields.words).splitlines()).strip()
    agency = nfc(fields.agency).strip()
    problems = []
    if agency not in {one.code for one in plan.agencies}:
        problems.append(Problem("agency", "Hãy chọn cơ quan trong danh sách của kế hoạch."))
    if fields.received_on > today:
        problems.append(Problem("received_on", f"Ngày nộp {day(fields.received_on)} chưa tới: hãy sửa lại."))
    if fields.received_on.year < 2000:
        problems.append(Problem("received_on", "Ngày nộp phải từ năm 2000 trở đi."))
    for name, text, most in (("document", document, DOCUMENT_MOST), ("words", words, WORDS_MOST)):
        if len(text) > most:
            problems.append(Problem(name, f"Dài {number(len(text))} ký tự; tối đa {number(most)} ký tự."))
    if problems:
        raise SubmissionError(problems)
    return SubmissionFields(deadline.code, agency, fields.received_on, document, words)


def _made(session: Session, plan: Plan, ready: SubmissionFields, by: str, now: datetime) -> Submission | None:
    """The row; None when somebody made it meanwhile."""
    row = Submission(
        plan=plan.code, deadline=ready.deadline, agency=ready.agency, received_on=ready.received_on,
        document=ready.document, words=ready.words, recorded_by=by, recorded_at=now,
    )  # fmt: skip
    try:
        with session.begin_nested():
            session.add(row)
    except IntegrityError:
        return None
    record(session, Subject.SUBMISSION, row.id or 0, Action.RECORDED, as_it_stands(row), by=by, now=now)
    return row


def _written(session: Session, row: Submission, action: Action, by: str, now: datetime, **values: Any) -> Submission:
    values |= {"version": row.version + 1, "recorded_by": by, "recorded_at": now}
    same = (col(Submission.id) == row.id, col(Submission.version) == row.version)
    if session.exec(update(Submission).where(*same).values(**values)).rowcount != 1:
        raise SubmissionConflict(find_submission(session, row.id or 0))
    session.refresh(row)
    record(session, Subject.SUBMISSION, row.id or 0, action, as_it_stands(row), by=by, now=now)
    return row
