"""How figures came in: collections, what is missing, and what a person enters from a console."""

from fastapi import APIRouter

router = APIRouter()
