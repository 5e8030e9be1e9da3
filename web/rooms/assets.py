"""Not furnished yet."""

from fastapi import APIRouter

router = APIRouter()
