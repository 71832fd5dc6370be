"""Which addresses Carelane may talk to."""

from __future__ import annotations

import asyncio
import ipaddress
import re
import socket
from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from app.errors import AddressError, NetworkError
from app.http.redact import redact

if TYPE_CHECKING:
    import httpx

# host and port to numeric addresses; raises OSError where there is no such host
Resolve = Callable[[str, int], Awaitable[Sequence[str]]]

PRIVATE = "{host} leads into a private network. Carelane goes there only for an account that lives there."

_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_PORTS = {"http": 80, "https": 443}
_HOME_FOR = 300.0  # seconds that "is the home server an inner one" is remembered
_HOST = re.compile(r"[a-z0-9_-]+(?:\.[a-z0-9_-]+)*|[0-9a-f:.]+(?:%.+)?")  # httpx lets more through
_LOCAL_NAMES = ("localhost", ".localhost", ".local", ".localdomain", ".internal", ".home.arpa", ".lan")


async def resolve(host: str, port: int) -> Sequence[str]:
    """Ask the system's resolver in a worker thread."""
    found = await asyncio.to_thread(socket.getaddrinfo, host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


def numeric(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """Return the address that `host` writes down, also as `127.1`, `0x7f000001` or `2130706433`."""
    host = host.strip("[]").split("%")[0]
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        pass
    if not host or host[0] not in "0123456789":
        return None
    try:
        return ipaddress.IPv4Address(socket.inet_aton(host))
    except OSError:
        return None


def is_public(address: str) -> bool:
    """Tell whether a numeric address lies on the open internet, also inside IPv6 wrappings of IPv4."""
    ip = numeric(address)
    if ip is None:
        return False
    if isinstance(ip, ipaddress.IPv6Address):
        if ip in _NAT64:
            ip = ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
        elif ip.ipv4_mapped is not None:
            ip = ip.ipv4_mapped
        elif ip.sixtofour is not None:
            ip = ip.sixtofour
        elif ip.teredo is not None:
            return False
    return ip.is_global and not ip.is_multicast and not ip.is_reserved


def is_local_name(host: str) -> bool:
    """Tell, without asking anybody, whether `host` is an inner address or by convention an inner name."""
    if numeric(host) is not None:
        return not is_public(host)
    host = host.rstrip(".")
    return "." not in host or host.endswith(_LOCAL_NAMES)


def netloc(address: str) -> str:
    """Return "host" or "host:port" of a base address or a bare host; the scheme's own port is left out."""
    try:
        parts = urlsplit(address if "://" in address else f"https://{address}")
        host, port = (parts.hostname or "").rstrip("."), parts.port
    except ValueError:
        return ""
    if ":" in host:
        host = f"[{host}]"
    return host if port in (None, _PORTS.get(parts.scheme)) else f"{host}:{port}"


def host_of(address: str) -> str:
    """Return the bare host of a base address, in lower case, "" where there is none."""
    try:
        return (urlsplit(address if "://" in address else f"https://{address}").hostname or "").rstrip(".")
    except ValueError:
        return ""


def shown(url: str) -> str:
    """Return an address fit for logs and sentences: without query, fragment and name."""
    scheme, mark, rest = url.split("?")[0].split("#")[0].partition("://")
    return redact(scheme + mark + rest.rpartition("@")[2])[:200]


class Gate:
    """Says where a call may go."""

    def __init__(self, resolve: Resolve | None, clock: Callable[[], float], *, before: bool) -> None:
        """`before`: look names up here, since the transport below does not look at what it connects to."""
        self._resolve = resolve
        self._clock = clock
        self._before = before
        self._homes: dict[str, tuple[bool, float]] = {}

    def forget(self) -> None:
        """Ask again where home servers are."""
        self._homes.clear()

    async def judge(self, url: httpx.URL, home: str) -> bool:
        """Raise `AddressError` where `url` may not be gone to; return whether it may be in a private network."""
        host = url.raw_host.decode("ascii").lower().rstrip(".")
        if url.scheme not in _PORTS or not _HOST.fullmatch(host) or not netloc(str(url)):
            raise AddressError(f"“{shown(str(url))}” is not an address that Carelane can use.")
        if url.userinfo:
            raise AddressError("An address with a name or password inside is not used.")
        if url.scheme == "http" and not home.lower().startswith("http://"):
            raise AddressError(f"The address of {host} is not secure (http). Use one that starts with https.")
        if host == host_of(home) or await self._is_private(home):
            return True
        inner = is_local_name(host)
        if not inner and self._before and self._resolve is not None:
            try:
                found = await self._resolve(host, url.port or _PORTS[url.scheme])
            except OSError:
                raise NetworkError(f"{host} cannot be reached. Check the network and the address.") from None
            inner = not all(is_public(address) for address in found)
        if inner:
            raise AddressError(PRIVATE.format(host=host))
        return False

    async def _is_private(self, home: str) -> bool:
        host = host_of(home)
        if not host or self._resolve is None or numeric(host) is not None:
            return bool(host) and is_local_name(host)
        if is_local_name(host):
            return True
        now = self._clock()
        known, at = self._homes.get(host, (False, now - _HOME_FOR))
        if not 0 <= now - at < _HOME_FOR:
            try:
                found = await self._resolve(host, 443)
            except OSError:
                return False
            known = bool(found) and not any(is_public(address) for address in found)
            self._homes[host] = (known, now)
        return known


def base_of(typed: str, example: str) -> str:
    """Return "https://host[:port]/path", without an end slash, of a website's address as people type it.

    http only for inner hosts. Raises `AddressError` with a sentence for the dialog; `example` is one that is right.
    """
    scheme, _, rest = typed.strip().rpartition("://")
    scheme = scheme.lower() or "https"
    try:
        parts = urlsplit(f"{scheme}://{rest}")
        host, port = (parts.hostname or "").rstrip("."), parts.port
        host = host if host.isascii() else host.encode("idna").decode("ascii")
    except ValueError:  # a UnicodeError is one
        host, port, parts = "", None, urlsplit("")
    if not _HOST.fullmatch(host) or parts.username is not None or any(map(str.isspace, rest)):
        raise AddressError(f"That is not a website's address. Type it as in {example}.")
    if scheme not in _PORTS:
        raise AddressError(f"A website's address begins with https. Type it as in {example}.")
    if scheme == "http" and not is_local_name(host):
        raise AddressError("Carelane signs in over https only, so that nobody reads along. Leave out “http://”.")
    place = f"[{host}]" if ":" in host else host
    return (
        f"{scheme}://{netloc(f'{scheme}://{place}:{port}' if port else f'{scheme}://{place}')}{parts.path.rstrip('/')}"
    )


def own_server(typed: str, usual: str) -> str:
    """Return `typed` where it names a server on this very computer, for tests; otherwise `usual`."""
    host = host_of(typed)
    ip = numeric(host)
    return typed.rstrip("/") if "://" in typed and (host == "localhost" or (ip and ip.is_loopback)) else usual
