"""The error tree.

Only `ServiceError` and its children may be shown to a person: their text is a
plain sentence that says what happened and what to do next. Every other
exception is a bug of ours and is left to reach the excepthook.
"""

from __future__ import annotations

from datetime import datetime


class CarelaneError(Exception):
    """Root of all errors that Carelane raises on purpose."""


class ServiceError(CarelaneError):
    """Something outside our control failed. `str(error)` is fit for a screen.

    `code` is the platform's own error code where it gave one; `retry` tells
    whether the same call may succeed later without anybody doing anything.
    """

    retry = False

    def __init__(self, message: str, *, code: str = "", status: int = 0) -> None:
        super().__init__(message)
        self.code = code
        self.status = status


class NetworkError(ServiceError):
    """No answer: no network, no such host, refused, TLS failure."""

    retry = True


class UncertainError(NetworkError):
    """The request may have been carried out: the line broke or timed out after it was sent."""


class ServerError(ServiceError):
    """The platform answered 5xx."""

    retry = True


class RateLimitError(ServiceError):
    """The platform, or our own count of its limit, says wait. `until` is aware, UTC."""

    retry = True

    def __init__(self, message: str, *, until: datetime, code: str = "", status: int = 429) -> None:
        super().__init__(message, code=code, status=status)
        self.until = until


class PausedError(ServiceError):
    """A person paused the account: nothing is read or sent until they let it go on."""


class BreakerOpenError(ServiceError):
    """Too many failures in a row, or a policy error: calls are paused until `until` (aware, UTC)."""

    retry = True

    def __init__(self, message: str, *, until: datetime) -> None:
        super().__init__(message)
        self.until = until


class SignInError(ServiceError):
    """The token or password is dead or wrong: the person must sign in again."""


class TokenExpiredError(SignInError):
    """The access token ran out; a connector with a refresh token may renew it and go on."""


class ForbiddenError(ServiceError):
    """The platform refuses this call for this account (policy, scope, take-down)."""


class GoneError(ServiceError):
    """The thing asked for is no longer there (404, 410, deleted)."""


class RefusedError(ServiceError):
    """The platform looked at the content and refused it (too long, empty, duplicate)."""


class BadAnswerError(ServiceError):
    """The answer is not what the platform's API promises: HTML for JSON, cut JSON, too large."""


class AddressError(ServiceError):
    """A server address that cannot be used: not one, unsafe, or another kind of server."""


class KeyringError(ServiceError):
    """The system keyring is missing, locked, or refused."""


class StoreError(ServiceError):
    """The database cannot be read or written: full disk, rights, lock, damage."""


class DamagedStoreError(StoreError):
    """The database file is damaged. It is left as it is; `backup` names the last good copy, or ''."""

    def __init__(self, message: str, *, backup: str = "") -> None:
        super().__init__(message)
        self.backup = backup


class InUseError(ServiceError):
    """Another Carelane already runs on this data folder."""


class InputError(ServiceError):
    """What the person typed cannot be used. Nothing was changed."""
