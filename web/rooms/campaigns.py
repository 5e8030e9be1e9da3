"""Campaigns: dates, channels, targets, progress, their own summary."""

from fastapi import APIRouter

router = APIRouter()
