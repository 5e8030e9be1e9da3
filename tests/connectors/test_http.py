"""What every platform call needs: secrets blotted out, and the difference between not sent and perhaps done."""

import pytest

from connectors.errors import Unavailable
from connectors.http import call, new_session, redact

SECRETS = [
    "Malformed access token EAAGsecretsecret",
    "Invalid OAuth access token - EAAGsecretsecret",
    '{"access_token":"secretsecret"}',
    '{\\"access_token\\":\\"secretsecret\\"}',
    "https://graph.example/v26.0/me?access_token=secretsecret&fields=id",
    "/path?token=secretsecret",
    "Authorization: Bearer secretsecret",
    "ya29.secretsecret",
    "refresh 1//secretsecret",
    "?code=secretsecret&state=x",
    "client_secret=secretsecret",
]


@pytest.mark.parametrize("text", SECRETS)
def test_a_secret_is_blotted_out_wherever_it_stands(text: str) -> None:
    assert "secretsecret" not in redact(text)


def test_an_error_code_is_evidence_and_stays() -> None:
    text = '"error":{"code":190,"error_subcode":463}'
    assert redact(text) == text
    assert redact("code=-216") == "code=-216"


@pytest.mark.parametrize("changes", [True, False])
def test_a_connection_that_was_never_made_is_surely_not_done(changes: bool) -> None:
    with new_session() as http, pytest.raises(Unavailable):
        call(http, "POST", "http://127.0.0.1:9/x", timeout=(1, 1), changes=changes)


def test_a_proxy_that_refuses_means_nothing_was_sent() -> None:
    with new_session(proxy="http://127.0.0.1:9") as http, pytest.raises(Unavailable):
        call(http, "POST", "https://127.0.0.1:8/x", timeout=(1, 1), changes=True)
