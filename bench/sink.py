"""`python -m bench.sink PORT`: a mail server that takes everything and keeps nothing, as fast as it can."""

from __future__ import annotations

import asyncio
import sys


class Sink(asyncio.Protocol):
    """One connection."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Greets."""
        self._out: asyncio.Transport = transport  # type: ignore[assignment]
        self._rest = b""
        self._in_data = False
        self._out.write(b"220 sink\r\n")

    def data_received(self, data: bytes) -> None:
        """Takes what has come: commands line by line, a message up to its dot."""
        self._rest += data
        while True:
            end = b"\r\n.\r\n" if self._in_data else b"\r\n"
            found, mark, rest = self._rest.partition(end)
            if not mark:
                return
            self._rest = rest
            if self._in_data:
                self._in_data = False
                self._out.write(b"250 2.0.0 taken\r\n")
            else:
                self._command(found[:4].upper())

    def _command(self, verb: bytes) -> None:
        if verb == b"EHLO":
            self._out.write(b"250-sink\r\n250-PIPELINING\r\n250 8BITMIME\r\n")
        elif verb == b"DATA":
            self._in_data = True
            self._out.write(b"354 go on\r\n")
        elif verb == b"QUIT":
            self._out.write(b"221 bye\r\n")
            self._out.close()
        else:
            self._out.write(b"250 2.0.0 fine\r\n")


async def _serve(port: int) -> None:
    server = await asyncio.get_running_loop().create_server(Sink, "127.0.0.1", port)
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(_serve(int(sys.argv[1])))
