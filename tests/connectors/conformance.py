"""What must hold for every platform. A platform's test class inherits it and gets these tests for nothing.

    class TestFacebookPage(ConnectorConformance):
        platform = "facebook"
        publish_call = ("POST", r"/v[0-9.]+/[0-9]+/feed")

        def simplest(self, tmp_path): ...

Time is a value: a test moves `now` and the sandbox's clock together and never waits.
"""

import dataclasses
import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import parse_qsl, urlsplit

import pytest
import requests
from pydantic import BaseModel

from connectors import connector_class
from connectors.base import (
    Accepted,
    Connected,
    Connector,
    Consent,
    Found,
    NotThere,
    Outgoing,
    Published,
    Receipt,
    Saved,
)
from connectors.errors import ConnectorError, Misconfigured, Unavailable, Unconfirmed, Unsupported
from connectors.http import new_session
from tests.conftest import NOW, Sandbox

REDIRECT_URI = "http://127.0.0.1:8000/channels/back"
VERIFIER = "conformance-verifier-of-forty-three-letters"
STEPS_MAX = 60


def drive(
    connector: Connector, outgoing: Outgoing, now: datetime, sandbox: Sandbox, saved: Saved | None = None
) -> Saved:
    """Call `prepare` until it is ready, moving the clocks by what each step asks for. What was saved at last."""
    saved = saved or {}
    for _ in range(STEPS_MAX):
        sandbox.at(now)
        step = connector.prepare(outgoing, json.loads(json.dumps(saved)), now=now)
        saved = step.saved
        if step.ready:
            return saved
        now += step.again_after
    raise AssertionError(f"not ready after {STEPS_MAX} steps: {sorted(saved)}")


def look(
    connector: Connector,
    outgoing: Outgoing,
    saved: Saved,
    now: datetime,
    sandbox: Sandbox,
    since: datetime | None = None,
) -> Found:
    """Look as often as the platform's `looks` say, as the scheduler does; the first answer that is not NotThere."""
    since = since or now
    found: Found = NotThere()
    for pause in connector.capabilities.looks:
        now += pause
        sandbox.at(now)
        found = connector.find(outgoing, saved, since=since, known=frozenset(), now=now)
        if not isinstance(found, NotThere):
            return found
    return found


class ConnectorCase:
    """What a test needs to work with one platform's connector; it holds no test itself."""

    platform: ClassVar[str]
    publish_call: ClassVar[tuple[str, str]]
    """Method and path, as regular expressions, of the one call that makes a post public."""
    unknown_id: ClassVar[str] = "999999999999999"
    """An id of the right shape that the platform never gave out."""

    http: requests.Session

    # What a platform tells ------------------------------------------------------------------------------

    def settings(self, sandbox: Sandbox) -> BaseModel:
        """The connector's settings as the sandbox tells them: its addresses, its app id and secret."""
        return connector_class(self.platform).Settings(**sandbox.settings[self.platform])

    def simplest(self, tmp_path: Path) -> Outgoing:
        """The simplest thing this platform can publish; files are written under `tmp_path`."""
        raise NotImplementedError

    def public(self, sandbox: Sandbox) -> list[dict[str, Any]]:
        """What the people see."""
        return sandbox.public(self.platform)

    # Verbs ----------------------------------------------------------------------------------------------

    @pytest.fixture(autouse=True)
    def _own_session(self) -> Iterator[None]:
        self.http = new_session()
        yield
        self.http.close()

    def consent(self, settings: BaseModel) -> tuple[Consent, dict[str, str]]:
        """Begin a consent, open its address as a person would, and read what comes back to `redirect_uri`."""
        consent = connector_class(self.platform).begin_consent(
            settings, redirect_uri=REDIRECT_URI, state="state-of-this-test", verifier=VERIFIER
        )
        answer = self.http.get(consent.url, allow_redirects=False, timeout=10)
        back = answer.headers["location"]
        assert back.startswith(REDIRECT_URI)
        return consent, dict(parse_qsl(urlsplit(back).query))

    def connected(self, sandbox: Sandbox) -> list[Connected]:
        """Every account the sandbox's person grants, through the real token endpoints."""
        settings = self.settings(sandbox)
        consent, answer = self.consent(settings)
        return connector_class(self.platform).finish_consent(settings, consent, answer, now=NOW, http=self.http)

    def connect(self, sandbox: Sandbox) -> Connector:
        """The connector of the first account."""
        first = self.connected(sandbox)[0]
        return connector_class(self.platform)(self.settings(sandbox), first.account, first.credentials, self.http)

    def ready(self, sandbox: Sandbox, tmp_path: Path) -> tuple[Connector, Outgoing, Saved, datetime]:
        """A connector, what it is to publish, what it prepared, and the hour."""
        connector, outgoing = self.connect(sandbox), self.simplest(tmp_path)
        saved = drive(connector, outgoing, NOW, sandbox)
        due = NOW + timedelta(hours=1)
        sandbox.at(due)
        return connector, outgoing, saved, due

    def finished(
        self, connector: Connector, outgoing: Outgoing, saved: Saved, answer: Published, now: datetime, sandbox: Sandbox
    ) -> Receipt:
        """The receipt of a publish call, looked for when the platform only accepted it."""
        if isinstance(answer, Accepted):
            found = look(connector, outgoing, answer.saved, now, sandbox)
            assert isinstance(found, Receipt)
            return found
        return answer

    def secrets(self, connector: Connector) -> list[str]:
        """Everything that must never be seen."""
        settings = connector.settings.model_dump()
        hidden = [value.get_secret_value() for value in settings.values() if hasattr(value, "get_secret_value")]
        return [text for text in [*connector.credentials.values.values(), *hidden] if text]


