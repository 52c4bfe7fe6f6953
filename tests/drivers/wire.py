#!/usr/bin/env python3
"""A byte-copy pipe that keeps what passes: `wire.py LOG -- COMMAND ARG…`.

It stands between a client and a stdio server. Every line is passed on as it came, and written to
LOG as one JSON object, in the order in which it was seen:

    {"from": "client" | "server", "line": "the line, without its end"}

`line` is the text of the bytes, so two logs can be compared byte for byte. A line that is not
UTF-8 ends the run: the transport does not allow it. stderr is the server's own.
"""

import json
import os
import signal
import subprocess
import sys
import threading


def main() -> None:
    log_path, dashes, *command = sys.argv[1:]
    if dashes != "--" or not command:
        sys.exit("usage: wire.py LOG -- COMMAND ARG…")
    server = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    signal.signal(signal.SIGTERM, lambda *_: server.terminate())
    with open(log_path, "w", encoding="utf-8") as log:
        keep = Keeper(log)
        # A daemon, as nothing else unblocks a read of stdin when the server ends first.
        threading.Thread(
            target=pump, args=(sys.stdin.buffer, server.stdin, "client", keep), daemon=True
        ).start()
        pump(server.stdout, sys.stdout.buffer, "server", keep)
        # Past the interpreter's own end, which waits for stdin's lock; every line is flushed by now.
        os._exit(server.wait() & 0xFF)


class Keeper:
    """Writes lines from both directions into one log."""

    def __init__(self, log):
        self.log = log
        self.lock = threading.Lock()

    def line(self, origin: str, line: bytes) -> None:
        text = line.decode("utf-8").rstrip("\r\n")
        with self.lock:
            print(json.dumps({"from": origin, "line": text}), file=self.log, flush=True)


def pump(source, sink, origin: str, keep: Keeper) -> None:
    """Copies lines until the source ends, then closes the sink: that is how stdio servers are shut down."""
    try:
        for line in source:
            keep.line(origin, line)  # kept before it is passed on, so the order is the true one
            sink.write(line)
            sink.flush()
    except BrokenPipeError:
        pass  # the reader has gone
    finally:
        if origin == "client":
            try:
                sink.close()
            except BrokenPipeError:
                pass


if __name__ == "__main__":
    main()
