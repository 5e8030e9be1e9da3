"""Figures: what went out and what it reached, the plan's coverage, best hours, posts, channels, weekly summaries."""

from fastapi import APIRouter

from web.rooms.figures import hours, matrix, pages, weeks

router = APIRouter()
router.include_router(pages.router)
router.include_router(matrix.router)
router.include_router(hours.router)
router.include_router(weeks.router)
