"""What every part of the API is made of: whose key it is, errors as answers, lists by cursor, requests once."""

import base64
import binascii
import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Generic, TypeVar

from fastapi import Depends, FastAPI, Header, HTTPException, Query, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from fastapi.security import HTTPBearer
from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, PlainSerializer
from sqlalchemy.exc import IntegrityError
from sqlmodel import col, delete, select, update
from starlette.exceptions import HTTPException as Answer

from connectors.errors import ConnectorError
from content.editing import Conflict
from content.errors import ContentError
from content.vietnamese import nfc
from scheduler.channels import ChannelError
from scheduler.db import reading, writing
from scheduler.pauses import PauseError
from scheduler.queue import QueueError
from scheduler.submission import NotReady
from web.asking import NUMBER_MOST
from web.away import answer_while_away
from web.door import Forbidden, house_of
from web.roles import Permission, Person
from web.tables import IdempotentAnswer
from web.tokens import person_of_token

REMEMBERS = timedelta(days=2)
"""How long a request with an idempotency key is remembered."""
BROKEN_OFF = timedelta(minutes=10)
"""Longer than any request takes: whoever worked on one that began before that died, perhaps when it was done."""
_BROKEN_OFF_WORDS = (
    "Yêu cầu đầu tiên với Idempotency-Key này bị ngắt giữa chừng, có thể đã làm xong; hãy xem lại danh sách, "
    "nếu chưa có thì gửi lại với khóa mới."
)
MOST = 200
"""Items of one page of a list, at most."""

_bearer = HTTPBearer(auto_error=False, description="A key made on the page “Tài khoản của tôi”.")

Item = TypeVar("Item", bound=BaseModel)


def _readable(value: datetime) -> datetime:
    if not 2000 <= value.year <= 2100:
        raise ValueError("thời điểm phải trong các năm 2000–2100")
    return value.astimezone(UTC)


Moment = Annotated[AwareDatetime, AfterValidator(_readable)]
"""A time with its offset; UTC inside."""
Told = Annotated[datetime, PlainSerializer(lambda value: value.astimezone(UTC).isoformat(), return_type=str)]
"""A time as it is answered: UTC."""
Words = Annotated[str, AfterValidator(nfc)]
"""A text, NFC."""


class In(BaseModel):
    """What a program sends: nothing that is not asked for."""

    model_config = ConfigDict(extra="forbid")


class Out(BaseModel):
    """What is answered."""

    model_config = ConfigDict(from_attributes=True)


class Problem(Out):
    """Why something was not done."""

    detail: str
    errors: list[dict[str, str]] = []


class Page(Out, Generic[Item]):
    """One page of a list."""

    items: list[Item]
    next: str | None = None


# Who it is -------------------------------------------------------------------------------------------------


def program(request: Request, _shown: Annotated[Any, Depends(_bearer)] = None) -> Person:
    """The person behind the key. Answers 401 when there is none that lives."""
    kind, _, raw = request.headers.get("authorization", "").partition(" ")
    house = house_of(request)
    someone = person_of_token(house.engine, raw.strip(), house.now()) if kind.lower() == "bearer" else None
    if someone is None:
        raise HTTPException(401, "Thiếu mã truy cập, hoặc mã đã hết hạn.", {"WWW-Authenticate": "Bearer"})
    request.state.person = someone
    return someone


Caller = Annotated[Person, Depends(program)]


def needs(*permissions: Permission) -> Callable[..., Person]:
    """A dependency: the caller, when they and their key allow one of these."""

    def one_who_may(someone: Caller) -> Person:
        if not any(someone.may(permission) for permission in permissions):
            raise Forbidden
        return someone

    return one_who_may


# Errors ----------------------------------------------------------------------------------------------------


def router_options() -> dict[str, Any]:
    """The answers that any request may get."""
    told = {401: "no living key", 403: "not allowed", 404: "not there", 409: "not possible as it stands", 422: "wrong"}
    return {"responses": {status: {"model": Problem, "description": words} for status, words in told.items()}}


def answers_of_errors(api: FastAPI) -> None:
    """Every error of the floors below as a status and one sentence."""
    statuses: list[tuple[type[Exception], int]] = [
        *((Forbidden, 403), (NotReady, 422), (ConnectorError, 502)),
        *((kind, 409) for kind in (Conflict, ContentError, QueueError, ChannelError, PauseError)),
    ]

    def answer(status: int) -> Callable[[Request, Exception], JSONResponse]:
        def told(_request: Request, error: Exception) -> JSONResponse:
            found = getattr(error, "findings", {})
            errors = [
                {"post": key, "field": one.field, "words": one.words, "grade": one.grade.value}
                for key, several in found.items()
                for one in several
            ]
            return _problem(status, getattr(error, "words", "") or str(error), errors)

        return told

    for kind, status in statuses:
        api.add_exception_handler(kind, answer(status))
    api.add_exception_handler(RequestValidationError, _wrong)
    api.add_exception_handler(Answer, _plain)
    answer_while_away(api)


