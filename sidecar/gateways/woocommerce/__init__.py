"""WooCommerce stores, over their REST API."""

from __future__ import annotations

import contextlib
import os
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from sidecar.gateways.turns import FileTurns, Turns
from sidecar.gateways.woocommerce.addresses import check_url
from sidecar.gateways.woocommerce.client import Auth, Client, new_session
from sidecar.gateways.woocommerce.coupons import WooCoupons
from sidecar.gateways.woocommerce.products import WooProducts
from sidecar.gateways.woocommerce.reader import WooReader
from sidecar.ports import StoreLink

if TYPE_CHECKING:
    import requests

USER_AGENT = "Ringback (WooCommerce companion)"
_MOST_SESSIONS = 100


class WooOpener:
    """Fulfils StoreOpener, CouponOpener and ProductOpener. Keeps one connection per store and process, for whoever
    asks next."""

    def __init__(self, *, allow_local: bool, turns: Turns | None = None, trusted: str | bool = True) -> None:
        self._allow_local = allow_local
        self._turns = turns or FileTurns(Path(tempfile.gettempdir()) / f"ringback-turns-{os.getuid()}")
        self._trusted = trusted  # a file of certificates, for stores with an authority of their own
        self._guard = threading.Lock()
        self._sessions: dict[str, requests.Session] = {}
        self._pid = os.getpid()

    def open(self, link: StoreLink) -> WooReader:
        """A reader for the store. Raises Refused for an address that is not allowed, before any byte leaves."""
        return WooReader(link.url, self._clients_of(link), self._turns, auth=link.auth)

    def open_coupons(self, link: StoreLink) -> WooCoupons:
        """The store's coupons. Raises Refused for an address that is not allowed, before any byte leaves."""
        return WooCoupons(link.url, self._clients_of(link), self._turns, auth=link.auth)

    def open_products(self, link: StoreLink) -> WooProducts:
        """The store's catalogue. Raises Refused for an address that is not allowed, before any byte leaves."""
        return WooProducts(link.url, self._clients_of(link), self._turns, auth=link.auth)

    def _clients_of(self, link: StoreLink) -> Callable[[Auth], Client]:
        check_url(link.url, allow_local=self._allow_local)
        session = self._session_for(link.url)

        def client_for(auth: Auth) -> Client:
            return Client(
                link.url,
                link.key,
                link.secret,
                auth=auth,
                session=session,
                user_agent=USER_AGENT,
                trusted=self._trusted,
            )

        return client_for

    def close(self) -> None:
        """Ends every connection that is kept."""
        with self._guard:
            for session in self._sessions.values():
                session.close()
            self._sessions.clear()

    def _session_for(self, url: str) -> requests.Session:
        with self._guard:
            if self._pid != os.getpid():  # a connection must not cross a fork
                self._sessions, self._pid = {}, os.getpid()
            if url not in self._sessions:
                while len(self._sessions) >= _MOST_SESSIONS:
                    with contextlib.closing(self._sessions.pop(next(iter(self._sessions)))):
                        pass
                self._sessions[url] = new_session(allow_local=self._allow_local)
            return self._sessions[url]


__all__ = ["USER_AGENT", "WooOpener"]
