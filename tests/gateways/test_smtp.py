"""Every way a mail server can end a conversation, against a real one on loopback."""

from __future__ import annotations

import datetime as dt
import ssl
from pathlib import Path

import pytest
from aiosmtpd.smtp import AuthResult, LoginPassword
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from sidecar.errors import GatewayError
from sidecar.gateways.smtp import SmtpGateway
from tests.gateways.test_mime import a_mail
from tests.mail_server import MailSink, fine, mail_server

FROM = "Aurora Audio <hello@example.com>"


def send(sink: MailSink, **changes: str) -> str:
    connection = SmtpGateway(sink.url, FROM).connect()
    try:
        return connection.send(a_mail(**changes))
    finally:
        connection.close()


def test_many_mails_go_over_one_connection_and_the_answer_is_kept():
    with mail_server() as sink:
        connection = SmtpGateway(sink.url, FROM).connect()
        answers = [connection.send(a_mail(message_id=f"m{n}@example.com")) for n in range(5)]
        connection.close()
    assert answers == ["250 2.0.0 Ok: queued as 4F1"] * 5
    assert [mail["Message-ID"] for mail in sink.accepted] == [f"<m{n}@example.com>" for n in range(5)]
    assert sink.connections == 1


def test_a_line_that_is_only_a_dot_does_not_end_the_mail():
    with mail_server() as sink:
        send(sink, text="one\n.\n..two\n.three\n")
    text = next(sink.accepted[0].iter_parts())
    assert text.get_content().replace("\r\n", "\n") == "one\n.\n..two\n.three\n"


@pytest.mark.parametrize("where", ["at_recipient", "at_end"])
@pytest.mark.parametrize(
    ("answer", "permanent"),
    [("550 5.1.1 user unknown", True), ("554 5.7.1 spam", True), ("451 4.7.1 greylisted", False)],
)
def test_a_refusal_is_told_apart_and_the_connection_goes_on(where: str, answer: str, permanent: bool):
    sink = MailSink()
    setattr(sink, where, lambda to: answer if to.startswith("bad") else "250 OK")
    with mail_server(sink):
        connection = SmtpGateway(sink.url, FROM).connect()
        with pytest.raises(GatewayError) as refused:
            connection.send(a_mail(to="bad@example.com"))
        connection.send(a_mail(to="good@example.com"))
        connection.close()
    assert refused.value.reason == answer
    assert refused.value.permanent is permanent
    assert not refused.value.outcome_unknown
    assert sink.recipients == ["good@example.com"]


def test_a_server_that_dies_after_the_end_of_the_data_leaves_it_unknown():
    with mail_server(MailSink(at_end=lambda _to: "")) as sink, pytest.raises(GatewayError) as lost:
        send(sink)
    assert lost.value.outcome_unknown
    assert len(sink.accepted) == 1


def test_a_server_that_dies_before_the_data_has_surely_not_taken_it():
    with mail_server(MailSink(at_recipient=lambda _to: "")) as sink, pytest.raises(GatewayError) as lost:
        send(sink)
    assert not lost.value.outcome_unknown
    assert not lost.value.permanent
    assert sink.accepted == []


