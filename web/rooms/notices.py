"""What people have to know before it is too late."""

from fastapi import APIRouter

router = APIRouter()
