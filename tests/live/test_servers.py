"""The harness itself: the servers behave as the connectors' tests assume, and leave nothing behind."""

from __future__ import annotations

import http.client
import json
import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.live.servers import (
    BlueskyNetwork,
    Keyring,
    MakeProxy,
    MastodonMock,
    MastodonPerson,
    SnacServer,
    call,
    wait_until,
)
from tests.live.servers.bluesky_person import POST, new_tid, now

ROOT = Path(__file__).parents[2]


# --- mastodon-mock: as Mastodon documents it ----------------------------------------------------


def test_mock_sends_once_for_one_key(mastodon_mock: MastodonMock) -> None:
    visitor = mastodon_mock.visitor
    first, again = (visitor.post("once", key="key-1") for _ in range(2))
    assert first["id"] == again["id"]
    assert visitor.post("once", key="key-2")["id"] != first["id"]


def test_mock_pages_notifications(mastodon_mock: MastodonMock) -> None:
    owner, visitor = mastodon_mock.owner, mastodon_mock.visitor
    posts = [visitor.post(f"{owner.mention} number {n}") for n in range(3)]
    one, two, three = (owner.wait_notification(post["id"], timeout=2) for post in posts)
    assert [n["id"] for n in owner.notifications(min_id=one["id"], limit="1")] == [two["id"]]
    assert owner.notifications(since_id=three["id"]) == []
    assert 'rel="next"' in owner.call("GET", "/api/v1/notifications", params={"limit": "1"}).headers["Link"]
    assert one["id"].isdigit()
    assert len(one["id"]) == 13


def test_mock_errors(mastodon_mock: MastodonMock) -> None:
    visitor = mastodon_mock.visitor
    wrong = visitor.call("GET", "/api/v1/notifications", token="wrong")
    assert (wrong.status, list(wrong.json())) == (401, ["detail"])  # Mastodon itself says "error"
    missing = visitor.call("GET", "/api/v1/statuses/1")
    assert (missing.status, list(missing.json())) == (404, ["detail"])
    for text in ("", "x" * 501):
        assert visitor.call("POST", "/api/v1/statuses", form={"status": text}).status == 422
    assert visitor.post("to nobody", in_reply_to_id="1")["id"]
    assert visitor.call("GET", "/api/v2/instance").status == 200
    assert visitor.call("GET", "/api/v2/notifications").status == 200


def test_mock_edit_reply_delete(mastodon_mock: MastodonMock) -> None:
    owner, visitor = mastodon_mock.owner, mastodon_mock.visitor
    asked = visitor.post(f"{owner.mention} is it open?", visibility="direct")
    answer = owner.post(f"{visitor.mention} yes", in_reply_to_id=asked["id"], visibility="direct")
    assert [s["id"] for s in visitor.replies(asked["id"], by="owner")] == [answer["id"]]
    assert visitor.edit(asked["id"], f"{owner.mention} is it open today?")["edited_at"]
    visitor.delete(asked["id"])
    assert visitor.status(asked["id"]) is None


# --- snac: a real server with habits of its own -------------------------------------------------


def test_snac_ignores_the_key(snac: SnacServer) -> None:
    first, again = (snac.visitor.post("once", key="key-1") for _ in range(2))
    assert first["id"] != again["id"]


def test_snac_notifications(snac: SnacServer) -> None:
    owner, visitor = snac.owner, snac.visitor
    posts = [visitor.post(f"{owner.mention} number {n} <b>bold</b>") for n in range(3)]
    assert posts[0]["id"] not in [(n["status"] or {}).get("id") for n in owner.notifications()]  # it takes 8 s
    seen = [owner.wait_notification(post["id"]) for post in posts]
    one, two, three = sorted(n["id"] for n in seen)
    assert [n["id"] for n in owner.notifications(min_id=one, limit="1")] == [three]  # not the next, two
    assert two in [n["id"] for n in owner.notifications(since_id=three)]  # since_id is ignored
    assert "Link" not in owner.call("GET", "/api/v1/notifications").headers
    assert "<b>bold</b>" in seen[0]["status"]["content"]
    assert len(posts[0]["id"]) == 42

    edited = visitor.edit(posts[0]["id"], f"{owner.mention} changed")
    found = owner.status(posts[0]["id"])
    assert found
    assert "changed" in found["content"]
    assert edited["id"][10:] == posts[0]["id"][10:]  # the first 10 characters change with each edit
    assert edited["id"] != posts[0]["id"]

    assert visitor.call("DELETE", f"/api/v1/statuses/{posts[1]['id']}").status == 404  # no such method
    visitor.delete(posts[1]["id"])
    wait_until(lambda: owner.status(posts[1]["id"]) is None, "the deleted status to go", timeout=30)