def test_no_server_at_all_is_said_with_its_address():
    with pytest.raises(GatewayError) as refused:
        SmtpGateway("smtp://127.0.0.1:9?tls=none", FROM).connect()
    assert "127.0.0.1:9" in refused.value.reason


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """A certificate for 127.0.0.1 that nobody trusts unless told to."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path / "server.pem"
    plain = serialization.NoEncryption()
    private = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)
    path.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
    return path


def _contexts(certificate: Path) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(certificate)
    return server, ssl.create_default_context(cafile=str(certificate))


def _check(_server: object, _session: object, _envelope: object, _mechanism: str, data: LoginPassword) -> AuthResult:
    known = (data.login, data.password) == (b"user@shop", b"p:w/d")
    return AuthResult(success=known, handled=known)


@pytest.mark.parametrize("query", ["?tls=starttls", ""])
def test_starttls_and_sign_in_with_a_percent_encoded_password(certificate: Path, query: str):
    server, client = _contexts(certificate)
    with mail_server(tls_context=server, require_starttls=True, auth_required=True, authenticator=_check) as sink:
        url = f"smtp://user%40shop:p%3Aw%2Fd@localhost:{sink.port}{query}"
        connection = SmtpGateway(url, FROM, tls_context=client).connect()
        connection.send(a_mail())
        connection.close()
        with pytest.raises(GatewayError) as refused:
            SmtpGateway(url.replace("p%3A", "x"), FROM, tls_context=client).connect()
    assert len(sink.accepted) == 1
    assert refused.value.code == "mail_sign_in", refused.value.reason
    assert "535" in refused.value.reason


def test_a_certificate_nobody_trusts_is_refused_in_one_line(certificate: Path):
    server, _ = _contexts(certificate)
    with mail_server(tls_context=server) as sink, pytest.raises(GatewayError) as refused:
        SmtpGateway(f"smtp://localhost:{sink.port}?tls=starttls", FROM).connect()
    assert refused.value.code == "mail_certificate"
    assert refused.value.reason == (
        f"localhost:{sink.port} shows a certificate that is not trusted (self-signed certificate). "
        "Check the name in the address, or have the certificate renewed."
    )


def test_a_certificate_for_another_name_is_refused(certificate: Path):
    server, client = _contexts(certificate)
    with mail_server(ssl_context=server) as sink, pytest.raises(GatewayError) as refused:
        SmtpGateway(f"smtps://127.0.0.1:{sink.port}", FROM, tls_context=client).connect()
    assert refused.value.code == "mail_certificate"
    assert "127.0.0.1" in refused.value.reason


def test_tls_to_a_port_that_begins_in_plain_words_says_what_to_write():
    with mail_server() as sink, pytest.raises(GatewayError) as refused:
        SmtpGateway(f"smtps://127.0.0.1:{sink.port}", FROM).connect()
    assert refused.value.code == "mail_tls"
    assert "?tls=starttls" in refused.value.reason


def test_nothing_leaves_this_machine_unencrypted():
    with pytest.raises(GatewayError) as refused:
        SmtpGateway("smtp://192.0.2.1:25?tls=none", FROM).connect()  # would time out, if it were asked
    assert refused.value.code == "mail_no_tls"


def test_a_refused_sender_is_no_recipients_fault_and_the_connection_goes_on():
    sink = MailSink(at_sender=lambda _from: "550 5.7.1 not allowed to send as this")
    with mail_server(sink):
        connection = SmtpGateway(sink.url, FROM).connect()
        with pytest.raises(GatewayError) as refused:
            connection.send(a_mail())
        sink.at_sender = fine
        connection.send(a_mail())
        connection.close()
    assert (refused.value.code, refused.value.permanent) == ("sender_blocked", True)
    assert len(sink.accepted) == 1


@pytest.mark.parametrize("where", ["at_sender", "at_recipient", "at_end"])
def test_a_server_that_is_closing_down_has_not_taken_it(where: str):
    sink = MailSink()
    setattr(sink, where, lambda _to: "421 4.3.2 closing")
    with mail_server(sink), pytest.raises(GatewayError) as refused:
        send(sink)
    assert (refused.value.code, refused.value.outcome_unknown) == ("slow_down", False)
    assert sink.accepted == []


def test_an_answer_that_means_nothing_after_the_end_leaves_it_unknown():
    with mail_server(MailSink(at_end=lambda _to: "354 go on")) as sink, pytest.raises(GatewayError) as lost:
        send(sink)
    assert lost.value.outcome_unknown


def test_smtps_speaks_tls_from_the_first_byte(certificate: Path):
    server, client = _contexts(certificate)
    with mail_server(ssl_context=server) as sink:
        connection = SmtpGateway(f"smtps://localhost:{sink.port}", FROM, tls_context=client).connect()
        connection.send(a_mail())
        connection.close()
    assert len(sink.accepted) == 1


def test_a_server_without_encryption_is_refused_unless_it_is_said_or_local():
    with mail_server() as sink:
        with pytest.raises(GatewayError) as refused:
            SmtpGateway(f"smtp://127.0.0.1:{sink.port}?tls=starttls", FROM).connect()
        assert refused.value.code == "mail_no_tls"
        with pytest.raises(GatewayError):
            SmtpGateway(f"smtp://user:pass@127.0.0.1:{sink.port}", FROM).connect()
        SmtpGateway(f"smtp://127.0.0.1:{sink.port}", FROM).connect().close()
