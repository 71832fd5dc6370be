"""A reply with a picture, from the file that was chosen to what the customer's server shows."""

from __future__ import annotations

import io
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from msgspec.structs import replace
from PIL import Image

from app.attachments import Attachments
from app.domain import Picture
from app.errors import RefusedError
from app.http import Http

from .servers import BlueskyNetwork, MastodonMock, SnacServer
from .test_live_bluesky import Desk, signed_in, stranger
from .test_live_mastodon import Shop, answer, connect

ALT = "A loaf of rye, cut “open” 🥖\nwith a crack in its crust"


def photograph() -> bytes:
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x013B] = "Somebody Private"
    out = io.BytesIO()
    Image.effect_noise((1600, 1200), 80).convert("RGB").save(out, "JPEG", quality=95, exif=exif)
    return out.getvalue()


@pytest.fixture
async def http() -> AsyncIterator[Http]:
    http = Http()
    yield http
    await http.close()


@pytest.fixture(params=["snac", "mastodon_mock"])
async def shop(request: pytest.FixtureRequest, http: Http) -> Shop:
    server: SnacServer | MastodonMock = request.getfixturevalue(request.param)
    connector, who = await connect(http, server.base, server.owner.token)
    return Shop(connector, http, who, server.owner, server.visitor, request.param)


async def test_a_picture_with_its_words_on_mastodon(shop: Shop, tmp_path: Path) -> None:
    kept, able = Attachments(tmp_path), shop.connector.capabilities
    picture = replace(kept.add(photograph(), "rye.jpg", able), alt=ALT)
    assert picture.height > picture.width
    data = kept.read(picture.id)
    mention = await shop.receive("send me a picture")
    picture = replace(picture, remote=await shop.connector.upload(picture, data, direct=False))
    reply = answer(mention, "Here it is.", pictures=(picture,), spoiler="food")
    assert await shop.connector.find(reply) is None
    sent = await shop.connector.send(reply)
    assert shop.sent(mention) == [sent.remote_id]
    (posted,) = shop.replies(mention)
    (attached,) = posted["media_attachments"]
    assert attached["type"] == "image"
    assert attached["description"] == (ALT if shop.name != "snac" else ALT.replace("\n", " "))
    assert posted["spoiler_text"] == "food"
    found = await shop.connector.find(reply)
    assert found is not None
    assert found.remote_id == sent.remote_id


async def test_a_picture_with_its_words_on_bluesky(bluesky_pds: BlueskyNetwork, http: Http, tmp_path: Path) -> None:
    desk: Desk = await signed_in(http, bluesky_pds.alice)
    kept, able = Attachments(tmp_path), desk.connector.capabilities
    picture = replace(kept.add(photograph(), "rye.jpg", able), alt=ALT)
    data = kept.read(picture.id)
    mention = stranger(bluesky_pds.bob.post("Send me a picture"))
    picture = replace(picture, remote=await desk.connector.upload(picture, data, direct=False))
    reply = replace(desk.reply(mention, "Here it is."), pictures=(picture,))
    sent = await desk.connector.send(reply)
    assert (await desk.connector.send(reply)).remote_id == sent.remote_id
    again = replace(picture, remote=await desk.connector.upload(picture, data, direct=False))
    assert (await desk.connector.send(replace(reply, pictures=(again,)))).remote_id == sent.remote_id
    found = await desk.connector.find(reply)
    assert found is not None
    assert found.remote_id == sent.remote_id
    record = await desk.connector._get_record(sent.remote_id.rpartition("/")[2])
    assert record is not None
    (image,) = record["value"]["embed"]["images"]
    assert image["alt"] == ALT
    assert image["aspectRatio"] == {"width": picture.width, "height": picture.height}
    alice, cid = bluesky_pds.alice, image["image"]["ref"]["$link"]
    place = f"{alice.pds}/xrpc/com.atproto.sync.getBlob"
    served = await http.send("GET", place, params={"did": alice.did, "cid": cid}, home=alice.pds)
    assert served.content == data


async def test_a_picture_that_the_server_never_had(bluesky_pds: BlueskyNetwork, http: Http) -> None:
    desk: Desk = await signed_in(http, bluesky_pds.alice)
    mention = stranger(bluesky_pds.bob.post("And another"))
    cid = "bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku"
    blob = f'{{"blob":{{"$type":"blob","ref":{{"$link":"{cid}"}},"mimeType":"image/jpeg","size":3}}}}'
    lost = Picture("a" * 64, "image/jpeg", 3, 2, 3, alt="x", remote=blob)
    with pytest.raises(RefusedError) as caught:
        await desk.connector.send(replace(desk.reply(mention, "Here it is."), pictures=(lost,)))
    assert caught.value.code == "BlobNotFound"