def test_snac_shows_a_reply_to_both(snac: SnacServer) -> None:
    asked = snac.post("visitor", f"{snac.owner.mention} is it open?")
    snac.owner.wait_notification(asked["id"])
    answer = snac.post("owner", f"{snac.visitor.mention} yes", in_reply_to_id=asked["id"])
    assert [s["id"] for s in snac.owner.replies(asked["id"], by="owner")] == [answer["id"]]  # at once
    snac.visitor.wait_notification(answer["id"])
    assert [s["id"] for s in snac.visitor.replies(asked["id"], by="owner")] == [answer["id"]]


def test_snac_errors(snac: SnacServer) -> None:
    visitor = snac.visitor
    wrong = visitor.call("GET", "/api/v1/notifications", token="wrong")
    assert (wrong.status, wrong.body) == (401, b"")
    assert wrong.headers.get_content_type() == "text/html"
    missing = visitor.call("GET", "/api/v1/statuses/1")
    assert missing.status == 404
    assert missing.body.startswith(b"<h1>404")
    for text in ("", "x" * 501):
        assert visitor.call("POST", "/api/v1/statuses", form={"status": text}).status == 200
    assert visitor.post("to nobody", in_reply_to_id="1")["id"]
    assert visitor.call("GET", "/api/v2/instance").status == 404
    assert visitor.call("GET", "/api/v2/notifications").status == 404


def test_snac_sign_in_and_revoke(snac: SnacServer) -> None:
    app = snac.register_app("http://127.0.0.1:9/callback")
    asked = snac.sign_in("owner", app["client_id"], redirect_uri="http://127.0.0.1:9/callback", state="s7")
    assert asked.status == 303
    assert asked.headers["Location"].endswith("&state=s7")
    pasted = snac.sign_in("owner", snac.register_app()["client_id"], state="s7")
    assert pasted.text.endswith("&state=s7")  # people paste more than the code
    token = snac.token("owner")
    assert call("GET", f"{snac.base}/api/v1/notifications", token=token).status == 200
    snac.revoke(token)
    assert call("GET", f"{snac.base}/api/v1/notifications", token=token).status == 401


# --- Bluesky ------------------------------------------------------------------------------------


def test_bluesky_a_chosen_key_is_written_once(bluesky_pds: BlueskyNetwork) -> None:
    alice = bluesky_pds.alice
    rkey, record = new_tid(), {"$type": POST, "text": "sent once", "createdAt": now()}

    def send(text: str = "sent once") -> tuple[int, dict[str, str]]:
        answer = alice.put_record(POST, rkey, {**record, "text": text}, swapRecord=None)
        return answer.status, answer.json()

    assert send()[0] == 200  # also signs in, so that the eight below share the session
    with ThreadPoolExecutor(8) as pool:
        told = list(pool.map(lambda _: send(), range(8)))
    assert {status for status, _ in told} == {200}
    assert len({body["cid"] for _, body in told}) == 1
    status, body = send("something else")
    assert (status, body["error"]) == (400, "InvalidSwap")
    assert len([r for r in alice.records() if r["uri"].endswith(rkey)]) == 1


def test_bluesky_errors(bluesky_pds: BlueskyNetwork) -> None:
    alice, carol = bluesky_pds.alice, bluesky_pds.add_account("carol")
    session = "com.atproto.server.getSession"
    garbage = alice.get(session, token="garbage")
    assert (garbage.status, garbage.json()["error"]) == (400, "InvalidToken")
    nobody = call("GET", f"{bluesky_pds.pds}/xrpc/{session}")
    assert (nobody.status, nobody.json()["error"]) == (401, "AuthMissing")
    sign_in = f"{bluesky_pds.pds}/xrpc/com.atproto.server.createSession"
    wrong = call("POST", sign_in, json={"identifier": "alice.test", "password": "wrong"})
    assert (wrong.status, wrong.json()["error"]) == (401, "AuthenticationRequired")
    no_view = alice.get("app.bsky.notification.listNotifications")
    assert (no_view.status, no_view.json()["error"]) == (502, "UpstreamFailure")

    mine = carol.sign_in(carol.app_password)
    carol.revoke_app_password()
    refresh = "com.atproto.server.refreshSession"
    revoked = carol.do(refresh, token=mine["refreshJwt"])
    assert (revoked.status, revoked.json()["error"]) == (400, "ExpiredToken")
    bluesky_pds.take_down(carol)
    gone = call("POST", sign_in, json={"identifier": "carol.test", "password": carol.password})
    assert (gone.status, gone.json()["error"]) == (401, "AccountTakedown")
    bluesky_pds.take_down(carol, applied=False)
    assert carol.sign_in()["did"] == carol.did


