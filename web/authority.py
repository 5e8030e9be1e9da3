"""Who may change a post as it stands, and in whose right somebody decides about it.

An approver decides in their own right, or in that of a person who is away and put it into their hands.
"""

from content.standing import LEVEL, Approver, Standing, Step, why_not, why_not_return
from content.tables import Post
from web.door import Forbidden
from web.roles import Permission, Person

WAITS = "Bài đã trình duyệt hoặc đã duyệt nên cộng tác viên không sửa được; hãy nhờ biên tập viên."

PERMISSION = {1: Permission.APPROVE, 2: Permission.APPROVE_SENSITIVE}
"""What each level asks for."""


def refuse_change(someone: Person, post: Post) -> None:
    """Raises `Forbidden` when this person may not change the post as it stands."""
    if not someone.may_change(post):
        raise Forbidden(WAITS if someone.may_edit(post) else "Bạn được xem bài này nhưng không được sửa.")


def may_approve(someone: Person) -> bool:
    """Whether they approve anything at all today."""
    return someone.may(Permission.APPROVE) or someone.may(Permission.APPROVE_SENSITIVE)


def approver(someone: Person, standing: Standing, *, urgent: bool = False) -> Approver:
    """The person as who decides about the next step: in their own right, else in the first name that may."""
    level = LEVEL[Step.URGENT if urgent else standing.step]
    options = as_whom(someone, level)
    return next((one for one in options if not why_not(standing, one, urgent=urgent)), options[0])


def returner(someone: Person, standing: Standing) -> Approver:
    """The person as who gives a post back: whoever may say the first yes may say no."""
    options = as_whom(someone, 1)
    return next((one for one in options if not why_not_return(standing, one)), options[0])


def as_whom(someone: Person, level: int) -> list[Approver]:
    """Every right by which they could decide at this level, their own first; at least one, perhaps a lower one."""
    wanted = PERMISSION[level]
    if wanted in someone.own:
        return [Approver(someone.name, level)]
    names = [one.name for one in someone.delegated if wanted in one.permissions]
    lower = Approver(someone.name, level - 1 if level > 1 and someone.may(PERMISSION[level - 1]) else 0)
    return [Approver(someone.name, level, name) for name in names] or [lower]
