"""The person's own developer keys, where a platform gives none to programs: once per client, in the keyring alone."""

from __future__ import annotations

from collections.abc import Mapping

from app.connectors import connector_class, platforms
from app.connectors.base import AppKeys
from app.errors import InputError
from app.pool import Pool
from app.store import accounts as rows
from app.store.db import Database


class AppKeyring:
    """Keys by client and family of platforms: who is answered for never shares an app with another client."""

    def __init__(self, db: Database, pool: Pool) -> None:
        self._db, self._pool = db, pool

    async def known(self, platform: str, client_id: str) -> bool:
        """Whether this client's keys are there. Raises `KeyringError`."""
        return bool(await self.kept(platform, client_id))

    async def kept(self, platform: str, client_id: str) -> dict[str, str]:
        """The keys, {} where there are none. Raises `KeyringError`."""
        app = _app(platform)
        if app is None or not client_id:
            return {}
        found = await self._pool.store_for(platform).aget(_name(client_id, app)) or {}
        wanted = [field.key for field in app.fields if not field.optional]
        return found if all(found.get(key) for key in wanted) else {}

    async def of(self, platform: str, fields: Mapping[str, str], client_id: str) -> dict[str, str]:
        """The keys for a sign-in: those that were typed, else those that are kept. {} where none are needed.

        Raises `InputError` where there are none.
        """
        app = _app(platform)
        if app is None:
            return {}
        typed = {field.key: text for field in app.fields if (text := fields.get(field.key, "").strip())}
        needed = [field for field in app.fields if not field.optional]
        missing = [field.label for field in needed if field.key not in typed]
        if not missing:
            return typed
        some = any(field.key in typed for field in needed)  # half an app is none
        found = {} if some else await self.kept(platform, client_id)
        if not found:
            raise InputError(f"Type these keys of your {title(platform)} app first: {', '.join(missing)}.")
        return {**found, **typed}

    async def keep(self, platform: str, client_id: str, keys: Mapping[str, str]) -> None:
        """Keep them for this client, in the place of former ones. Raises `KeyringError`."""
        app = _app(platform)
        if app is not None and client_id and keys and await self.kept(platform, client_id) != keys:
            await self._pool.store_for(platform).aset(_name(client_id, app), dict(keys))

    async def forget(self, platform: str, client_id: str) -> None:
        """Take them away. Accounts that are connected go on. Raises `KeyringError`."""
        app = _app(platform)
        if app is not None and client_id:
            await self._pool.store_for(platform).adelete(_name(client_id, app))

    async def forget_unused(self, platform: str, client_id: str, *, without: str = "") -> None:
        """Take them away if no account of this client, but for `without`, signs in through them."""
        app = _app(platform)
        if app is None:
            return
        for account in rows.accounts(self._db.reader()):
            if account.client_id == client_id and account.id != without and _family(account.platform) == app.family:
                return
        await self.forget(platform, client_id)


def title(platform: str) -> str:
    """What the app is called: by its family, "Meta"; by the platform where it is alone with it."""
    app = _app(platform)
    family = platform if app is None else app.family
    name = str(getattr(connector_class(platform), "title", "")) if family == platform else ""
    return name or f"{family[:1].upper()}{family[1:]}"


def _name(client_id: str, app: AppKeys) -> str:
    return f"app/{client_id}/{app.family}"


def _app(platform: str) -> AppKeys | None:
    return connector_class(platform).form.app


def _family(platform: str) -> str:
    app = _app(platform) if platform in platforms() else None
    return "" if app is None else app.family
