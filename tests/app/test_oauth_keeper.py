"""The keeper of a token: one renewal at a time, ahead of the end, and never a living token that is not kept."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.errors import KeyringError, NetworkError, ServiceError, SignInError
from app.oauth import AHEAD, LATER, Keeper

START = datetime(2026, 11, 24, 12, tzinfo=UTC)


class World:
    """A platform that rotates both tokens, and a keyring. Each may fail when it is told to."""

    def __init__(self, *, lives: float = 3600) -> None:
        self.now, self.lives = START, timedelta(seconds=lives)
        self.number = 0  # of the pair that is alive
        self.renewals = 0
        self.at_once = self.most_at_once = 0
        self.platform_fails: list[Exception] = []
        self.save_fails: list[Exception] = []
        self.kept = self.secret(0)
        self.order: list[str] = []
        self.gate: asyncio.Event | None = None
        self.keeper = self.start()

    def secret(self, number: int) -> dict[str, str]:
        ends = (self.now + self.lives).isoformat()
        return {"token": f"at-{number}", "refresh_token": f"rt-{number}", "expires_at": ends}

    def start(self) -> Keeper:
        """The program starts anew from what the keyring holds."""
        return Keeper(self.kept, self.save, self.renew, now=lambda: self.now)

    async def renew(self, secret: Mapping[str, str]) -> dict[str, str]:
        self.renewals += 1
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            if self.gate is not None:
                await self.gate.wait()
            await asyncio.sleep(0)
            if self.platform_fails:
                raise self.platform_fails.pop()
            if secret["refresh_token"] != f"rt-{self.number}":
                raise SignInError("Example no longer accepts this sign-in. Sign in again.")
            self.number += 1
            self.order.append(f"given {self.number}")
            return self.secret(self.number)
        finally:
            self.at_once -= 1

    async def save(self, secret: dict[str, str]) -> None:
        await asyncio.sleep(0)
        if self.save_fails:
            raise self.save_fails.pop()
        self.kept = dict(secret)
        self.order.append(f"kept {secret['token'].removeprefix('at-')}")

    def alive(self, token: str) -> bool:
        return token == f"at-{self.number}"


async def test_a_living_token_is_handed_out_as_it_is() -> None:
    world = World()
    assert await world.keeper.token() == "at-0"
    assert await world.keeper.token(dead="another") == "at-0", "that one was replaced meanwhile"
    assert world.renewals == 0


async def test_fifty_callers_renew_once() -> None:
    world = World()
    found = await asyncio.gather(*(world.keeper.token(dead="at-0") for _ in range(50)))
    assert set(found) == {"at-1"}
    assert (world.renewals, world.most_at_once) == (1, 1)
    assert world.order == ["given 1", "kept 1"], "kept before it is used"


async def test_fifty_callers_share_a_refusal() -> None:
    world = World()
    world.platform_fails = [SignInError("Sign in again.")]
    found = await asyncio.gather(*(world.keeper.token(dead="at-0") for _ in range(50)), return_exceptions=True)
    assert {type(one) for one in found} == {SignInError}
    with pytest.raises(SignInError):
        await world.keeper.token(dead="at-0")
    assert world.renewals == 1, "a dead sign-in is not asked for again"


async def test_it_is_renewed_ahead_of_its_end() -> None:
    world = World()
    world.now += timedelta(hours=1) - AHEAD - timedelta(seconds=1)
    assert await world.keeper.token() == "at-0"
    world.now += timedelta(seconds=2)
    assert await world.keeper.token() == "at-1"


async def test_a_short_life_is_not_renewed_at_every_call() -> None:
    world = World(lives=60)
    for _ in range(5):
        await world.keeper.token()
    assert world.renewals == 1, "the first look may be wrong, no other is"


async def test_trouble_ahead_of_the_end_waits_while_the_old_one_lives() -> None:
    world = World()
    world.now += timedelta(minutes=56)
    world.platform_fails = [NetworkError("No network.")] * 9
    assert [await world.keeper.token() for _ in range(3)] == ["at-0"] * 3
    assert world.renewals == 1
    world.now += LATER
    assert await world.keeper.token() == "at-0"
    assert world.renewals == 2
    world.now += timedelta(minutes=5)
    with pytest.raises(NetworkError):
        await world.keeper.token()
    world.platform_fails = []
    assert await world.keeper.token() == "at-1"


async def test_a_token_that_the_keyring_did_not_take_is_held_not_lost() -> None:
    world = World()
    world.save_fails = [KeyringError("The system keychain is locked.")]
    with pytest.raises(KeyringError):
        await world.keeper.token(dead="at-0")
    assert world.kept["token"] == "at-0"
    assert await world.keeper.token(dead="at-0") == "at-1"
    assert (world.renewals, world.kept["token"]) == (1, "at-1"), "the platform gives it once"


async def test_a_caller_that_gives_up_loses_nothing() -> None:
    world = World()
    world.gate = asyncio.Event()
    caller = asyncio.create_task(world.keeper.token(dead="at-0"))
    await asyncio.sleep(0.01)
    caller.cancel()
    with pytest.raises(asyncio.CancelledError):
        await caller
    world.gate.set()
    await world.keeper.close()
    assert world.kept["token"] == "at-1"
    assert await world.keeper.token(dead="at-0") == "at-1"
    assert world.renewals == 1


async def test_a_failure_that_nobody_waits_for_is_quiet() -> None:
    world = World()
    world.gate, world.platform_fails = asyncio.Event(), [NetworkError("No.")]
    caller = asyncio.create_task(world.keeper.token(dead="at-0"))
    await asyncio.sleep(0)
    caller.cancel()
    world.gate.set()
    await asyncio.wait({caller})
    await world.keeper.close()


async def test_what_cannot_be_renewed_says_so_when_it_is_refused() -> None:
    world = World()
    keeper = Keeper({"token": "at", "expires_at": START.isoformat()}, world.save, world.renew, now=lambda: world.now)
    assert await keeper.token() == "at", "only the platform knows"
    with pytest.raises(SignInError, match="has ended"):
        await keeper.token(dead="at")
    with pytest.raises(SignInError, match="no sign-in"):
        await Keeper({}, world.save, world.renew).token()
    await keeper.close()
    assert world.renewals == 0


@pytest.mark.parametrize("ends", ["", "soon", "2026-11-24T13:00:00"])
async def test_an_end_that_cannot_be_read_is_none(ends: str) -> None:
    world = World()
    secret = {"token": "at", "refresh_token": "rt-0", "expires_at": ends}
    assert await Keeper(secret, world.save, world.renew, now=lambda: world.now).token() == "at"


def test_nothing_secret_in_its_repr() -> None:
    assert repr(World().keeper) == "Keeper()"


STEP = st.one_of(
    st.sampled_from(["use", "refused", "cancel", "restart", "many"]),
    st.sampled_from(["save fails", "network fails"]),
    st.integers(1, 90).map(lambda minutes: f"wait {minutes}"),
)


@settings(max_examples=300, deadline=None)
@given(st.lists(STEP, max_size=25))
def test_whatever_happens_what_was_handed_out_is_what_the_keyring_holds(steps: list[str]) -> None:
    asyncio.run(_walk(steps))


async def _walk(steps: list[str]) -> None:
    world = World()
    token = "at-0"
    lost = False  # only a restart between a renewal and a keyring that works can lose a pair: nothing was handed out

    async def use(**how: Any) -> str | None:
        nonlocal token
        try:
            token = await world.keeper.token(**how)
        except SignInError:
            assert lost, "a sign-in ended that nobody ended"
            return None
        except ServiceError:
            return None
        # the law: whoever holds a token finds it in the keyring, and never a newer one beside it
        assert token == world.kept["token"]
        return token

    for step in steps:
        if step == "use":
            await use()
        elif step == "refused":
            found = await use()
            if found is not None and not world.alive(found):
                found = await use(dead=found)
                assert found is None or world.alive(found)
        elif step == "many":
            await asyncio.gather(*(use(dead=token) for _ in range(5)))
        elif step == "cancel":
            caller = asyncio.create_task(world.keeper.token(dead=token))
            await asyncio.sleep(0)
            caller.cancel()
            await asyncio.wait({caller})
            if not caller.cancelled():
                caller.exception()
        elif step == "restart":
            await world.keeper.close()
            lost = lost or world.kept["token"] != f"at-{world.number}"
            world.keeper, world.save_fails, world.platform_fails = world.start(), [], []
        elif step == "save fails":
            world.save_fails.append(KeyringError("The system keychain is locked."))
        elif step == "network fails":
            world.platform_fails.append(NetworkError("No network."))
        else:
            world.now += timedelta(minutes=int(step.split()[1]))
        assert world.most_at_once <= 1
    await world.keeper.close()
