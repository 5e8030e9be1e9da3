"""Who may do what: the roles of an office and their permissions, as one table (domain 2.1)."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from content.tables import Editorial, Post


class Role(StrEnum):
    """A person's task in the office."""

    CONTRIBUTOR = "contributor"
    EDITOR = "editor"
    APPROVER_1 = "approver_1"
    APPROVER_2 = "approver_2"
    CHANNEL_ADMIN = "channel_admin"
    SYSTEM_ADMIN = "system_admin"
    VIEWER = "viewer"


ROLE_WORDS = {
    Role.CONTRIBUTOR: "Cộng tác viên",
    Role.EDITOR: "Biên tập viên",
    Role.APPROVER_1: "Người duyệt cấp 1",
    Role.APPROVER_2: "Người duyệt cấp 2",
    Role.CHANNEL_ADMIN: "Quản trị kênh",
    Role.SYSTEM_ADMIN: "Quản trị hệ thống",
    Role.VIEWER: "Người xem",
}


class Permission(StrEnum):
    """One thing that not everybody may do."""

    READ = "read"
    """See everything of the office. Without it a person sees what they wrote and what their agency proposed."""
    PROPOSE = "propose"
    """Write drafts of one's own agency and hand in files."""
    EDIT = "edit"
    """Change every post, take up suggestions, submit."""
    SCHEDULE = "schedule"
    """Queue approved posts, move, hold, cancel, settle unknown outcomes, take posts down."""
    APPROVE = "approve"
    """Approve and return; the first of two levels for sensitive posts."""
    APPROVE_SENSITIVE = "approve_sensitive"
    """The second level."""
    PAUSE = "pause"
    """Stop everything, and let it go on."""
    CHANNELS = "channels"
    """Connect accounts, renew access, slots and options of channels."""
    PEOPLE = "people"
    SETTINGS = "settings"
    """Plan, agencies, holidays, feeds, brand, templates of pauses."""


P, R = Permission, Role

MAY: dict[Role, frozenset[Permission]] = {
    R.CONTRIBUTOR: frozenset({P.PROPOSE}),
    R.EDITOR: frozenset({P.READ, P.PROPOSE, P.EDIT, P.SCHEDULE}),
    R.APPROVER_1: frozenset({P.READ, P.APPROVE}),
    R.APPROVER_2: frozenset({P.READ, P.APPROVE, P.APPROVE_SENSITIVE, P.PAUSE}),
    R.CHANNEL_ADMIN: frozenset({P.READ, P.CHANNELS}),
    R.SYSTEM_ADMIN: frozenset({P.READ, P.PEOPLE, P.SETTINGS}),
    R.VIEWER: frozenset({P.READ}),
}

DELEGABLE = frozenset({P.APPROVE, P.APPROVE_SENSITIVE, P.PAUSE})
"""What an approver who is away may put into another's hands."""

APART = ((R.CHANNEL_ADMIN, R.APPROVER_1), (R.CHANNEL_ADMIN, R.APPROVER_2))
"""Roles that one person may not have together: whoever holds the keys of the channels does not approve."""


@dataclass(frozen=True, slots=True)
class Delegated:
    """What a person may do today in another's name."""

    name: str
    permissions: frozenset[Permission]


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who is signed in."""

    id: int
    login: str
    name: str
    roles: frozenset[Role]
    agency: str = ""
    language: str = "vi"
    session_id: int = 0
    delegated: tuple[Delegated, ...] = ()
    only: frozenset[Permission] | None = None
    """What a program that works in the person's name is limited to; None: the person is here in person."""

    @property
    def own(self) -> frozenset[Permission]:
        """What the person may do by their own roles."""
        return permissions_of(self.roles) if self.only is None else permissions_of(self.roles) & self.only

    def may(self, permission: Permission) -> bool:
        """By their own roles, or in the name of somebody who is away."""
        return permission in self.own or self.on_behalf_of(permission) != ""

    def on_behalf_of(self, permission: Permission) -> str:
        """The name of who delegated it; "" when it is the person's own right, or nobody's."""
        if permission in self.own or (self.only is not None and permission not in self.only):
            return ""
        return next((one.name for one in self.delegated if permission in one.permissions), "")

    def sees(self, post: Post) -> bool:
        """Whether the post is theirs to read."""
        return self.may(P.READ) or self.is_theirs(post)

    def may_edit(self, post: Post) -> bool:
        """Whether they may change the post's words."""
        return self.may(P.EDIT) or (self.may(P.PROPOSE) and self.is_theirs(post))

    def may_change(self, post: Post) -> bool:
        """Whether they may change it as it stands: what waits for a decision, or has one, is the editors'."""
        waits = post.state in (Editorial.SUBMITTED, Editorial.APPROVED)
        return self.may_edit(post) and (self.may(P.EDIT) or not waits)

    def is_theirs(self, post: Post) -> bool:
        """They wrote it, or their agency proposed it."""
        return post.author == self.name or (self.agency != "" and post.agency == self.agency)


def permissions_of(roles: Iterable[Role]) -> frozenset[Permission]:
    """Everything that somebody with these roles may do."""
    return frozenset().union(*(MAY[role] for role in roles))


def roles_named(text: str) -> frozenset[Role]:
    """The roles of "approver_1, system_admin". Raises ValueError with a sentence that names the ones there are."""
    names = [name.strip() for name in text.split(",") if name.strip()]
    if any(name not in set(Role) for name in names):
        raise ValueError(f"chỉ nhận các vai trò {', '.join(Role)}, cách nhau bằng dấu phẩy")
    return frozenset(Role(name) for name in names)
