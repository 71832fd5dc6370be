"""Pictures on their way to a Bluesky server.

Shapes: lexicons com.atproto.repo.uploadBlob and app.bsky.embed.images.
"""

from __future__ import annotations

from typing import Any

from app.connectors._bluesky_items import Json, dict_at, object_of, text_at
from app.connectors._bluesky_session import Session
from app.domain import Picture
from app.errors import BadAnswerError, RefusedError, ServiceError

MOST = 4  # app.bsky.embed.images, maxLength
# The lexicon allows 2 MB since 2026 and allowed 1 MB before; a server of one's own may be of either time.
BYTES = 1_000_000
SIDE = 2000  # more is not shown by any app
ALT = 2000  # the lexicon names no limit; longer ones are cut by apps

ABILITIES: dict[str, Any] = {
    "max_pictures": MOST,
    "picture_bytes": BYTES,
    "picture_side": SIDE,
    "picture_types": ("image/jpeg", "image/png"),
    "max_alt": ALT,
    "picture_direct": False,  # chat.bsky.convo takes an embedded post and nothing else
}


async def upload(session: Session, picture: Picture, data: bytes) -> Json:
    """Return the blob to be named in a record. The server drops it unless a record does so soon."""
    try:
        answer = await session.put("com.atproto.repo.uploadBlob", data, picture.mime)
    except ServiceError as error:
        if error.status != 413 and not (isinstance(error, RefusedError) and "large" in str(error).lower()):
            raise
        raise RefusedError(
            "The picture is too large for your Bluesky server. Make it smaller, then add it again.",
            code=error.code,
            status=error.status,
        ) from error
    blob = dict_at(answer, "blob")
    if not text_at(blob, "ref", "$link"):
        raise BadAnswerError("Bluesky did not say where the picture is. Try again.")
    return blob


def embed(pictures: tuple[Picture, ...]) -> Json:
    """Return `app.bsky.embed.images` of uploaded pictures; {} for none."""
    if not pictures:
        return {}
    images: list[Json] = []
    for picture in pictures[:MOST]:
        blob = dict_at(object_of(picture.remote), "blob")
        if not blob:
            raise RefusedError("A picture of this reply was not handed over. Take it out and add it again.")
        image: Json = {"image": blob, "alt": picture.alt}
        if picture.width > 0 and picture.height > 0:
            image["aspectRatio"] = {"width": picture.width, "height": picture.height}
        images.append(image)
    return {"$type": "app.bsky.embed.images", "images": images}
