"""A month ahead, tried without sending anything."""

from fastapi import APIRouter

router = APIRouter()
