"""Pictures in a bucket, over a real S3 API on this machine: keys, buckets, broken lines."""

import json
import threading
import traceback
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import boto3
import pytest
import requests
from moto.server import ThreadedMotoServer
from pydantic import SecretStr

from connectors.errors import ConnectorError, Misconfigured, Unavailable
from connectors.media import CHECK_NAME, MediaHost, MediaSettings
from tests.conftest import NOW
from tests.connectors.media_case import SECRET, Relay, picture, silent_server

BUCKET = "anh-cchc"
LISTING = "<ListBucketResult><KeyCount>0</KeyCount></ListBucketResult>"


class Answering:
    """A server that answers each method with one status and error code of S3 (else 200), and a host that uses it."""

    def __init__(self) -> None:
        self.answers: dict[str, tuple[int, str]] = {}
        self.asked: list[str] = []
        self.headers: set[str] = set()
        """Of the last request, in lower case."""
        mine = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def answer(self) -> None:
                mine.asked.append(self.command)
                mine.headers = {name.lower() for name in self.headers}
                self.rfile.read(int(self.headers.get("Content-Length", 0)))
                status, code = mine.answers.get(self.command, (200, ""))
                text = f"<Error><Code>{code}</Code><Message>no</Message></Error>" if code else LISTING
                body = b"" if self.command == "HEAD" else text.encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            do_HEAD = do_GET = do_PUT = answer

            def log_message(self, *_: object) -> None: ...

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self._server.server_port}"
        self.host = self.new_host()

    def new_host(self, endpoint: str = "", proxy: str = "") -> MediaHost:
        settings = MediaSettings(
            media_url="https://anh.example.gov.vn", media_target="s3://kho/anh", media_timeout=10,
            media_s3_endpoint=endpoint or self.address,
            media_s3_key_id=SecretStr("key"), media_s3_secret=SecretStr(SECRET),
        )  # fmt: skip
        return MediaHost(settings, proxy)

    def __enter__(self) -> "Answering":
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()


