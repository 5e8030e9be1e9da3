"""An evidence file made in the background, one at a time, while the page tells how far it is."""

import threading
from pathlib import Path

import structlog
from fastapi import Request

from content.documents import documents_in
from reports.evidence.making import make
from reports.evidence.preview import Inside
from reports.evidence.shelf import Place, Shelf
from reports.evidence.values import Asked
from scheduler.db import writing
from web.acts import Act, note
from web.house import House
from web.roles import Person

log = structlog.get_logger("web.records")
_RUNNING: dict[Path, threading.Thread] = {}
"""So that somebody may wait for the one in the making."""


def shelf_of(house: House) -> Shelf:
    """Where this house keeps what was made."""
    return Shelf(house.data_dir / "proofs")


def start(request: Request, house: House, person: Person, asked: Asked, inside: Inside) -> None:
    """Begin to make it. Raises `ContentError` when another one is in the making, or there is no room for it."""
    place = shelf_of(house).begin(asked, person.name, inside.publications, inside.size)
    thread = threading.Thread(target=_made, args=(request, house, person, asked, place), name="evidence", daemon=True)
    _RUNNING[place.shelf.folder] = thread
    thread.start()


def wait(house: House, seconds: float = 60) -> None:
    """Until the one that this process makes is done."""
    thread = _RUNNING.get(shelf_of(house).folder)
    if thread is not None:
        thread.join(seconds)


def _made(request: Request, house: House, person: Person, asked: Asked, place: Place) -> None:
    try:
        with place.working():
            documents, store = documents_in(house.data_dir), house.service.store.folder
            made = make(house.engine, store, documents, asked, place.target, told=place.told)
            now = house.now()
            words = f"{asked.label}; mã {made.manifest_sha256}"
            with place.kept(asked, made, now), writing(house.engine) as session:
                note(session, request, person, Act.EVIDENCE, place.target.name, words, now=now)
    except Exception:  # nobody waits for this thread's answer: the page tells that it failed, the log tells why
        log.exception("evidence_failed", label=asked.label)
