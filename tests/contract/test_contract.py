"""Every request that a connector makes is as the platform describes it, and every field that it reads is there."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from app.connectors import platforms
from app.http import Http
from tests.contract import fields
from tests.contract.cases import CASES, UNDESCRIBED, Case
from tests.contract.described import OpenApi
from tests.contract.prism import Prism
from tests.contract.scenario import day
from tests.contract.sign_in import sign_in
from tests.contract.specs import ABSENT, folder
from tests.contract.wire import Check, Contract
from tests.contract.worlds import world_of

pytestmark = [pytest.mark.live, pytest.mark.skipif(folder() is None, reason=ABSENT)]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
async def test_requests_and_answers_are_as_described(case: Case, tmp_path: Path) -> None:
    checks = case.more()
    if case.openapi:
        api = OpenApi(case.described())
        checks = (Check(api, case.covers, case.prefix), *checks)
    contract = Contract(_world(case), checks, case.listed)
    http = Http(transport=contract)
    if case.typed is not None:
        assert await sign_in(contract.world, http, case.typed)
    contract.world = world = _world(case)
    case.seed(world)
    did = await day(world, http)
    await http.close()
    if case.openapi:
        paths = [request.url.path.removeprefix(case.prefix) for check, request in contract.described if check.by is api]
        with Prism(api.spec, {one for path in paths for one in api.templates(path)}, tmp_path) as prism:
            judge = prism.judge()
            await contract.judge(judge, checks[0])
            await judge.close()
    assert not contract.faults, "\n".join(sorted(set(contract.faults)))
    assert set(case.must.split()) <= did, f"only {sorted(did)}"
    assert set(contract.deaf()) == set(case.deaf), "where a mistake would not be heard"
    assert contract.used == set(case.listed), "these entries of `listed` are not needed"


@pytest.mark.parametrize("platform", sorted({case.platform for case in CASES}))
def test_every_field_that_is_read_is_a_word_of_the_description(platform: str) -> None:
    listed = fields.LISTED[platform]
    unknown = fields.unknown(platform)
    assert not {name for name in unknown if not any(re.fullmatch(pattern, name) for pattern in listed)}
    own = listed.keys() - fields.MARKS.keys() - fields.META.keys()
    assert all(any(re.fullmatch(one, name) for name in unknown) for one in own), "some of `LISTED` is not needed"


def test_no_platform_is_forgotten() -> None:
    assert {case.platform for case in CASES} | UNDESCRIBED.keys() == set(platforms())
    assert not {case.platform for case in CASES} & UNDESCRIBED.keys()


@pytest.mark.parametrize("platform", sorted(UNDESCRIBED))
def test_a_platform_without_a_description_is_not_checked_here(platform: str) -> None:
    place = folder()
    assert place is not None
    assert not (place / platform).exists(), "there is one now: give it a case"
    pytest.skip(f"{platform} was held against nothing: {UNDESCRIBED[platform]}")


def _world(case: Case) -> Any:
    world = world_of(case.platform)
    for name, value in case.world.items():
        assert hasattr(world, name)
        setattr(world, name, value)
    return world