class Cloud:
    """The S3 API with one bucket that keeps every version of a file, so that what was sent can be counted."""

    def __init__(self, folder: Path, address: str) -> None:
        self.address = address
        self.client = self._client("s3")
        self.client.create_bucket(Bucket=BUCKET)
        self.client.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
        self.file, self.name = picture(folder)

    def _client(self, service: str) -> Any:
        return boto3.client(
            service, endpoint_url=self.address, region_name="us-east-1",
            aws_access_key_id="AKIAIOSFODNN7EXAMPLE", aws_secret_access_key=SECRET,
        )  # fmt: skip

    def host(self, port: int | None = None, target: str = f"s3://{BUCKET}/anh", **changed: Any) -> MediaHost:
        settings = {
            "media_url": f"{self.address}/{BUCKET}/anh",
            "media_target": target,
            "media_s3_endpoint": f"http://127.0.0.1:{port}" if port else self.address,
            "media_s3_key_id": "AKIAIOSFODNN7EXAMPLE",
            "media_s3_secret": SECRET,
            "media_timeout": 10,
        }
        return MediaHost(MediaSettings.model_validate(settings | changed))

    def offer(self, host: MediaHost | None = None) -> None:
        (host or self.host()).offer(self.file, self.name)

    def refused(self, kind: type[ConnectorError], host: MediaHost) -> ConnectorError:
        with pytest.raises(kind) as told:
            self.offer(host)
        assert SECRET not in repr(told.value.__dict__) + "".join(traceback.format_exception(told.value))
        assert self.versions() == []
        return told.value

    def versions(self) -> list[str]:
        """The key of everything that was ever put there."""
        self.guard(on=False)
        found = self.client.list_object_versions(Bucket=BUCKET).get("Versions", [])
        return [str(one["Key"]) for one in found]

    def read(self, name: str) -> Any:
        return self.client.get_object(Bucket=BUCKET, Key=f"anh/{name}")

    def show(self) -> None:
        """Let everybody read the bucket."""
        rule = {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": f"arn:aws:s3:::{BUCKET}/*"}
        self.client.put_bucket_policy(Bucket=BUCKET, Policy=json.dumps({"Version": "2012-10-17", "Statement": [rule]}))

    def new_key(self) -> dict[str, str]:
        """The settings of a user who may do nothing."""
        users = self._client("iam")
        users.create_user(UserName="anh")
        key = users.create_access_key(UserName="anh")["AccessKey"]
        return {"media_s3_key_id": key["AccessKeyId"], "media_s3_secret": key["SecretAccessKey"]}

    def guard(self, *, on: bool) -> None:
        """Whether keys and rights are checked."""
        self._tell("reset-auth", b"0" if on else b"inf")

    def _tell(self, what: str, data: bytes) -> None:
        with requests.Session() as http:
            http.trust_env = False
            http.post(f"{self.address}/moto-api/{what}", data=data, timeout=10).raise_for_status()


@pytest.fixture(scope="module")
def s3() -> Iterator[str]:
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    yield "http://{}:{}".format(*server.get_host_and_port())
    server.stop()


@pytest.fixture
def cloud(s3: str, tmp_path: Path) -> Iterator[Cloud]:
    made = Cloud(tmp_path, s3)
    yield made
    made.guard(on=False)
    made._tell("reset", b"")


def test_a_picture_is_put_there_with_its_type(cloud: Cloud) -> None:
    cloud.offer()
    there = cloud.read(cloud.name)
    assert there["Body"].read() == cloud.file.read_bytes()
    assert there["ContentType"] == "image/jpeg" and "immutable" in there["CacheControl"]
    assert cloud.versions() == [f"anh/{cloud.name}"]


def test_a_webp_picture_has_its_type_whatever_this_machine_knows_of_types(
    cloud: Cloud, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mimetypes.guess_type", lambda *_: (None, None))
    cloud.file, cloud.name = picture(tmp_path, ending=".webp")
    cloud.offer()
    assert cloud.read(cloud.name)["ContentType"] == "image/webp"


def test_the_same_picture_is_sent_once(cloud: Cloud) -> None:
    host = cloud.host()
    for _ in range(3):
        cloud.offer(host)
    cloud.offer()
    assert len(cloud.versions()) == 1


def test_a_file_of_another_size_is_replaced(cloud: Cloud) -> None:
    cloud.client.put_object(Bucket=BUCKET, Key=f"anh/{cloud.name}", Body=b"half")
    cloud.offer()
    assert cloud.read(cloud.name)["Body"].read() == cloud.file.read_bytes()


def test_a_bucket_without_a_prefix_is_its_own_root(cloud: Cloud) -> None:
    cloud.offer(cloud.host(target=f"s3://{BUCKET}"))
    assert cloud.versions() == [cloud.name]


def test_a_picture_over_ten_megabytes_goes_in_parts(cloud: Cloud, tmp_path: Path) -> None:
    cloud.file, cloud.name = picture(tmp_path, 11_000_000)
    cloud.offer()
    assert cloud.read(cloud.name)["ContentLength"] == 11_000_000


@pytest.mark.parametrize("unset", ["media_s3_key_id", "media_s3_secret"])
def test_a_missing_key_names_the_settings(cloud: Cloud, unset: str) -> None:
    words = cloud.refused(Misconfigured, cloud.host(**{unset: ""})).words
    assert "CCHC_MEDIA_S3_KEY_ID" in words and "CCHC_MEDIA_S3_SECRET" in words


def test_a_wrong_secret_names_its_setting(cloud: Cloud) -> None:
    host = cloud.host(**cloud.new_key() | {"media_s3_secret": SECRET})
    cloud.guard(on=True)
    error = cloud.refused(Misconfigured, host)
    assert "CCHC_MEDIA_S3_SECRET" in error.words and error.code == "s3/SignatureDoesNotMatch"


def test_an_unknown_key_names_its_setting(cloud: Cloud) -> None:
    cloud.guard(on=True)
    error = cloud.refused(Misconfigured, cloud.host(media_s3_key_id="AKIANOSUCHKEY0EXAMPLE"))
    assert "CCHC_MEDIA_S3_KEY_ID" in error.words and error.code == "s3/InvalidAccessKeyId"


def test_a_key_that_may_not_write_says_so(cloud: Cloud) -> None:
    host = cloud.host(**cloud.new_key())
    cloud.guard(on=True)
    error = cloud.refused(Misconfigured, host)
    assert "PutObject" in error.words and error.code == "s3/AccessDenied"


def test_a_missing_bucket_is_named_and_not_made(cloud: Cloud) -> None:
    error = cloud.refused(Misconfigured, cloud.host(target="s3://kho-khac/anh"))
    assert "CCHC_MEDIA_TARGET" in error.words and error.code == "s3/NoSuchBucket"
    assert [one["Name"] for one in cloud.client.list_buckets()["Buckets"]] == [BUCKET]


def test_a_line_that_is_cut_in_the_middle_leaves_nothing_half_under_the_name(cloud: Cloud, tmp_path: Path) -> None:
    cloud.file, cloud.name = picture(tmp_path, 400_000)
    with Relay(int(cloud.address.rsplit(":", 1)[1])) as relay:
        relay.cut_after = 150_000
        cloud.refused(Unavailable, cloud.host(relay.port))
        relay.cut_after = None
        cloud.offer(cloud.host(relay.port))
    assert cloud.read(cloud.name)["Body"].read() == cloud.file.read_bytes()


def test_a_server_that_says_nothing_is_left_after_the_time_out(cloud: Cloud) -> None:
    with silent_server() as port:
        error = cloud.refused(Unavailable, cloud.host(port, media_timeout=0.3))
    assert "CCHC_MEDIA_S3_ENDPOINT" in error.words


def test_a_port_where_nobody_listens_may_be_tried_again(cloud: Cloud) -> None:
    with silent_server() as port:
        pass
    cloud.refused(Unavailable, cloud.host(port))


def test_the_check_writes_reads_back_and_fetches(cloud: Cloud) -> None:
    cloud.show()
    found = cloud.host().check(NOW)
    assert [finding.ok for finding in found] == [True, True], found
    assert cloud.read(CHECK_NAME)["CacheControl"] == "no-store"


def test_a_bucket_that_is_not_public_is_found_and_blocks(cloud: Cloud) -> None:
    put, fetched = cloud.host().check(NOW)
    assert put.ok and not fetched.ok and fetched.blocks and "403" in fetched.words
    assert "mọi người đọc được" in fetched.step


ANSWERS = [
    (400, "AuthorizationHeaderMalformed", Misconfigured, "CCHC_MEDIA_S3_REGION"),
    (403, "RequestTimeTooSkewed", Misconfigured, "NTP"),
    (403, "NobodyKnowsThisOne", Misconfigured, "CCHC_MEDIA_S3_KEY_ID"),
    (405, "MethodNotAllowed", Misconfigured, "CCHC_MEDIA_S3_ENDPOINT"),
    (408, "RequestTimeout", Unavailable, "tự thử lại"),
    (409, "OperationAborted", Unavailable, "tự thử lại"),
    (429, "TooManyRequests", Unavailable, "tự thử lại"),
    (500, "InternalError", Unavailable, "tự thử lại"),
    (503, "SlowDown", Unavailable, "tự thử lại"),
    (502, "", Unavailable, "tự thử lại"),
]


@pytest.fixture(scope="module")
def one_server() -> Iterator[Answering]:
    with Answering() as server:
        yield server


@pytest.fixture
def answering(one_server: Answering) -> Answering:
    one_server.asked.clear()
    return one_server


@pytest.mark.parametrize(("status", "code", "kind", "says"), ANSWERS)
def test_a_refusal_is_named_by_its_code_and_asked_for_once(
    answering: Answering, tmp_path: Path, status: int, code: str, kind: type[ConnectorError], says: str
) -> None:
    answering.answers = {"HEAD": (404, ""), "PUT": (status, code)}
    with pytest.raises(kind) as told:
        answering.host.offer(*picture(tmp_path))
    assert says in told.value.words and SECRET not in str(told.value)
    assert answering.asked == ["HEAD", "GET", "PUT"], "one look (of two calls), one try"


def test_a_key_that_may_write_and_not_look_is_enough(answering: Answering, tmp_path: Path) -> None:
    answering.answers = {"HEAD": (403, "")}
    answering.host.offer(*picture(tmp_path))
    assert answering.asked == ["HEAD", "PUT"]


def test_it_sends_no_newer_checksum_that_other_makers_servers_refuse(answering: Answering, tmp_path: Path) -> None:
    answering.answers = {"HEAD": (404, "")}
    answering.host.offer(*picture(tmp_path))
    assert answering.asked[-1] == "PUT"
    assert [name for name in answering.headers if "checksum" in name or "trailer" in name] == []
    assert "content-encoding" not in answering.headers


def test_the_proxy_of_the_office_is_used_and_the_one_of_the_environment_is_not(
    answering: Answering, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "http_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    answering.answers = {"HEAD": (403, "")}
    answering.new_host().offer(*picture(tmp_path))
    answering.new_host("http://kho.example", proxy=answering.address).offer(*picture(tmp_path))
    assert answering.asked == ["HEAD", "PUT"] * 2
