"""A website's comments from the first start on: signed in by the site's own page, answered, approved, once."""

from __future__ import annotations

import contextlib
import os
import re
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest

from .servers import Keyring, NeverHappened, WordPressServer, call, wait_until
from .servers.processes import Process
from .test_live_window import WAIT, Desk, answer_by_keyboard, no_secret_on_disk

FORM = "Add a WordPress comments account"
BROWSER = '#!/bin/sh\nprintf "%s\\n" "$1" >> "{pages}"\n'


class ShopDesk(Desk):
    """A desk with a screen of its own, so that no other test takes the focus, and a browser that keeps addresses."""

    def __init__(self, keyring: Keyring, data: Path, screen: str) -> None:
        super().__init__(keyring, data)
        self.pages = data.parent / "pages"
        self.pages.touch()
        programs = data.parent / "bin"
        programs.mkdir()
        browser = programs / "xdg-open"  # what Qt asks for first
        browser.write_text(BROWSER.format(pages=self.pages))
        browser.chmod(0o755)
        self.env |= {"DISPLAY": screen, "PATH": f"{programs}:{os.environ['PATH']}"}

    def window(self) -> str:
        """The number of the window on top: there is no window manager, so the newest."""
        found = self.xdotool("search", "--onlyvisible", "--name", ".").split()
        return found[-1] if found else ""

    def shows(self, title: str) -> bool:
        """Whether a window of this title is on the screen."""
        return bool(self.xdotool("search", "--onlyvisible", "--name", f"^{title}").split())

    def reach(self, title: str, *keys: str, text: str) -> None:
        """Press keys, write and press Return, once more where nobody listened yet, until such a window is there."""
        end = time.monotonic() + WAIT
        while not self.shows(title):
            assert time.monotonic() < end, f"no window called {title}"
            self.press(*keys)
            self.write(text)
            self.press("Return")
            with contextlib.suppress(NeverHappened):
                wait_until(lambda: self.shows(title), title, timeout=8)

    def opened(self) -> list[str]:
        """The pages that the browser was asked for."""
        return self.pages.read_text().split()


@pytest.fixture
def desk(gnome_keyring: Keyring, tmp_path: Path) -> Iterator[ShopDesk]:
    number = tmp_path / "screen"
    command = ["Xvfb", "-displayfd", "1", "-screen", "0", "1920x1080x24", "-nolisten", "tcp"]
    screen = Process(command, log=tmp_path / "screen.log", stdout=number)
    try:
        found = wait_until(lambda: number.read_text().strip(), "a screen")
        desk = ShopDesk(gnome_keyring, tmp_path / "data", f":{found}")
        yield desk
        desk.close()
    finally:
        screen.stop()


def fill_in_form(desk: ShopDesk, site: WordPressServer, user: str, client: str = "") -> str:
    """From the command to the page that the browser is asked for; its address."""
    known = len(desk.opened())
    desk.reach("Add an account", "Escape", "ctrl+k", text="add an account")
    desk.reach(FORM, "ctrl+a", text="wordpress")
    if client:  # the first field is the address; the business is above it
        desk.press("shift+Tab")
        desk.write(client)
        desk.press("Tab")
    desk.write(site.base)
    desk.press("Return")
    desk.write(user)
    desk.press("Return")
    wait_until(lambda: len(desk.opened()) > known, "the browser", timeout=WAIT)
    return desk.opened()[-1]


def press_add(desk: ShopDesk, accounts: int) -> None:
    """When the sign-in was tried, the button has the focus; before that, a space is one behind the password."""

    def added() -> bool:
        if len(desk.rows("SELECT 1 FROM account")) < accounts and desk.shows(FORM):
            desk.press("space")
        return len(desk.rows("SELECT 1 FROM account")) == accounts

    wait_until(added, "the account", timeout=WAIT, every=0.5)
    wait_until(lambda: not desk.shows(FORM), "the dialog to go")


def shown_password(site: WordPressServer, page: str) -> str:
    """Approve on a page that is told no way back, and so shows the password, in groups of four.

    As its script does (wp-admin/js/auth-app.js): the form alone shows an empty one in WordPress 6.1.
    """
    asked = dict(parse_qsl(urlsplit(page).query))
    browser = site.browser()
    shown = browser.call("GET", page.replace(urlencode({"success_url": asked["success_url"]}), "")).text
    nonce = re.search(r'wpApiSettings = .*?"nonce":"(\w+)"', shown)
    assert nonce, shown[:2000]
    route = {"rest_route": "/wp/v2/users/me/application-passwords", "_wpnonce": nonce[1]}
    made = browser.call("POST", f"{site.base}/?{urlencode(route)}",
                        form={"name": asked["app_name"], "app_id": asked["app_id"]}).ok()  # fmt: skip
    return str(made["password"])


def test_a_held_comment_is_answered_from_the_first_start_on(wordpress: WordPressServer, desk: ShopDesk) -> None:
    site = wordpress
    site.empty()
    desk.open_window()
    wait_until(lambda: desk.shows("Care now"), "the first page", timeout=WAIT)
    page = fill_in_form(desk, site, "owner@example.test", "Maple and Rye")
    password = shown_password(site, page)
    assert desk.rows("SELECT 1 FROM account") == [], "nothing is kept before it was tried"
    desk.write(password)
    desk.press("Return")
    press_add(desk, 1)
    assert desk.rows("SELECT name FROM client") == [("Maple and Rye",)]

    comment = site.comment("My order is missing and I am angry, I want a refund")
    assert comment not in site.public()
    desk.press("F5")
    text = "We are so sorry. Please send us your order number."
    answer_by_keyboard(desk, text)
    [(remote_id, made, due, sent)] = desk.rows("SELECT remote_id, created_at, not_before, sent_at FROM reply")
    assert due - made == 10_000
    assert sent >= due - 1_000, "it could be taken back so long; the site counts whole seconds"
    wait_until(lambda: desk.rows("SELECT state FROM conversation") == [("waiting",)], "the lane")
    public = site.public()
    assert public[comment]["status"] == "approved"
    assert public[remote_id]["parent"] == int(comment)
    assert text.split(".")[0] in public[remote_id]["content"]["rendered"]

    # the page leads back by itself; a second user of the site, who may not moderate
    back = site.browser("reader").approve(fill_in_form(desk, site, "reader")).headers["Location"]
    assert call("GET", back).status == 200
    press_add(desk, 2)
    assert desk.rows("SELECT platform, server FROM account") == [("wordpress", site.base)] * 2
    wait_until(lambda: desk.rows("SELECT min(checked_at) FROM account")[0][0], "the first look")
    [(before,)] = desk.rows("SELECT max(checked_at) FROM account")
    desk.press("F5")
    wait_until(lambda: desk.rows("SELECT min(checked_at) FROM account")[0][0] > before, "another look", timeout=WAIT)
    assert set(site.public()) == {comment, remote_id}, "exactly once"
    assert len(desk.rows("SELECT 1 FROM reply")) == 1
    second = dict(parse_qsl(urlsplit(back).query))["password"]
    no_secret_on_disk(desk, [password, "".join(password.split()), second])
    assert "Traceback" not in desk.log(), desk.log()
