"""The link with which a person sets a password, once."""

from fastapi import APIRouter, Request
from fastapi.responses import Response

from scheduler.db import reading, writing
from web.acts import Act, note
from web.door import Posted, house_of
from web.forms import Form
from web.passwords import kept, new_password
from web.rooms.sign_in.coming_in import at_the_door, step_in
from web.staff import accept, invited

router = APIRouter()


@router.get("/moi/{token}")
def invitation(request: Request, token: str) -> Response:
    """The page that asks for a new password."""
    house = house_of(request)
    with reading(house.engine) as session:
        staff = invited(session, token, now=house.now())
    if staff is None:
        return at_the_door(request, "sign_in/no_invitation.html", status=404)
    return at_the_door(request, "sign_in/invitation.html", form=Form(), staff=staff)


@router.post("/moi/{token}")
def set_password(request: Request, token: str, posted: Posted) -> Response:
    """Keep the password and let the person in, or on to the second step."""
    form, house, now = Form(posted), house_of(request), house_of(request).now()
    with reading(house.engine) as session:
        staff = invited(session, token, now=now)
    if staff is None:
        return at_the_door(request, "sign_in/no_invitation.html", status=404)
    password = new_password(form, staff.login, staff.name)
    if form.errors:
        return at_the_door(request, "sign_in/invitation.html", status=422, form=form, staff=staff)
    password_hash = kept(house.passwords, password)
    with writing(house.engine) as session:
        row = accept(session, token, password_hash, now=now)
        if row is not None:
            note(session, request, row.name, Act.PASSWORD, row.login, "bằng đường dẫn mời", now=now)
            return step_in(request, session, row, "/")
    return at_the_door(request, "sign_in/no_invitation.html", status=404)