def _problem(
    status: int, detail: str, errors: Sequence[dict[str, str]] = (), headers: Mapping[str, str] | None = None
) -> JSONResponse:
    return JSONResponse({"detail": detail, "errors": list(errors)}, status_code=status, headers=headers)


def _wrong(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    found = [
        {"field": ".".join(str(part) for part in one["loc"][1:]) or str(one["loc"][0]), "words": str(one["msg"])}
        for one in error.errors()
    ]
    return _problem(422, "Yêu cầu có trường không đúng; xem errors.", found)


def _plain(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, Answer)
    words = {404: "Không có, hoặc bạn không được xem.", 405: "Địa chỉ này không nhận cách gọi đó."}
    detail = words.get(error.status_code, str(error.detail))
    return _problem(error.status_code, detail, headers=dict(error.headers or {}))


def missing() -> HTTPException:
    """Not there, or not theirs to see: the same answer."""
    return HTTPException(404)


# Lists -----------------------------------------------------------------------------------------------------

Limit = Annotated[int, Query(ge=1, le=MOST, description="Items of one page.")]
Cursor = Annotated[str | None, Query(max_length=400, description="`next` of the page before.")]


def cursor_of(*values: object) -> str:
    """Where a page ended."""
    told = [value.isoformat() if isinstance(value, datetime) else value for value in values]
    return base64.urlsafe_b64encode(json.dumps(told).encode()).decode()


def cursor_at(cursor: str | None, *kinds: Callable[[Any], Any]) -> tuple[Any, ...] | None:
    """The values of a cursor; None at the beginning. Answers 422 for one that we never gave."""
    if not cursor:
        return None
    try:
        values = json.loads(base64.urlsafe_b64decode(cursor.encode()))
        if not isinstance(values, list) or len(values) != len(kinds):
            raise ValueError(cursor)
        found = tuple(kind(value) for kind, value in zip(kinds, values, strict=True))
        if any(isinstance(one, int) and not 0 <= one <= NUMBER_MOST for one in found):
            raise ValueError(cursor)
    except (ValueError, TypeError, AttributeError, binascii.Error, OverflowError):
        raise HTTPException(422, "cursor không phải giá trị next đã nhận; hãy bắt đầu lại từ trang đầu.") from None
    return found


def aware(value: Any) -> datetime:
    """A time in a cursor. Raises ValueError for what is none."""
    found = datetime.fromisoformat(value)
    if found.tzinfo is None:
        raise ValueError(value)
    return found.astimezone(UTC)


# Requests once ---------------------------------------------------------------------------------------------

OnceKey = Annotated[str | None, Header(alias="Idempotency-Key", min_length=1, max_length=200)]


def once(request: Request, someone: Person, key: str | None, body: BaseModel, do: Callable[[], BaseModel]) -> Any:
    """Do it, or answer as the first time when this key was used for the very same request.

    Answers 422 for a key that was used for another request, 409 while the first one is still being worked on. What
    went wrong is not remembered: the request may be sent again with the same key.
    """
    if key is None:
        return do()
    house, now = house_of(request), house_of(request).now()
    asked = f"{request.method} {request.url.path}\n{body.model_dump_json()}"
    digest = hashlib.sha256(asked.encode()).hexdigest()
    try:
        with writing(house.engine) as session:
            session.exec(delete(IdempotentAnswer).where(col(IdempotentAnswer.created_at) < now - REMEMBERS))
            row = IdempotentAnswer(staff_id=someone.id, key=key, request_hash=digest, answer={}, created_at=now)
            session.add(row)
    except IntegrityError:
        return _as_the_first_time(request, someone, key, digest)
    try:
        answer = do()
    except BaseException:
        with writing(house.engine) as session:
            session.exec(delete(IdempotentAnswer).where(col(IdempotentAnswer.id) == row.id))
        raise
    told = answer.model_dump(mode="json")
    with writing(house.engine) as session:
        session.exec(update(IdempotentAnswer).where(col(IdempotentAnswer.id) == row.id).values(status=200, answer=told))
    return answer


def _as_the_first_time(request: Request, someone: Person, key: str, digest: str) -> JSONResponse:
    with reading(house_of(request).engine) as session:
        row = session.exec(
            select(IdempotentAnswer).where(IdempotentAnswer.staff_id == someone.id, IdempotentAnswer.key == key)
        ).first()
    if row is not None and not row.status and row.created_at < house_of(request).now() - BROKEN_OFF:
        raise HTTPException(409, _BROKEN_OFF_WORDS)
    if row is None or not row.status:
        raise HTTPException(409, "Yêu cầu đầu tiên với Idempotency-Key này đang được xử lý; hãy hỏi lại sau.")
    if row.request_hash != digest:
        raise HTTPException(422, "Idempotency-Key này đã dùng cho một yêu cầu khác; hãy dùng khóa mới.")
    return JSONResponse(row.answer, headers={"Idempotent-Replayed": "true"})