def test_bluesky_lifetimes_and_limits() -> None:
    with BlueskyNetwork(mode="pds", access_ttl="1s", rate_limits=True) as network:
        session = network.alice.sign_in(network.alice.app_password)
        time.sleep(2.1)
        expired = network.alice.get("com.atproto.server.getSession", token=session["accessJwt"])
        assert (expired.status, expired.json()["error"]) == (400, "ExpiredToken")  # not 401
        renewed = network.alice.do("com.atproto.server.refreshSession", token=session["refreshJwt"])
        assert renewed.status == 200
        sign_in = f"{network.pds}/xrpc/com.atproto.server.createSession"
        body = {"identifier": "bob.test", "password": network.bob.password}
        told = [call("POST", sign_in, json=body) for _ in range(31)]
        assert told[-1].status == 429
        assert told[-1].json()["error"] == "RateLimitExceeded"
        assert 0 < int(told[-1].headers["retry-after"]) <= 300


def test_bluesky_question_and_answer(bluesky: BlueskyNetwork) -> None:
    alice, bob = bluesky.alice, bluesky.bob
    asked = bob.post("where is my order?", mention=alice)
    assert alice.wait_notification(asked, reason="mention")["author"]["did"] == bob.did
    edited = bob.edit(asked, "where is my second order?")
    assert alice.wait_indexed(edited)["record"]["text"] == "where is my second order?"
    answer = alice.post("on its way", reply_to=asked)
    assert bob.wait_notification(answer, reason="reply")["author"]["did"] == alice.did
    assert [post["uri"] for post in bob.replies(asked, by=alice)] == [answer.uri]
    more = bob.post("thank you", reply_to=answer)
    assert alice.wait_notification(more, reason="reply")["record"]["reply"]["root"]["uri"] == asked.uri
    bob.delete(more)
    alice.wait_gone(more)
    assert more.uri not in [n["uri"] for n in alice.notifications()]


# --- gnome-keyring ------------------------------------------------------------------------------

_STORE = """
import sys
from keyring.backends.SecretService import Keyring
ring = Keyring()
try:
    if len(sys.argv) > 1:
        ring.set_password("carelane-test", "a", sys.argv[1])
    print(ring.get_password("carelane-test", "a"))
except Exception as error:
    print(type(error).__name__)
"""


def test_keyring_open_locked_and_open_again(gnome_keyring: Keyring) -> None:
    def ask(*args: str) -> str:
        return gnome_keyring.python(_STORE, *args).stdout.strip()

    assert ask() == "None"
    assert ask("s3cret") == "s3cret"
    gnome_keyring.lock()
    assert ask() == "KeyringLocked"
    gnome_keyring.unlock()
    assert ask() == "s3cret"
    gnome_keyring.stop_service()
    assert ask() == "KeyringLocked"
    gnome_keyring.unlock()
    assert ask() == "s3cret"


# --- nothing is left ----------------------------------------------------------------------------

_START = """
import sys, time
from tests.live.servers import SnacServer
server = SnacServer()
print(server._process.pid, server._folder, flush=True)
time.sleep(60)
"""


def test_servers_die_with_a_killed_test_process() -> None:
    with subprocess.Popen([sys.executable, "-c", _START], cwd=ROOT, stdout=subprocess.PIPE, text=True) as test:
        assert test.stdout
        pid, folder = test.stdout.readline().split()
        os.kill(int(pid), 0)
        test.send_signal(signal.SIGKILL)

    def gone() -> bool:
        try:
            os.kill(int(pid), 0)
        except ProcessLookupError:
            return True
        # where nobody reaps orphans (a container without init) a zombie stays
        return "\nState:\tZ" in Path(f"/proc/{pid}/status").read_text(encoding="utf-8")

    wait_until(gone, "the server to end", timeout=10)
    wait_until(lambda: not Path(folder).exists(), "its folder to go", timeout=10)


def test_what_is_not_installed_fails_with_the_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from tests.live.servers import NotInstalled

    monkeypatch.setenv("CARELANE_TEST_SERVERS", str(tmp_path))
    with pytest.raises(NotInstalled, match=r"Run: python -m tests\.live\.servers install"):
        MastodonMock()


# --- FaultProxy ---------------------------------------------------------------------------------

STATUSES = "/api/v1/statuses"
BROKEN = (OSError, http.client.HTTPException)


def _texts(mock: MastodonMock) -> list[str]:
    path = f"/api/v1/accounts/{mock.visitor.account['id']}/statuses"
    return [status["content"] for status in mock.visitor.call("GET", path).ok()]


