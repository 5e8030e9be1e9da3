"""Official reports: begun from a preset, written on, checked, handed out."""

from fastapi import APIRouter

router = APIRouter()
