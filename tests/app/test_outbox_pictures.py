"""Pictures of replies: refused before, handed over once, and told where they are in the way."""

from __future__ import annotations

import pytest

from app.domain import Picture, Reply, Writing
from app.errors import ForbiddenError, GoneError, InputError, NetworkError, RefusedError
from tests.app.outbox_hands import PICTURE, now
from tests.app.platform import Shop
from tests.values import replace


@pytest.mark.parametrize(
    ("pictures", "able", "says"),
    [
        ((replace(PICTURE, alt=" "),), {}, "Describe the picture"),
        ((PICTURE,) * 3, {}, "takes 2 pictures"),
        ((PICTURE,), {"max_pictures": 0}, "takes no pictures with a reply"),
        ((replace(PICTURE, alt="x" * 1001),), {}, "1000 characters"),
        ((replace(PICTURE, mime="image/tiff"),), {}, "as it is"),
        ((replace(PICTURE, size=10_000_000),), {}, "as it is"),
    ],
)
async def test_pictures_that_cannot_be_sent_are_told_before(
    ready: Shop, pictures: tuple[Picture, ...], able: dict[str, object], says: str
) -> None:
    ready.world.able |= able
    await ready.pull()
    with pytest.raises(InputError, match=says):
        await ready.outbox.answer("1", "Look", writing=Writing(pictures=pictures))
    assert ready.states() == []


async def test_pictures_in_direct_messages_where_the_platform_takes_none(ready: Shop) -> None:
    ready.world.able["picture_direct"] = False
    await ready.pull()
    with pytest.raises(InputError, match="direct messages"):
        await ready.outbox.answer("1", "Look", writing=Writing(pictures=(PICTURE,), private=True))


async def test_a_picture_is_uploaded_once_however_often_its_reply_is_tried(ready: Shop) -> None:
    await ready.pull()
    waived = Picture("cd" * 32, "image/jpeg", 9, 9, 99, waived=True)
    reply = await ready.outbox.answer("1", "Look", writing=Writing(pictures=(PICTURE, waived)), hold=False)
    tries = 0

    async def away(reply: Reply) -> None:
        nonlocal tries
        tries += 1
        raise NetworkError("No network.")

    ready.world.before_send = away
    for _ in range(3):
        await ready.outbox.push()
        ready.clock.forward(minutes=5)
        ready.reopen()
    ready.world.before_send = None
    await ready.outbox.push()
    assert (now(ready, reply).state, tries) == ("sent", 3)
    assert ready.world.uploads == [("a1", PICTURE.id), ("a1", waived.id)]


@pytest.mark.parametrize(
    ("error", "state"), [(NetworkError("No network."), "held"), (ForbiddenError("Not you."), "refused")]
)
async def test_a_picture_that_is_not_taken_keeps_the_reply_with_a_reason(
    ready: Shop, error: Exception, state: str
) -> None:
    async def fail(picture: Picture) -> None:
        raise error

    await ready.pull()
    ready.world.before_upload = fail
    reply = await ready.outbox.answer("1", "Look", writing=Writing(pictures=(PICTURE,)), hold=False)
    await ready.outbox.push()
    assert now(ready, reply).state == state
    assert str(error) in now(ready, reply).why
    assert ready.world.sends == 0


@pytest.mark.parametrize(
    ("error", "why"),
    [
        (RefusedError("Too many requests of this kind."), "The picture was not taken: Too many requests of this kind."),
        (RefusedError("The picture is too large for Mastodon."), "The picture is too large for Mastodon."),
        (RefusedError("The picture was not taken: no."), "The picture was not taken: no."),
        (GoneError("Your server takes no pictures."), "Your server takes no pictures."),
    ],
)
async def test_why_a_picture_was_refused_is_said_once(ready: Shop, error: Exception, why: str) -> None:
    async def fail(picture: Picture) -> None:
        raise error

    await ready.pull()
    ready.world.before_upload = fail
    reply = await ready.outbox.answer("1", "Look", writing=Writing(pictures=(PICTURE,)), hold=False)
    await ready.outbox.push()
    assert (now(ready, reply).state, now(ready, reply).why) == ("refused", why)


async def test_a_picture_whose_file_is_gone_is_told(ready: Shop) -> None:
    await ready.pull()
    ready.pictures = {}
    reply = await ready.outbox.answer("1", "Look", writing=Writing(pictures=(PICTURE,)), hold=False)
    await ready.outbox.push()
    assert (now(ready, reply).state, "no longer on this computer" in now(ready, reply).why) == ("refused", True)
    assert (await ready.outbox.discard(reply.id)).pictures == (PICTURE,)
