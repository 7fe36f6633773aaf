"""A change whose answer is lost may have happened; one that never left has not."""

import socket
import ssl
import threading
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from constant_contact import ConstantContact, OutcomeUnknownError, UnavailableError, json_body

from .conftest import Keyring

IMPORT = "POST /v3/activities/contacts_json_import"


@pytest.fixture
def body(sandbox) -> bytes:
    return json_body(['{"email":"ann@example.com"}'], [sandbox.newsletter])


@pytest.fixture
def hasty(sandbox) -> ConstantContact:
    """A client that waits 0.3 seconds for an answer."""
    return ConstantContact(Keyring(sandbox.issue_tokens()["access_token"]), api_url=sandbox.api_url, timeout=(1, 0.3))


def jobs(cc: ConstantContact) -> int:
    return len(list(cc.activities()))


@pytest.mark.parametrize(("kind", "queued"), [("drop_before", 0), ("drop_after", 1)])
def test_a_connection_dropped_after_sending_leaves_the_outcome_open(cc, sandbox, body, kind, queued):
    sandbox.fault(IMPORT, kind)

    with pytest.raises(OutcomeUnknownError) as caught:
        cc.import_json(body)

    assert caught.value.status is None
    assert jobs(cc) == queued


def test_an_answer_that_takes_too_long_leaves_the_outcome_open(hasty, cc, sandbox, body):
    sandbox.fault(IMPORT, "slow", seconds=0.6, after=True)

    with pytest.raises(OutcomeUnknownError):
        hasty.import_json(body)

    assert jobs(cc) == 1


@pytest.mark.parametrize("kind", ["empty", "garbage", "html", "500"])
def test_an_answer_that_cannot_be_read_leaves_the_outcome_open(cc, sandbox, body, kind):
    sandbox.fault(IMPORT, kind, after=True)

    with pytest.raises(OutcomeUnknownError):
        cc.import_json(body)

    assert jobs(cc) == 1


def test_unavailable_means_that_nothing_was_queued(cc, sandbox, body):
    sandbox.fault(IMPORT, "503")

    with pytest.raises(UnavailableError):
        cc.import_json(body)

    assert jobs(cc) == 0


@pytest.mark.parametrize("kind", ["drop_before", "drop_after", "empty", "garbage", "html", "500", "503"])
def test_a_read_that_fails_in_any_way_may_be_repeated(cc, sandbox, kind):
    sandbox.fault("GET /v3/contact_lists*", kind)

    with pytest.raises(UnavailableError):
        cc.contact_lists()

    assert cc.contact_lists()


def test_a_read_that_takes_too_long_may_be_repeated(hasty, sandbox):
    sandbox.fault("GET /v3/account/summary", "slow", seconds=0.6)

    with pytest.raises(UnavailableError):
        hasty.account_summary()


def test_an_answer_cut_in_the_middle_leaves_the_outcome_open(scripted, service):
    service.answer(201, '{"activity_id":"a","state":"initialized"}', announced=1_000)

    with pytest.raises(OutcomeUnknownError):
        scripted.import_json(b"{}")


@pytest.mark.parametrize("host", ["http://127.0.0.1:{port}", "http://name.invalid:{port}", "https://127.0.0.1:{port}"])
def test_nobody_there_means_that_nothing_was_sent(host):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        client = ConstantContact(Keyring("token"), api_url=host.format(port=taken.getsockname()[1]), timeout=(1, 1))

        with pytest.raises(UnavailableError):
            client.import_json(b"{}")


@pytest.fixture
def untrusted_certificate(tmp_path) -> str:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    builder = x509.CertificateBuilder(name, name, key.public_key(), 1, now, now + timedelta(days=1))
    pem = builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM) + key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path = tmp_path / "untrusted.pem"
    path.write_bytes(pem)
    return str(path)


def _hang_up_on(server: ssl.SSLSocket) -> None:
    with suppress(OSError):
        server.accept()


def test_a_certificate_nobody_vouches_for_means_that_nothing_was_sent(untrusted_certificate):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(untrusted_certificate)
    with context.wrap_socket(socket.create_server(("127.0.0.1", 0)), server_side=True) as server:
        threading.Thread(target=_hang_up_on, args=(server,), daemon=True).start()
        url = f"https://127.0.0.1:{server.getsockname()[1]}/v3"

        with pytest.raises(UnavailableError):
            ConstantContact(Keyring("token"), api_url=url, timeout=(1, 1)).import_json(b"{}")
