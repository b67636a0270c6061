"""The one module that meets the `woocommerce` library: its client over one kept-alive, guarded session.

What the library does not do is done here (seen in its 3.0.0): it opens a connection per call, follows redirects with
the keys, sends each parameter twice over http, and writes the keys into the caller's own dict.
"""

from __future__ import annotations

import http.cookiejar
import logging
import re
import time
from collections.abc import Mapping
from typing import Any, Literal

import requests
import woocommerce.api
from requests.exceptions import RequestException
from urllib3.exceptions import HTTPError

from sidecar.errors import GatewayError
from sidecar.gateways.woocommerce.addresses import StoreAdapter
from sidecar.gateways.woocommerce.failures import of_exception, too_big, too_slow
from sidecar.gateways.woocommerce.reply import Reply

Auth = Literal["basic", "query", "oauth"]

CONNECT_SECONDS = 10.0
READ_SECONDS = 30.0  # between two pieces of an answer
WHOLE_SECONDS = 45.0  # of one answer, however many pieces
MOST_BYTES = 16 * 1024 * 1024  # 100 whole orders are about 290 kB

_FRESH = {"Cache-Control": "no-cache", "Pragma": "no-cache"}
_KEYS = re.compile(r"((?:consumer_(?:key|secret)|oauth_\w+)=)[^&\s\"']+")


class _MaskKeys(logging.Filter):
    """Keys in query strings never reach a log, at no level."""

    def filter(self, record: logging.LogRecord) -> bool:
        text = record.getMessage()
        if "consumer_" in text or "oauth_" in text:
            record.msg, record.args = _KEYS.sub(r"\1…", text), ()
        return True


logging.getLogger("urllib3.connectionpool").addFilter(_MaskKeys())


def new_session(*, allow_local: bool) -> requests.Session:
    """A session for one store: no cookies, no proxies or .netrc of the environment, guarded addresses."""
    session = requests.Session()
    session.trust_env = False
    session.cookies.set_policy(http.cookiejar.DefaultCookiePolicy(allowed_domains=[]))
    adapter = StoreAdapter(allow_local=allow_local)
    session.mount("https://", adapter)
    session.mount("http://", adapter)
    return session


def _through_session(
    *, url: str, params: Mapping[str, str], timeout: Any, session: requests.Session | None = None, **more: Any
) -> requests.Response:
    """Stands in for the library's `requests.request`, which would open a new connection each time."""
    if session is None:  # the library used by somebody else: as it always was
        return requests.request(url=url, params=params, timeout=timeout, **more)
    more["headers"] = {**more["headers"], **_FRESH}
    signed = "oauth_signature=" in url  # then the parameters stand in the address already
    return session.request(url=url, params=None if signed else params, timeout=timeout, **more)


woocommerce.api.request = _through_session


class Client:
    """Asks one store, with its keys. Gives whatever came back; raises GatewayError when nothing did."""

    def __init__(
        self,
        url: str,
        key: str,
        secret: str,
        *,
        auth: Auth,
        session: requests.Session,
        user_agent: str,
        trusted: str | bool = True,
    ) -> None:
        self._url = url
        self._session = session
        self._user_agent = user_agent
        self._trusted = trusted
        self._api = woocommerce.api.API(
            url,
            key,
            secret,
            timeout=(CONNECT_SECONDS, READ_SECONDS),
            query_string_auth=auth == "query",
            verify_ssl=trusted,
            user_agent=user_agent,
        )

    def get(self, endpoint: str, params: Mapping[str, str] | None = None) -> Reply:
        """GET below wp-json/wc/v3/. A connection that was kept alive too long is opened anew, once."""
        try:
            return self._ask("get", endpoint, params)
        except GatewayError as error:
            if error.code != "cut_off":
                raise
            return self._ask("get", endpoint, params)

    def post_nothing(self, endpoint: str) -> Reply:
        """POST of an empty object: WooCommerce checks the right to write first, then misses what it needs."""
        return self._read(lambda: self._api.post(endpoint, {}, session=self._session, **_STREAMED))

    def post(self, endpoint: str, body: Mapping[str, Any]) -> Reply:
        """POST, once: whoever asks must find out what became of it when no answer comes."""
        return self._read(lambda: self._api.post(endpoint, dict(body), session=self._session, **_STREAMED))

    def delete(self, endpoint: str, params: Mapping[str, str]) -> Reply:
        """DELETE, once."""
        return self._ask("delete", endpoint, params)

    def get_public(self, path: str, params: Mapping[str, str]) -> Reply:
        """GET of an address that needs no keys; none are sent."""
        headers = {"User-Agent": self._user_agent, "Accept": "application/json", **_FRESH}
        return self._read(
            lambda: self._session.get(
                f"{self._url}/{path}",
                params=params,
                headers=headers,
                timeout=(CONNECT_SECONDS, READ_SECONDS),
                verify=self._trusted,
                **_STREAMED,
            )
        )

    def _ask(self, method: str, endpoint: str, params: Mapping[str, str] | None) -> Reply:
        own = dict(params or {})  # the library writes the keys into this dict
        return self._read(lambda: getattr(self._api, method)(endpoint, params=own, session=self._session, **_STREAMED))

    def _read(self, ask: Any) -> Reply:
        began = time.monotonic()
        try:
            with ask() as response:
                body = _body(response, began)
        except (RequestException, HTTPError, OSError) as error:
            # `from None`: the original text may hold the address with the keys in it.
            raise of_exception(error) from None
        headers = {name.lower(): value for name, value in response.headers.items()}
        return Reply(response.url.partition("?")[0], response.status_code, headers, body)


_STREAMED: dict[str, Any] = {"allow_redirects": False, "stream": True}


def _body(response: requests.Response, began: float) -> bytes:
    """The decoded bytes, read within bounds of size and time."""
    pieces: list[bytes] = []
    size = 0
    for piece in response.iter_content(65536):
        size += len(piece)
        if size > MOST_BYTES:
            raise too_big()
        if time.monotonic() - began > WHOLE_SECONDS:
            raise too_slow()
        pieces.append(piece)
    return b"".join(pieces)