class ConnectorConformance(ConnectorCase):
    """The tests that every connector passes."""

    def test_it_connects_through_the_real_token_endpoints(self, sandbox: Sandbox) -> None:
        accounts = self.connected(sandbox)
        assert accounts
        assert all(one.account.external_id and one.account.name and one.credentials.values for one in accounts)

    def test_it_refuses_a_consent_whose_state_differs(self, sandbox: Sandbox) -> None:
        settings = self.settings(sandbox)
        consent, answer = self.consent(settings)
        with pytest.raises(Misconfigured):
            connector_class(self.platform).finish_consent(
                settings, consent, {**answer, "state": "of somebody else"}, now=NOW, http=self.http
            )

    def test_it_finds_no_fault_in_the_simplest_post_and_refuses_one_that_is_too_long(
        self, sandbox: Sandbox, tmp_path: Path
    ) -> None:
        connector, outgoing = self.connect(sandbox), self.simplest(tmp_path)
        assert [problem for problem in connector.check(outgoing) if problem.blocks] == []
        long = dataclasses.replace(outgoing, text="a" * (connector.capabilities.text_max + 1))
        assert "text" in {problem.field for problem in connector.check(long) if problem.blocks}

    def test_preparing_reaches_ready_and_shows_nothing_to_the_public(self, sandbox: Sandbox, tmp_path: Path) -> None:
        connector, outgoing = self.connect(sandbox), self.simplest(tmp_path)
        saved = drive(connector, outgoing, NOW, sandbox)
        assert self.public(sandbox) == []
        kept = json.dumps(saved)
        assert not [secret for secret in self.secrets(connector) if secret in kept]

    def test_publishing_makes_exactly_one_public_item(self, sandbox: Sandbox, tmp_path: Path) -> None:
        connector, outgoing, saved, due = self.ready(sandbox, tmp_path)
        answer = connector.publish(outgoing, saved, now=due)
        receipt = self.finished(connector, outgoing, saved, answer, due, sandbox)
        items = self.public(sandbox)
        assert [item["id"] for item in items] == [receipt.external_id]

    def test_it_does_not_publish_twice_when_the_answer_is_lost(self, sandbox: Sandbox, tmp_path: Path) -> None:
        connector, outgoing, saved, due = self.ready(sandbox, tmp_path)
        method, path = self.publish_call
        sandbox.fault(self.platform, "hang_up", method=method, path=path, effect=True)
        try:
            answer = connector.publish(outgoing, saved, now=due)
        except Unconfirmed:
            answer = Accepted(saved, timedelta(0))
        assert isinstance(answer, Accepted)
        found = look(connector, outgoing, answer.saved, due, sandbox)
        assert isinstance(found, Receipt)
        assert [item["id"] for item in self.public(sandbox)] == [found.external_id]

    def test_it_is_not_there_when_the_call_was_lost_on_the_way_and_may_then_be_sent_again(
        self, sandbox: Sandbox, tmp_path: Path
    ) -> None:
        connector, outgoing, saved, due = self.ready(sandbox, tmp_path)
        method, path = self.publish_call
        sandbox.fault(self.platform, "hang_up", method=method, path=path, effect=False)
        with pytest.raises((Unconfirmed, Unavailable)):
            connector.publish(outgoing, saved, now=due)
        assert look(connector, outgoing, saved, due, sandbox) == NotThere()
        later = due + timedelta(minutes=30)
        saved = drive(connector, outgoing, later, sandbox, saved)
        answer = connector.publish(outgoing, saved, now=later)
        self.finished(connector, outgoing, saved, answer, later, sandbox)
        assert len(self.public(sandbox)) == 1

    def test_it_lists_what_is_public_and_nothing_else(self, sandbox: Sandbox, tmp_path: Path) -> None:
        connector, outgoing, saved, due = self.ready(sandbox, tmp_path)
        period = {"since": NOW - timedelta(hours=1), "until": due + timedelta(hours=2)}
        if type(connector).list_published is Connector.list_published:
            with pytest.raises(Unsupported):
                connector.list_published(**period, now=due)
            return
        assert connector.list_published(**period, now=due) == []
        answer = connector.publish(outgoing, saved, now=due)
        receipt = self.finished(connector, outgoing, saved, answer, due, sandbox)
        [one] = connector.list_published(**period, now=due + timedelta(minutes=10))
        assert one.external_id == receipt.external_id
        assert one.title or one.text

    def test_every_figure_carries_the_platforms_name_version_and_definition(
        self, sandbox: Sandbox, tmp_path: Path
    ) -> None:
        connector, outgoing, saved, due = self.ready(sandbox, tmp_path)
        answer = connector.publish(outgoing, saved, now=due)
        receipt = self.finished(connector, outgoing, saved, answer, due, sandbox)
        later = due + timedelta(hours=20)  # within the life of the shortest access token (Zalo: 25 hours)
        sandbox.at(later)
        figures = connector.read_posts([receipt.external_id], now=later)
        assert {figure.ref for figure in figures} == {receipt.external_id}
        assert len({figure.metric for figure in figures}) == len(figures)
        everything = [*figures, *connector.read_channel(now=later)]
        assert {figure.metric for figure in everything} <= set(connector.capabilities.metrics)
        assert all(figure.name and figure.version and figure.definition for figure in everything)
        assert all(figure.value is None or figure.value >= 0 for figure in everything)

    def test_a_post_the_platform_does_not_know_has_no_figures(self, sandbox: Sandbox) -> None:
        connector = self.connect(sandbox)
        assert connector.read_posts([self.unknown_id], now=NOW) == []
        assert connector.read_posts([], now=NOW) == []

    def test_no_secret_is_shown_in_a_repr_or_an_error(self, sandbox: Sandbox, tmp_path: Path) -> None:
        connector, outgoing, saved, due = self.ready(sandbox, tmp_path)
        method, path = self.publish_call
        sandbox.fault(self.platform, "html", method=method, path=path, effect=False)
        with pytest.raises(ConnectorError) as caught:
            connector.publish(outgoing, saved, now=due)
        error = caught.value
        shown = (connector, connector.credentials, connector.settings, error)
        seen = " ".join([*map(repr, shown), str(error), error.evidence, error.words])
        assert not [secret for secret in self.secrets(connector) if secret in seen]
