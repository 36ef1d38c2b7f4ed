# Copyright (c) 2026, the appmail.settings authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Talk to the YAML language server as an editor does (Language Server Protocol 3.17, over its standard streams)."""

from __future__ import annotations

import contextlib
import json
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import IO, Any, cast

from tests.tools.tree import ROOT

SERVER = ROOT / "build" / "npm" / "node_modules" / "yaml-language-server" / "bin" / "yaml-language-server"


class LanguageServer:
    """One running server. Documents are opened under any name; nothing is read from the disk but schemas."""

    def __init__(self, write: IO[bytes], read: IO[bytes], settings: Mapping[str, Any]) -> None:
        self._write = write
        self._read = read
        self._settings = settings
        self._sent = 0
        self._diagnostics: dict[str, list[dict[str, Any]]] = {}
        self.request("initialize", {"processId": None, "rootUri": ROOT.as_uri(), "capabilities": CAPABILITIES})
        self._send({"method": "initialized", "params": {}})

    def faults(self, file: Path, text: str) -> list[tuple[int, str]]:
        """(line from 1, message) of everything that the editor would underline in a document."""
        uri = file.as_uri()
        document = {"uri": uri, "languageId": "yaml", "version": 1, "text": text}
        self._send({"method": "textDocument/didOpen", "params": {"textDocument": document}})
        while uri not in self._diagnostics:
            self._take(self._receive())
        found = self._diagnostics.pop(uri)
        return [(fault["range"]["start"]["line"] + 1, fault["message"]) for fault in found]

    def help(self, file: Path, line: int, column: int) -> str:
        """What the editor shows for the word at a place of an open document, both from 1."""
        shown = self.request("textDocument/hover", _place(file, line, column))
        return cast("str", shown["contents"]["value"]) if shown else ""

    def suggestions(self, file: Path, line: int, column: int) -> list[str]:
        """What the editor offers to write at a place of an open document."""
        offered = self.request("textDocument/completion", _place(file, line, column))
        return [item["label"] for item in offered["items"]]

    def request(self, method: str, params: Mapping[str, Any]) -> Any:  # noqa: ANN401 - each method has its own shape
        self._sent += 1
        number = self._sent
        self._send({"id": number, "method": method, "params": params})
        while True:
            message = self._receive()
            if message.get("id") == number and "method" not in message:
                return message.get("result")
            self._take(message)

    def _take(self, message: Mapping[str, Any]) -> None:
        """Keep what the server says of its own accord, and answer what it asks."""
        if message.get("method") == "textDocument/publishDiagnostics":
            self._diagnostics[message["params"]["uri"]] = message["params"]["diagnostics"]
        elif message.get("method") == "workspace/configuration":
            wanted = [self._settings.get(item["section"]) for item in message["params"]["items"]]
            self._send({"id": message["id"], "result": wanted})
        elif "id" in message and "method" in message:
            self._send({"id": message["id"], "result": None})

    def _send(self, message: Mapping[str, Any]) -> None:
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        self._write.write(b"Content-Length: %d\r\n\r\n%b" % (len(body), body))
        self._write.flush()

    def _receive(self) -> dict[str, Any]:
        length = 0
        while line := self._read.readline().strip():
            name, value = line.split(b":", 1)
            length = int(value) if name.lower() == b"content-length" else length
        if not length:
            raise EOFError("the language server ended")
        return cast("dict[str, Any]", json.loads(self._read.read(length)))


CAPABILITIES = {
    "workspace": {"configuration": True},
    "textDocument": {"publishDiagnostics": {}, "hover": {"contentFormat": ["markdown"]}, "completion": {}},
}


def _place(file: Path, line: int, column: int) -> dict[str, Any]:
    return {
        "textDocument": {"uri": file.as_uri()},
        "position": {"line": line - 1, "character": column - 1},
    }


@contextlib.contextmanager
def language_server() -> Iterator[LanguageServer]:
    """A server that may not use the network for schemas, with the settings that our documentation recommends."""
    yaml = {"validate": True, "hover": True, "completion": True, "schemaStore": {"enable": False}}
    settings = {"yaml": {**yaml, "customTags": ["!vault scalar"]}, "http": {"proxy": "", "proxyStrictSSL": True}}
    with subprocess.Popen(
        ["node", str(SERVER), "--stdio"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as process:
        try:
            assert process.stdin is not None
            assert process.stdout is not None
            yield LanguageServer(process.stdin, process.stdout, settings)
        finally:
            process.kill()
