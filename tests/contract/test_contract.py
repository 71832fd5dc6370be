"""Every request that a connector makes is as the platform describes it, and every field that it reads is there."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from app.http import Http
from tests.contract.described import Discovery, OpenApi
from tests.contract.prism import Prism
from tests.contract.scenario import day
from tests.contract.specs import ABSENT, folder, load
from tests.contract.tables import Bruno, Graph, Telegram, WordPress
from tests.contract.wire import Answers, Contract, Requests

pytestmark = [pytest.mark.live, pytest.mark.skipif(folder() is None, reason=ABSENT)]


@dataclass(frozen=True)
class Case:
    """One platform and one description of it."""

    platform: str
    openapi: str = ""  # read by prism
    patch: str = ""
    prefix: str = ""
    table: Callable[[], Requests] | None = None
    listed: dict[str, str] = field(default_factory=dict)
    must: tuple[str, ...] = ("pull", "send")

    @property
    def id(self) -> str:
        """For the test's name."""
        return f"{self.platform}-{Path(self.openapi).stem}" if self.openapi else self.platform


CASES = [
    Case("mastodon", "mastodon/schema.json", "mastodon/prism-fix.jsonpatch.json"),
    Case("bluesky", "bluesky/bsky-docs-openapi.json", "bluesky/prism-fix.jsonpatch.json"),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
async def test_requests_and_answers_are_as_described(case: Case, tmp_path: Path) -> None:
    world = importlib.import_module(f"tests.app.connectors.fake_{case.platform}").world()
    async with AsyncExitStack() as stack:
        prism: Prism | None = None
        answers: Answers | None = None
        table = case.table() if case.table is not None else None
        if case.openapi:
            spec = load(case.openapi, case.patch)
            prism = stack.enter_context(Prism(spec, tmp_path))
            stack.push_async_callback(prism.close)
            answers = OpenApi(spec)
        elif table is not None:
            answers = table  # type: ignore[assignment]
        contract = Contract(world, answers, table, prism, case.prefix, case.listed)
        http = Http(transport=contract)
        stack.push_async_callback(http.close)
        did = await day(world, http)
    assert set(case.must) <= did
    assert contract.seen > len(case.must), "hardly anything was held against the description"
    assert not contract.faults, "\n".join(sorted(set(contract.faults)))


__all__ = ["Bruno", "Discovery", "Graph", "Telegram", "WordPress"]
