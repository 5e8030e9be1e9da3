"""The asset store that every test of the exchange has of its own."""

from pathlib import Path

import pytest

from content.store import AssetStore


@pytest.fixture
def store(tmp_path: Path) -> AssetStore:
    return AssetStore(tmp_path / "store")
