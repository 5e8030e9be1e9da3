"""One's own account."""

from fastapi import APIRouter

router = APIRouter()
