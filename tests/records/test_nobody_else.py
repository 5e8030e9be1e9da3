"""Of followers and commenters nothing is kept: no name, no id, no word, in no table, no raw answer, no log line."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from connectors import CONNECTORS
from sandbox.faults import COMMENT, LEAKED, PERSON
from scheduler.metrics import collect
from tests.conftest import NOW, Sandbox
from tests.records.everything import everything
from tests.scheduler.house import HOUR, Running
from tests.scheduler.test_publishing import suited


@pytest.fixture
def house(engine: Engine, sandbox: Sandbox, tmp_path: Path, media_host: str) -> Iterator[Running]:
    running = Running(engine, sandbox, tmp_path, media_host, youtube={"chunk_bytes": 256 * 1024})
    yield running
    running.close()


@pytest.mark.parametrize("platform", CONNECTORS)
def test_nothing_of_a_person_is_kept_however_much_a_platform_tells(
    house: Running, platform: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Names, ids and words of people stand in every answer, from the upload to the figures and the audit."""
    channel = house.connect(platform)
    row = house.queue(suited(house, platform), channel)
    house.sandbox.fault(platform, "talkative", times=9_999)
    house.pass_time(NOW + 3 * HOUR)
    row = house.load(row.id)
    assert row.permalink and row.external_id, "it was published through those answers"
    assert collect(house.engine, house.service.access, now=house.clock.now()).readings > 0
    house.service.check_channels()
    house.service.refresh_tokens()
    log = capsys.readouterr()
    kept = everything(house.engine)
    assert row.external_id in kept["publication.external_id"] and kept["collection.payload"]
    for secret in (PERSON, LEAKED, COMMENT, "1000000000000001"):
        assert [name for name, text in kept.items() if secret in text] == []
        assert secret not in log.out + log.err
