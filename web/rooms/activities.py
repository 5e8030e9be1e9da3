"""What was done outside the networks, with its evidence; what agencies handed in; results of indices."""

from fastapi import APIRouter

router = APIRouter()
