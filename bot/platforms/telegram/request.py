"""Requests to the Bot API over aiohttp.

What a request may have done decides whether it may be repeated, so a failure says on which side of the line it fell:

    telegram.error.NetworkError
    ├── NotSentError     no byte of the request was written: it may be repeated freely
    └── BrokenError      it went out and no proper answer came back: it may have been carried out

An answer that refuses becomes one of PTB's own errors. No error carries an address, since that has the token in it.
"""

from __future__ import annotations

import json
import os
from types import SimpleNamespace
from typing import Any, Final

# PTB's own switch to its future: without it every RetryAfter warns of the change.
os.environ.setdefault("PTB_TIMEDELTA", "1")

import aiohttp
from telegram._utils.defaultvalue import DefaultValue
from telegram.error import NetworkError
from telegram.request import BaseRequest, RequestData

from bot import mishap
from bot.platforms.telegram.form import Form
from bot.platforms.telegram.upload import Upload

CONNECT_SECONDS: Final = 10.0
READ_SECONDS: Final = 30.0
"""Long, because giving up early turns a slow answer into a message that may be doubled."""
ANSWER_BYTES: Final = 32 * 1024 * 1024
"""More than a hundred updates of the largest size can take."""
_CONNECTIONS: Final = 64
_FORM: Final = {"Content-Type": "application/x-www-form-urlencoded"}


class NotSentError(NetworkError):
    """The request never left."""


class BrokenError(NetworkError):
    """The request left, and what became of it is unknown."""


def _connector(proxy: str | None) -> aiohttp.BaseConnector:
    if proxy is not None and proxy.startswith("socks"):
        from aiohttp_socks import ProxyConnector  # noqa: PLC0415 -- half a megabyte that few need

        return ProxyConnector.from_url(proxy, rdns=True, limit=_CONNECTIONS)
    return aiohttp.TCPConnector(limit=_CONNECTIONS)


async def _on_written(_: aiohttp.ClientSession, context: SimpleNamespace, __: object) -> None:
    context.trace_request_ctx.written = True


def _session(proxy: str | None) -> aiohttp.ClientSession:
    trace = aiohttp.TraceConfig()
    trace.on_request_headers_sent.append(_on_written)
    return aiohttp.ClientSession(
        connector=_connector(proxy),
        cookie_jar=aiohttp.DummyCookieJar(),
        trace_configs=[trace],
        trust_env=False,
    )


def _seconds(given: float | DefaultValue[None] | None, default: float) -> float:
    return float(given) if isinstance(given, (int, float)) else default


class AioRequest(BaseRequest):
    """PTB's request class over one aiohttp session, which opens with the first request.

    ``proxy`` is an address of HTTP, SOCKS4 or SOCKS5.
    """

    __slots__ = ("_open", "_proxy", "told")

    def __init__(self, proxy: str | None = None) -> None:
        self._proxy = proxy
        self._open: aiohttp.ClientSession | None = None
        self.told = ""
        """The ``Date`` of the newest answer."""

    @property
    def read_timeout(self) -> float | None:
        """Give the seconds to wait for an answer."""
        return READ_SECONDS

    async def initialize(self) -> None:
        """Open the session."""
        if self._open is None or self._open.closed:
            self._open = _session(self._proxy)

    async def shutdown(self) -> None:
        """Close the session and its connections."""
        if self._open is not None:
            await self._open.close()
            self._open = None

    @staticmethod
    def parse_json_payload(payload: bytes) -> dict[str, Any]:
        """Read an answer. PTB's own reader would write what it cannot read into the log."""
        try:
            answer = json.loads(payload)
        except ValueError:
            answer = None
        if not isinstance(answer, dict):
            msg = "garbage"
            raise BrokenError(msg)
        return answer

    async def do_request(
        self,
        url: str,
        method: str,
        request_data: RequestData | Form | None = None,
        read_timeout: Any = BaseRequest.DEFAULT_NONE,
        write_timeout: Any = BaseRequest.DEFAULT_NONE,  # noqa: ARG002 - PTB's signature
        connect_timeout: Any = BaseRequest.DEFAULT_NONE,
        pool_timeout: Any = BaseRequest.DEFAULT_NONE,  # noqa: ARG002 - PTB's signature
    ) -> tuple[int, bytes]:
        """Make one request and give status and body.

        Raises NotSentError or BrokenError. Waiting for a connection counts as connecting; writing as reading.
        """
        await self.initialize()
        connect, read = _seconds(connect_timeout, CONNECT_SECONDS), _seconds(read_timeout, READ_SECONDS)
        timeout = aiohttp.ClientTimeout(total=connect + read, connect=connect, sock_read=read)
        journey = SimpleNamespace(written=False)
        try:
            return await self._exchange(method, url, request_data, timeout, journey)
        except Exception as error:  # noqa: BLE001 - PTB would put the words of an unforeseen one into its own error
            kind = BrokenError if journey.written else NotSentError
            raise kind(mishap.reason(error)) from None

    async def _exchange(
        self,
        method: str,
        url: str,
        request_data: RequestData | Form | None,
        timeout: aiohttp.ClientTimeout,  # noqa: ASYNC109 - aiohttp's own, with its parts
        journey: SimpleNamespace,
    ) -> tuple[int, bytes]:
        assert self._open is not None  # noqa: S101 - initialize() has just opened it
        proxy = self._proxy if self._proxy is not None and self._proxy.startswith("http") else None
        # What hands it through knows it under another type.
        given: object = request_data
        data = given.body if isinstance(given, Form) else given.body() if isinstance(given, Upload) else None
        async with self._open.request(
            method,
            url,
            data=data,
            headers=_FORM if isinstance(data, bytes) else None,
            timeout=timeout,
            proxy=proxy,
            allow_redirects=False,
            trace_request_ctx=journey,
        ) as response:
            self.told = response.headers.get("Date", "")
            return response.status, await _whole(response.content)


async def _whole(content: aiohttp.StreamReader) -> bytes:
    """Read an answer, as much of it at once as there is; raises ClientPayloadError where it is longer than any."""
    body = bytearray(await content.readany())
    while not content.at_eof():
        body += await content.readany()
        if len(body) > ANSWER_BYTES:
            raise aiohttp.ClientPayloadError
    return bytes(body)
