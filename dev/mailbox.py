"""The demo company's post: an SMTP server on this machine that keeps each message as a file.

mailbox.py PORT FOLDER
"""

import asyncio
import itertools
import sys
from pathlib import Path


class Mailbox:
    """Speaks enough SMTP for Odoo: HELO, MAIL, RCPT, DATA, RSET, NOOP, QUIT."""

    def __init__(self, folder):
        self.folder = Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.numbers = itertools.count(len(list(self.folder.glob("*.eml"))) + 1)

    async def talk(self, reader, writer):
        """Serve one connection."""
        try:
            await self.answer(writer, "220 mailbox")
            while line := (await reader.readline()).decode("utf-8", "replace").strip():
                verb = line[:4].upper()
                if verb == "DATA":
                    await self.answer(writer, "354 go on")
                    self.keep(await self.message(reader))
                await self.answer(writer, "221 bye" if verb == "QUIT" else "250 ok")
                if verb == "QUIT":
                    break
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    async def answer(self, writer, text):
        """Send one line."""
        writer.write(text.encode() + b"\r\n")
        await writer.drain()

    async def message(self, reader):
        """Read until the line with a single dot; dots doubled by the client are single again."""
        lines = []
        while (line := await reader.readuntil(b"\n")) not in (b".\r\n", b".\n"):
            lines.append(line.removeprefix(b".") if line.startswith(b"..") else line)
        return b"".join(lines)

    def keep(self, message):
        """Write the message to a file of its own, complete before it has its name."""
        path = self.folder / f"{next(self.numbers):04}.eml"
        part = path.with_suffix(".part")
        part.write_bytes(message)
        part.rename(path)


async def main(port, folder):
    """Listen until the process is ended."""
    # Odoo's messages have lines of any length.
    server = await asyncio.start_server(Mailbox(folder).talk, "127.0.0.1", port, limit=2**26)
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), sys.argv[2]))
