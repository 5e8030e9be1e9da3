"""Thư viện nội dung: every post found and looked at, tables in and out, the templates of infographics."""

from fastapi import APIRouter

from web.rooms.library import exporting, importing, post, shelf, templates

router = APIRouter()
for _part in (importing, exporting, templates, shelf, post):
    router.include_router(_part.router)