def test_proxy_passes_on_and_records(mastodon_mock: MastodonMock, fault_proxy: MakeProxy) -> None:
    proxy = fault_proxy(mastodon_mock.base)
    visitor = MastodonPerson(proxy.base, "visitor", "visitor_token")
    assert visitor.post("through the proxy", key="k-7")["content"] == "<p>through the proxy</p>"
    seen = proxy.wait_request("POST", STATUSES)
    assert (seen.status, seen.forwarded, seen.fault) == (200, True, None)
    assert seen.headers["idempotency-key"] == "k-7"
    assert b"through+the+proxy" in seen.body
    link = visitor.call("GET", "/api/v1/timelines/public", params={"limit": "1"}).headers["Link"]
    assert str(mastodon_mock.port) not in link
    kept = http.client.HTTPConnection("127.0.0.1", proxy.port, timeout=10)
    for path in ("/api/v1/instance", "/api/v2/instance"):  # over one connection
        kept.request("GET", path)
        assert json.loads(kept.getresponse().read())
    kept.close()


def test_proxy_loses_the_request_or_the_answer(mastodon_mock: MastodonMock, fault_proxy: MakeProxy) -> None:
    proxy = fault_proxy(mastodon_mock.base)
    visitor = MastodonPerson(proxy.base, "visitor", "visitor_token")
    proxy.drop_request("POST", STATUSES)
    with pytest.raises(BROKEN):
        visitor.post("never arrives")
    lost = proxy.drop_answer("POST", lambda request: request.path == STATUSES)
    with pytest.raises(BROKEN):
        visitor.post("arrives, and nobody hears of it")
    assert lost.wait_hit().forwarded
    assert visitor.post("the faults are used up")
    texts = _texts(mastodon_mock)
    assert "<p>never arrives</p>" not in texts
    assert "<p>arrives, and nobody hears of it</p>" in texts
    assert [seen.fault for seen in proxy.seen("POST")] == ["drop request", "drop answer", None]


def test_proxy_answers_delays_and_cuts(mastodon_mock: MastodonMock, fault_proxy: MakeProxy) -> None:
    proxy = fault_proxy(mastodon_mock.base)
    ask = f"{proxy.base}/api/v1/instance"
    proxy.answer(429, {"error": "slow down"}, "GET", "/api/*", headers={"Retry-After": "3"}, times=2)
    for _ in range(2):
        told = call("GET", ask)
        assert (told.status, told.json(), told.headers["Retry-After"]) == (429, {"error": "slow down"}, "3")
    assert call("GET", ask).status == 200
    proxy.cut(0.5)
    with pytest.raises(AssertionError, match="not JSON"):
        call("GET", ask).json()
    proxy.cut(0.5, clean=False)
    with pytest.raises(http.client.IncompleteRead):
        call("GET", ask)
    proxy.delay(0.3)
    started = time.monotonic()
    assert call("GET", ask).status == 200
    assert time.monotonic() - started >= 0.3


def test_proxy_holds_a_request_or_an_answer(mastodon_mock: MastodonMock, fault_proxy: MakeProxy) -> None:
    proxy = fault_proxy(mastodon_mock.base)
    visitor = MastodonPerson(proxy.base, "visitor", "visitor_token")
    with ThreadPoolExecutor(1) as pool:
        held = proxy.hold_request("POST", STATUSES)
        sending = pool.submit(visitor.post, "held on its way")
        held.wait_hit()
        assert "<p>held on its way</p>" not in _texts(mastodon_mock)
        held.release()
        assert sending.result(10)["id"]
        held = proxy.hold_answer("POST", STATUSES)
        sending = pool.submit(visitor.post, "held on its way back")
        held.wait_hit()
        assert "<p>held on its way back</p>" in _texts(mastodon_mock)
        held.release()
        assert sending.result(10)["id"]


def test_proxy_goes_down_and_comes_back(mastodon_mock: MastodonMock, fault_proxy: MakeProxy) -> None:
    proxy = fault_proxy(mastodon_mock.base)
    with ThreadPoolExecutor(1) as pool:
        proxy.delay(30)
        waiting = pool.submit(call, "GET", proxy.base)
        proxy.wait_request()
        with proxy.down():
            with pytest.raises(BROKEN):
                waiting.result(10)
            with pytest.raises(ConnectionRefusedError):
                call("GET", proxy.base)
    assert call("GET", f"{proxy.base}/api/v1/instance").status == 200


def test_proxy_hides_the_way_around_it(bluesky_pds: BlueskyNetwork, fault_proxy: MakeProxy) -> None:
    proxy = fault_proxy(bluesky_pds.pds)
    body = {"identifier": "bob.test", "password": bluesky_pds.bob.app_password}
    session = call("POST", f"{proxy.base}/xrpc/com.atproto.server.createSession", json=body).ok()
    assert [service["serviceEndpoint"] for service in session["didDoc"]["service"]] == [proxy.base]
