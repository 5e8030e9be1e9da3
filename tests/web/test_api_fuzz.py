"""Every route of the API is asked everything its own description allows, and much that it does not: never a 5xx."""

from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import content_type_conformance, response_schema_conformance

from tests.conftest import NOW
from tests.scheduler.house import HOUR
from tests.web.desk import Desk
from tests.web.test_api import Program
from web.roles import Role
from web.tokens import Scope

SETTINGS = settings(
    max_examples=15, deadline=None, database=None, derandomize=True, suppress_health_check=list(HealthCheck)
)
CHECKS = [not_a_server_error, response_schema_conformance, content_type_conformance]


@pytest.fixture
def everything(desk: Desk) -> Iterator[Program]:
    """A program that may do everything but hold the keys, on a desk with something of everything."""
    channel = desk.channel()
    for state in ("draft", "submitted", "approved"):
        desk.publication(post_id=desk.post(state=state).id, channel_id=channel.id, due_at=NOW + HOUR)
    everybody = desk.person("tat-ca", "Tất Cả", Role.EDITOR, Role.APPROVER_2, Role.SYSTEM_ADMIN)
    program = Program(desk, everybody, list(Scope))
    yield program
    program.http.close()


@pytest.mark.parametrize("mode", list(GenerationMode))
def test_no_request_breaks_the_server_and_every_answer_is_as_described(
    everything: Program, mode: GenerationMode
) -> None:
    schema = schemathesis.openapi.from_url(f"{everything.url}/openapi.json")
    asked = 0

    def ask_all(operation: Any) -> None:
        @given(case=operation.as_strategy(generation_mode=mode))
        @settings(
            max_examples=15, deadline=None, database=None, derandomize=True, suppress_health_check=list(HealthCheck)
        )
        def ask(case: Any) -> None:
            nonlocal asked
            asked += 1
            case.validate_response(case.call(session=everything.http), checks=CHECKS)

        ask()

    for found in schema.get_all_operations():
        ask_all(found.ok())
    assert asked > 150, "the description was read and its routes were asked"
