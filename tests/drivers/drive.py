#!/usr/bin/env python3
"""Drives a stdio server with the Python SDK's client, and prints what came over the wire.

    drive.py --era legacy|modern|auto --calls FILE [--roots URI] [--wire LOG] -- COMMAND ARG…

FILE holds JSON lines `{"tool": …, "arguments": {…}}`, made one after the other. Printed are JSON
lines: `{"era": REVISION}`, `{"list": REPLY}` for each page of `tools/list`, and
`{"tool": NAME, "reply": REPLY}` for each call, REPLY being the raw text of the server's message.

The SDK's models are used to speak, never to print: they drop and reorder fields, so the lines
are taken from `wire.py`, which stands between this client and COMMAND.
"""

import argparse
import asyncio
import json
import os
import sys
import tempfile
from pathlib import Path

from mcp import Client, MCPError, StdioServerParameters
from mcp.types import ListRootsResult, Root

# `legacy` sends `initialize`; a revision is adopted without asking; `auto` (the SDK's default)
# asks `server/discover` first and falls back to `initialize` on any error but a few.
MODES = {"legacy": "legacy", "modern": "2026-07-28", "auto": "auto"}


def main() -> None:
    args = arguments()
    calls = [json.loads(line) for line in args.calls.read_text().splitlines() if line.strip()]
    with tempfile.TemporaryDirectory() as scratch:
        wire = args.wire or Path(scratch) / "wire.jsonl"
        revision = asyncio.run(speak(args, calls, wire))
        print(json.dumps({"era": revision}))
        for line in replies(wire):
            print(json.dumps(line))


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.add_argument("--era", choices=MODES, required=True)
    parser.add_argument("--calls", type=Path, required=True)
    parser.add_argument("--roots", help="a URI; the client then offers it as its one root")
    parser.add_argument("--wire", type=Path, help="keep the lines of both directions here")
    parser.add_argument("command", nargs="+")
    return parser.parse_args()


async def speak(args: argparse.Namespace, calls: list[dict], wire: Path) -> str:
    """Lists the tools and makes the calls; returns the revision that was agreed on."""
    relay = [str(Path(__file__).with_name("wire.py")), str(wire), "--", *args.command]
    server = StdioServerParameters(command=sys.executable, args=relay, env=dict(os.environ))

    async def roots(_context) -> ListRootsResult:
        return ListRootsResult(roots=[Root(uri=args.roots)])

    async with Client(
        server,
        mode=MODES[args.era],
        cache=None,
        read_timeout_seconds=60,
        list_roots_callback=roots if args.roots else None,
    ) as client:
        if args.roots:
            await asyncio.sleep(1)  # a server asks for roots when it likes, and then takes its time
        cursor = None
        while True:
            page = await client.list_tools(cursor=cursor)
            if (cursor := page.next_cursor) is None:
                break
        for call in calls:
            try:
                await client.call_tool(call["tool"], call["arguments"])
            except MCPError:
                pass  # an error is a reply as well: it is on the wire
        return client.protocol_version


def replies(wire: Path):
    """The server's replies to lists and calls, in the order in which these were sent."""
    lines = [json.loads(line) for line in wire.read_text().splitlines()]
    answers = {}
    for line in lines:
        message = json.loads(line["line"])
        if line["from"] == "server" and "id" in message and "method" not in message:
            answers[message["id"]] = line["line"]
    for line in lines:
        message = json.loads(line["line"])
        if line["from"] != "client" or "id" not in message:
            continue
        if message.get("method") == "tools/list":
            yield {"list": answers[message["id"]]}
        if message.get("method") == "tools/call":
            yield {"tool": message["params"]["name"], "reply": answers[message["id"]]}


if __name__ == "__main__":
    main()
