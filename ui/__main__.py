"""`python -m ui`: opens the window, from the store first; everything slow comes after the first paint."""

from __future__ import annotations

import argparse
import gc
import logging
import sys
from collections.abc import Sequence
from types import TracebackType

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QApplication, QMessageBox

from app.errors import DamagedStoreError, InUseError, StoreError
from app.instance import ask_to_front
from app.paths import Paths
from app.runtime import Runtime
from ui import theme

log = logging.getLogger(__name__)


def arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    """Read the command line; the `carelane` command hands these on."""
    parser = argparse.ArgumentParser(prog="carelane", description="Answer the right person next.")
    parser.add_argument("--data", metavar="DIR", help="another data folder")
    parser.add_argument("--practice", action="store_true", help="practise with a shop that does not exist")
    return parser.parse_args(argv)


def main(argv: Sequence[str] | None = None) -> int:
    """Run until the window is closed. Returns the exit code."""
    options = arguments(argv)
    gc.disable()  # until the first paint: what is made before it stays, and looking through it costs 20 ms
    paths = Paths.find(options.data)
    if options.practice:  # a folder of its own, so that nothing invented ever mixes with real clients
        paths = Paths(*(folder / "practice" for folder in (paths.data, paths.cache, paths.config, paths.logs)))
    QCoreApplication.setApplicationName("carelane")
    QCoreApplication.setOrganizationName("carelane")
    QApplication.setApplicationDisplayName("Carelane")
    QApplication.setDesktopFileName("carelane")
    app = QApplication(sys.argv[:1])
    theme.apply(app)
    runtime = open_runtime(paths)
    if runtime is None:
        return 1
    sys.excepthook = report_bug
    return run(app, runtime, practise=options.practice)


def open_runtime(paths: Paths) -> Runtime | None:
    """Open the store, or say in words why it cannot be opened and offer what helps. None: give up."""
    try:
        paths.ensure()
        return Runtime(paths)
    except InUseError as error:
        if not ask_to_front(paths.data):
            _say(str(error))
    except DamagedStoreError as error:
        return _offer_copy(paths, error)
    except StoreError as error:
        _say(str(error))
    return None


def _say(text: str) -> None:
    box = QMessageBox(QMessageBox.Icon.Warning, "Carelane", text)
    box.open()
    box.finished.connect(QApplication.quit)
    QApplication.exec()


def _offer_copy(paths: Paths, error: DamagedStoreError) -> Runtime | None:
    from pathlib import Path

    from app.store_recovery import restore_copy

    if not error.backup:
        _say(str(error))
        return None
    box = QMessageBox(QMessageBox.Icon.Warning, "Carelane", str(error))
    text = QCoreApplication.translate("Start", "Open the last good copy")
    use = box.addButton(text, QMessageBox.ButtonRole.AcceptRole)
    box.addButton(QCoreApplication.translate("Start", "Quit"), QMessageBox.ButtonRole.RejectRole)
    box.open()
    box.finished.connect(QApplication.quit)
    QApplication.exec()
    if box.clickedButton() is not use:
        return None
    restore_copy(paths, Path(error.backup))
    return open_runtime(paths)


def report_bug(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """A bug of ours: logged with its trace; the program goes on, since what is stored is safe."""
    if issubclass(kind, KeyboardInterrupt):
        QApplication.quit()
        return
    log.error("a bug", exc_info=(kind, error, trace))
    sys.__excepthook__(kind, error, trace)


def run(app: QApplication, runtime: Runtime, *, practise: bool = False) -> int:
    """Show the window, then start the core; stop it when the window is gone."""
    from ui.window import MainWindow

    app.setQuitOnLastWindowClosed(False)
    window = MainWindow(runtime)
    window.finish_by_itself = False
    window.show()
    for _ in range(2):  # the layout, then the first paint, from the store alone: what follows costs more than both
        app.processEvents()
    gc.freeze()
    gc.enable()

    import asyncio

    import qasync

    loop = qasync.QEventLoop(app, already_running=False)
    asyncio.set_event_loop(loop)

    async def whole() -> None:
        closed = asyncio.Event()
        window.gone.connect(closed.set)
        if not window.isVisible():  # closed before anything ran
            closed.set()
        window.finish()
        if practise:
            await runtime.accounts.practise()
        await runtime.start()
        await closed.wait()
        await runtime.stop()

    with loop:
        loop.run_until_complete(whole())
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
