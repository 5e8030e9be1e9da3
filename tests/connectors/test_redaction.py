"""No secret in words: whatever it is called, however it is wrapped, whoever raised it."""

import base64
import json
import secrets
from urllib.parse import quote, quote_plus

import pytest
import requests

from connectors.redaction import blot, redact, remember

S = "s3cretS3cret"


@pytest.mark.parametrize(
    "text",
    [
        f"password={S}",
        f'{{"password": "{S} with blanks {S}"}}',
        f"{{'app_secret': '{S}'}}",
        f'{{"body": "{{\\"refresh_token\\": \\"{S}\\"}}"}}',
        json.dumps({"a": json.dumps({"b": json.dumps({"client_secret": S})})}),
        f"https://graph.example/?next={quote('https://x/?access_token=' + S, safe='')}",
        f"https://graph.example/?next={quote(quote('https://x/?access_token=' + S, safe=''), safe='')}",
        f"postgresql+psycopg://cchc:{S}@10.0.0.1/cchc",
        f"ProxyError('Cannot connect to proxy http://office:{S}@10.0.0.9:3128')",
        f"Authorization: Bearer {S}",
        f"Authorization: Basic {S}",
        f"Proxy-Authorization: {S}",
        f"Cookie: cchc={S}; other=1",
        f"Cookie: a=b; session={S}; c=d",
        f'Set-Cookie: a="b c"; Path=/; x="{S}"',
        f"{{'Cookie': 'a=b; session={S}'}}",
        f"cchc={S}",
        f'"code": "{S}"',
        f"x-my-own-client-token: {S}",
        "token: noisylettersalone",
        f"AGE-SECRET-KEY-1{S.upper()}",
        f"set-cookie: cchc_door={S}; Path=/",
        f"X-API-Key: {S}",
        f"mat_khau={S}&mat_khau_lai={S}",
        f"otpauth://totp/CCHC:lan?secret={S}&issuer=CCHC",
        f"whsec_{S}",
        f"cchc_{S}{'a' * 40}",
        f"gAAAAAB{S}aaaaaaaaaaaaaaaaaaaa==",
        f"eyJhbGciOiJIUzI1NiJ9.{S}.{S}",
        f"-----BEGIN RSA PRIVATE KEY-----\n{S}\n-----END RSA PRIVATE KEY-----",
        f"upload_id={S}",
        f"X-Amz-Security-Token={S}&X-Amz-Signature={S}",
    ],
)
def test_what_is_called_or_looks_like_a_secret_is_blotted_out(text: str) -> None:
    told = redact(text)
    assert S not in told and S.upper() not in told and "noisy" not in told, told


def test_a_secret_that_was_held_is_blotted_out_in_every_form_in_which_it_travels() -> None:
    secret = f'P4ss w0rd+/{secrets.token_urlsafe(12)}"\\é'
    remember(secret)
    raw = secret.encode()
    forms = [secret, quote(secret), quote_plus(secret), quote(secret, safe=""), json.dumps(secret, ensure_ascii=False)]
    for before in (b"", b"a", b"ab", b"office:"):
        for after in (b"", b":x", b"xyz"):
            forms.append(base64.b64encode(before + raw + after).decode())
            forms.append(base64.urlsafe_b64encode(before + raw + after).decode())
    inner = base64.b64encode(raw).decode()[4:-8]
    for form in forms:
        told = redact(f"so it went: {form}.")
        assert secret not in told and inner not in told and "***" in told, form


def test_short_values_and_plain_words_stay() -> None:
    remember("abc", "")
    for text in (
        "abc là ba chữ cái",
        "Kênh fanpage: mã truy cập hết hạn ngày 30/11/2026.",
        '"error":{"code":190,"error_subcode":463}',
        "https://cchc.hue.gov.vn/kenh/12?thang=2026-11",
        "2026-11-27T07:00:00+07:00 10.0.0.1:8480",
        "Lệnh cchc: chạy trên máy chủ. Token: mã truy cập. OTP: nhập sáu số. Cookie: trang này có dùng.",
        "status code: invalid_grant; code: quyền; signature: Trung tâm Phục vụ hành chính công",
        "Invalid token: expired",
    ):
        assert redact(text) == text


def test_the_newest_secrets_are_remembered_however_many_there_were() -> None:
    many = [f"value-{number}-{secrets.token_hex(8)}" for number in range(600)]
    remember(*many)
    assert many[-1] not in redact(f"x {many[-1]} x")


@pytest.mark.parametrize("wrapped", [lambda e: e, lambda e: {"error": e}, lambda e: [("x", {"deep": [e]})]])
def test_an_exceptions_own_words_are_not_shown_in_a_line(wrapped: object) -> None:
    assert callable(wrapped)
    error = ValueError({"access_token": S}, f"https://x/?client_secret={S}", ["password", f"token={S}"])
    assert S not in json.dumps(blot(wrapped(error)))


def test_what_requests_says_of_an_address_shows_no_secret_in_it() -> None:
    with pytest.raises(requests.RequestException) as caught:
        requests.Session().get(f"http://127.0.0.1:9/me?access_token={S}&code={S}x", timeout=1)
    assert S in str(caught.value) and S not in redact(str(caught.value)) and S not in redact(repr(caught.value))


def test_a_value_under_a_telling_name_is_gone_and_others_stay() -> None:
    line = blot({"token": S, "nested": {"app_secret": S, "count": 3, "ok": None}, "bytes": f"password={S}".encode()})
    assert line == {"token": "***", "nested": {"app_secret": "***", "count": 3, "ok": None}, "bytes": "password=***"}


def test_a_structure_that_never_ends_is_told_to_its_depth() -> None:
    loop: dict[str, object] = {"password": S}
    loop["again"] = loop
    assert S not in json.dumps(blot(loop))


def test_hostile_text_does_not_hold_up_the_line() -> None:
    """Long runs that a pattern may try again and again; this ends at once or not at all."""
    long = (
        "eyJ-" * 12_000,
        "cookie:" * 9_000,
        "token: " * 9_000,
        "a" * 50_000,
        "token" * 9_000,
        '"' * 30_000,
        "a://" * 9_000,
        "\\" * 30_000,
        "%25" * 3_000,
        "a-" * 9_000,
    )
    for text in long:
        redact(f"{text} token")
