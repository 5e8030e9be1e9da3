"""Evidence files and open data: what the office hands to whoever asks for proof."""

from fastapi import APIRouter

router = APIRouter()
