"""Whose a file is: rooms and programs ask here before they show one, or put it into a post."""

from collections.abc import Collection

from sqlalchemy import ColumnElement, and_, or_
from sqlmodel import Session, col, exists, select

from content.tables import Asset, Post, PostAsset
from web.acts import Act
from web.roles import Permission, Person
from web.tables import DeskAct, WorkCopy


def posts_of(person: Person) -> ColumnElement[bool] | None:
    """Of the posts those this person sees; None: all (`Person.sees`)."""
    if person.may(Permission.READ):
        return None
    own = col(Post.author) == person.name
    return or_(own, col(Post.agency) == person.agency) if person.agency else own


def files_of(person: Person) -> ColumnElement[bool] | None:
    """Files in posts that the person sees, and those they handed in; None: all."""
    posts = posts_of(person)
    if posts is None:
        return None
    handed_in = select(DeskAct.subject).where(DeskAct.act == Act.FILE, DeskAct.actor == person.name)
    in_post = and_(col(PostAsset.sha256) == col(Asset.sha256), col(PostAsset.post_id) == col(Post.id), posts)
    return or_(exists().where(in_post), col(Asset.sha256).in_(handed_in))


def not_theirs(session: Session, person: Person, hashes: Collection[str]) -> set[str]:
    """Of these files of the store those that the person may not see: knowing a hash is no right to its file."""
    theirs = files_of(person)
    if theirs is None or not hashes:
        return set()
    there = select(Asset.sha256).where(col(Asset.sha256).in_(set(hashes)))
    found: set[str] = set(session.exec(there))
    seen: set[str] = set(session.exec(there.where(theirs)))
    found -= seen
    # what the desk drew for a post that is not saved yet stands in the copy alone, where no form can write
    if not found:
        return found
    copies = session.exec(select(WorkCopy).where(WorkCopy.staff_id == person.id))
    return found.difference(*(copy.fields.get("drawn", {}) for copy in copies))
