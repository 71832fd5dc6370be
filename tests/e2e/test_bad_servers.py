"""Whatever a server does: one plain sentence, and nothing that was read before is harmed."""

from __future__ import annotations

import shutil
import socket
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.bad_server import BadServer, Trouble, certificate, circles, hangs_up, huge, note, says
from tests.e2e.conftest import EARLIER, Carelane, sentence

PAGE = "<!doctype html><html><head><title>Welcome</title></head><body>Sign in to this network</body></html>"
BLOG = {"name": "A blog", "namespaces": ["oembed/1.0", "wp/v2"], "routes": {}, "authentication": []}
MISSING = {"code": "rest_no_route", "message": "No route was found.", "data": {"status": 404}}

WRONG: dict[str, Trouble] = {
    "a web page for data": says(PAGE, kind="text/html"),
    "cut data": says('[{"id": "7", "type": "mention", "status": {"id": "1007", "content": "<p>half'),
    "a line that breaks": hangs_up,
    "nothing at all": says(""),
    "circles": circles,
    "100 MB": huge,
    **{
        str(status): says({"error": "No, thanks"}, status)
        for status in (400, 401, 403, 404, 410, 413, 422, 429, 500, 502, 503)
    },
    "502 as a page": says(PAGE, 502, "text/html"),
}


@pytest.fixture
def fresh(tmp_path: Path, server: BadServer) -> Carelane:
    """Nothing is connected yet."""
    server.trouble, server.where = None, "/"
    return Carelane(tmp_path / "data")


def nothing_kept(carelane: Carelane) -> None:
    assert carelane("account", "list", "--json").stdout.strip() == "[]"
    assert not carelane.data.with_suffix(".keyring").exists(), "a secret without an account"


@pytest.mark.parametrize("address", ["https://nowhere.invalid", "nobody listens", "not an address"])
def test_a_wrong_address(fresh: Carelane, address: str) -> None:
    if address == "nobody listens":
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            address = f"http://127.0.0.1:{taken.getsockname()[1]}"
    assert "address" in sentence(fresh.sign_in(address))
    nothing_kept(fresh)


@pytest.mark.parametrize("what", ["a web page", "a blog", "a blog that has no such page"])
def test_a_server_that_is_no_mastodon(fresh: Carelane, server: BadServer, what: str) -> None:
    server.trouble = {"a web page": says(PAGE, kind="text/html"), "a blog": says(BLOG)}.get(what, says(MISSING, 404))
    assert "not a Mastodon server" in sentence(fresh.sign_in(server.address))
    nothing_kept(fresh)


@pytest.mark.parametrize("what", ["circles", "100 MB", "cut data", "503"])
def test_a_sign_in_that_ends_badly(fresh: Carelane, server: BadServer, what: str) -> None:
    server.trouble = WRONG[what]
    sentence(fresh.sign_in(server.address))
    server.where = "/api/v1/notifications"  # the token is good, and then nothing can be read
    sentence(fresh.sign_in(server.address))
    nothing_kept(fresh)


@pytest.mark.skipif(shutil.which("openssl") is None, reason="makes a certificate with openssl")
def test_a_server_that_leads_away_from_https(tmp_path: Path, fresh: Carelane, server: BadServer) -> None:
    pem = certificate(tmp_path)
    secure = BadServer(pem)
    try:
        secure.trouble = lambda handler: handler.reply("", 302, Location=f"{server.address}{handler.path}")
        assert "not secure" in sentence(fresh.sign_in(secure.address, SSL_CERT_FILE=str(pem)))
        assert "certificate" in sentence(fresh.sign_in(secure.address, SSL_CERT_FILE=""))
    finally:
        secure.stop()
    nothing_kept(fresh)


@pytest.mark.parametrize("what", WRONG)
def test_reading_that_goes_wrong_is_told_and_harms_nothing(carelane: Carelane, server: BadServer, what: str) -> None:
    server.trouble, server.where = WRONG[what], "/api/v1/notifications"
    assert sentence(carelane.sync()).startswith("Mastodon @shop@shop.example: ")
    assert carelane.mentions() == {"1001": EARLIER}
    server.trouble, server.notes = None, [note(2, "And now?"), note(1, EARLIER)]
    if what not in ("401", "429"):  # those wait for the person, or for their end
        done = carelane.sync()
        assert done.returncode == 0, done.stderr
        assert carelane.mentions() == {"1001": EARLIER, "1002": "And now?"}


ODD: dict[str, list[Any]] = {
    "no author": [note(3, "who am I", account=None), note(4, "nor I", account={})],
    "ids twice": [note(3, "once"), note(3, "once"), {**note(3, "once"), "id": "33"}],
    "no zone": [note(3, "when", created_at="2026-11-24T09:00:00"), note(4, "where", created_at="2026-11-24 09:00")],
    "tomorrow": [note(3, "soon", created_at="2199-01-01T00:00:00Z"), note(4, "never", created_at="yesterday-ish")],
    "no date": [note(3, "timeless", created_at=None), note(4, "numb", created_at=17)],
    "long": [note(3, "bread " * 1_700)],
    "backwards": [note(3, "\u202egnp.exe\u202c \u2066x\u2069 \u061c")],
    "nul": [note(3, "a\x00b \x1b[31mred\x07")],
    "half a letter": [note(3, "half \ud83d letter")],
    "families": [note(3, "👨‍👩‍👧‍👦 👩🏽‍🚒 🏳️‍🌈 e\u0301")],
    "script": [note(3, "<script>alert(1)</script><img src=x onerror=alert(2)>Hello <style>p{}</style>there")],
    "not even an entry": [None, 7, "text", [], {}, {"id": None}, {"id": "9", "type": "mention", "status": "no"}],
}


@pytest.mark.parametrize("what", ODD)
def test_odd_entries_do_not_cost_the_good_ones(carelane: Carelane, server: BadServer, what: str) -> None:
    server.notes = [note(6, "The last good one"), *ODD[what], note(2, "The first good one"), note(1, EARLIER)]
    done = carelane.sync()
    assert (done.returncode, done.stderr) == (0, "")
    kept = carelane.mentions()
    assert {"1001", "1002", "1006"} <= set(kept)
    assert (kept["1001"], kept["1006"]) == (EARLIER, "The last good one")
    if what != "not even an entry":
        text = kept["1003"]
        assert not set(text) & set("\x00\x1b\x07\u202e\u2066<"), text
        assert "alert" not in text
        assert ("👨‍👩‍👧‍👦" in text) == (what == "families")
        assert (len(text) >= 10_000) == (what == "long")
    feed = carelane("feed", "--json")
    assert (feed.returncode, feed.stderr) == (0, "")
    assert not set(feed.stdout) & set("\x00\x1b\u202e")
    again = carelane.sync()
    assert again.returncode == 0, again.stderr
    assert carelane.mentions() == kept, "read twice, kept once"
