from __future__ import annotations

import asyncio
import subprocess
import sys
from pathlib import Path

import pytest

from app.errors import InUseError
from app.instance import Instance, ask_to_front


async def test_a_second_start_raises_the_first(tmp_path: Path) -> None:
    first = Instance(tmp_path)
    raised = asyncio.Event()
    await first.listen(raised.set)
    with pytest.raises(InUseError):
        Instance(tmp_path)
    assert await asyncio.to_thread(ask_to_front, tmp_path)
    await asyncio.wait_for(raised.wait(), 2)
    await first.close()
    second = Instance(tmp_path)
    await second.close()


def test_nobody_answers_where_nobody_runs(tmp_path: Path) -> None:
    assert not ask_to_front(tmp_path)
    (tmp_path / "lock").write_text("not json")
    assert not ask_to_front(tmp_path)


def test_a_killed_process_leaves_no_lock(tmp_path: Path) -> None:
    code = (
        f"import os, pathlib; from app.instance import Instance; i = Instance(pathlib.Path({str(tmp_path)!r}));"
        " print('held', flush=True); os.kill(os.getpid(), 9)"
    )
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert ended.stdout == "held\n"
    Instance(tmp_path).release()
