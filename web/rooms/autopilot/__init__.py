"""The autopilot's page: what it will do and why; pin, veto, swap."""

from fastapi import APIRouter

router = APIRouter()
