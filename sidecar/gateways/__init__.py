"""One module per vendor, each fulfilling a port; build() fits them together."""

from __future__ import annotations

from sidecar.config import Config
from sidecar.gateways.bell import RedisBell
from sidecar.gateways.imap import ImapMailbox
from sidecar.gateways.smtp import SmtpGateway
from sidecar.gateways.turns import turns_of
from sidecar.gateways.woocommerce import WooOpener
from sidecar.ports import Gateways
from sidecar.vault import Vault


def build(config: Config) -> Gateways:
    """The real gateways of this configuration. Nothing is contacted yet."""
    stores = WooOpener(allow_local=config.allow_local_stores, turns=turns_of(config))
    return Gateways(
        stores=stores,
        coupons=stores,
        products=stores,
        mail=SmtpGateway(config.smtp_url, config.mail_from) if config.smtp_url and config.mail_from else None,
        mailbox=ImapMailbox(config.imap_url) if config.imap_url else None,
        bell=RedisBell(config),
        vault=Vault(config.secret_keys),
        base_url=config.base_url,
    )
