"""Several pages of one sign-in: ticked, each with its client, added one by one, stopped in between."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest
from PySide6.QtCore import QSize
from PySide6.QtWidgets import QApplication

from tests.ui.conftest import Settle
from tests.ui.fakes_accounts import Browser, Choices, page
from tests.ui.fakes_conversation import Runtime
from tests.ui.sign_in_desk import made, opened, texts
from ui import theme
from ui.accounts import AddAccountDialog
from ui.accounts.platforms import PlatformList


@pytest.fixture
def core() -> Runtime:
    return made()


@pytest.fixture
def dialog(themed: QApplication, core: Runtime, monkeypatch: pytest.MonkeyPatch) -> Iterator[AddAccountDialog]:
    monkeypatch.setattr(AddAccountDialog, "open_browser", lambda self, url: True)
    yield from opened(core)


@pytest.fixture
async def picking(dialog: AddAccountDialog, core: Runtime, settle: Settle) -> AddAccountDialog:
    core.accounts.apps = {"maple"}
    found = (page("Maple", account_id="a1", client_id="north"), page("Leeds", note="No messages."), page("York"))
    core.accounts.browser = Browser(Choices(found))
    core.accounts.browser.came.set()
    dialog.choose("facebook")
    await settle()
    dialog.test()
    await settle()
    assert dialog._picker is not None
    return dialog


async def test_pages_are_ticked_and_each_has_its_client(
    picking: AddAccountDialog, core: Runtime, settle: Settle
) -> None:
    picker = picking._picker
    assert picker is not None
    assert picking.windowTitle() == "Add Facebook accounts"
    assert not picker.rows[0].open()
    shown = texts(picking)
    assert "Connected for Northline Cycles" in shown
    assert "No messages." in shown
    assert picker.count.text() == "0 of 2 chosen"
    assert not picking._add.isEnabled()
    picker.all.click()
    assert picking._add.text() == "Add 2 accounts"
    picker.rows[2].client.setCurrentIndex(2)
    picking._add.click()
    await settle()
    assert core.accounts.calls[-1] == ("connect", {1: "maple", 2: "north"})
    assert not picking.isVisible()


async def test_one_that_fails_says_why_beside_it(picking: AddAccountDialog, core: Runtime, settle: Settle) -> None:
    core.accounts.refuses = {1: "Facebook does not allow this for this account (403)."}
    picker = picking._picker
    assert picker is not None
    picker.all.click()
    picking.add()
    await settle()
    assert picking.isVisible()
    assert "does not allow this" in texts(picking)
    assert picking.banner.text() == "Added 1 of 2. Why not the others stands beside them."
    assert (picker.rows[1].open(), picker.rows[2].open()) == (True, False)
    assert picking._add.text() == "Add account"
    core.accounts.refuses = {}
    picking.add()
    await settle()
    assert core.accounts.calls[-1] == ("connect", {1: "maple"})
    assert not picking.isVisible()


async def test_adding_tells_how_far_it_is_and_can_be_stopped(
    picking: AddAccountDialog, core: Runtime, settle: Settle
) -> None:
    core.accounts.gate = asyncio.Event()
    picker = picking._picker
    assert picker is not None
    picker.all.click()
    picking.add()
    await settle()
    assert picking._add.text() == "Trying 2 of 2\u2026"
    assert not picking._add.isEnabled()
    assert not picker.rows[2].client.isEnabled()
    assert picking._cancel.text() == "Stop"
    picking._cancel.click()
    await settle()
    assert picking.isVisible()
    assert (picker.rows[1].open(), picker.rows[2].open()) == (False, True), "what was added stays"
    assert picking._add.text() == "Add account"
    assert picking._add.isEnabled()
    core.accounts.gate = None
    picking.add()
    await settle()
    assert core.accounts.calls[-1] == ("connect", {2: "maple"})


async def test_a_new_client_is_made_for_them(picking: AddAccountDialog, core: Runtime, settle: Settle) -> None:
    picker, client = picking._picker, picking._client
    assert picker is not None
    assert client is not None
    client.start_new("")
    picker.rows[1].tick.setChecked(True)
    assert not picking._add.isEnabled()
    picker.rows[1].client.setCurrentIndex(1)
    assert picking._add.isEnabled(), "the only one has a client of its own"
    picker.rows[2].tick.setChecked(True)
    client.name.setText("York Bakery")
    picking.add()
    await settle()
    assert core.accounts.calls[-1] == ("connect", {1: "maple", 2: "new"})


async def test_back_from_the_pages_is_the_form(picking: AddAccountDialog, settle: Settle) -> None:
    picking._back.click()
    await settle()
    assert picking.windowTitle() == "Add a Facebook account"
    picking._back.click()
    assert picking.findChild(PlatformList) is not None


@pytest.mark.parametrize(("scale", "size"), [(1.0, QSize(720, 560)), (2.0, QSize(810, 540))])
async def test_nothing_is_cut_off_at_any_size(
    picking: AddAccountDialog, settle: Settle, scale: float, size: QSize, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = QApplication.instance()
    assert isinstance(app, QApplication)
    monkeypatch.setenv("CARELANE_TEXT", str(round(scale * 100)))
    theme.refresh()
    try:
        picking.resize(size)
        await settle()
        body = picking._scroll.widget()
        assert body is not None
        assert body.width() <= picking._scroll.viewport().width()
        assert picking._add.geometry().right() < picking.width()
    finally:
        monkeypatch.setenv("CARELANE_TEXT", "100")
        theme.refresh()
