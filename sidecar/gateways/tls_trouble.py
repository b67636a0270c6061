"""Trouble with encryption, said in one line that names what is wrong and what to do."""

from __future__ import annotations

import ssl

from sidecar.errors import GatewayError


def tls_trouble(error: ssl.SSLError, where: str, *, plain: str) -> GatewayError:
    """The GatewayError (permanent; code mail_certificate or mail_tls) for a connection that could not be encrypted.

    `plain` is how the address reads for a server that begins without encryption.
    """
    if isinstance(error, ssl.SSLCertVerificationError):
        said = error.verify_message.strip().rstrip(".") or "it could not be verified"
        return GatewayError(
            f"{where} shows a certificate that is not trusted ({said[:1].lower()}{said[1:]}). "
            "Check the name in the address, or have the certificate renewed.",
            code="mail_certificate",
            permanent=True,
        )
    reason = (error.reason or "the connection ended").replace("_", " ").lower()
    return GatewayError(
        f"{where} does not speak TLS as expected ({reason}). If it begins without encryption: {plain}.",
        code="mail_tls",
        permanent=True,
    )
