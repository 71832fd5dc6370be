"""Which addresses Carelane may talk to."""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from collections.abc import Awaitable, Callable, Sequence
from urllib.parse import urlsplit

# host and port to numeric addresses; raises OSError where there is no such host
Resolve = Callable[[str, int], Awaitable[Sequence[str]]]

PRIVATE = "{host} leads into a private network. Carelane goes there only for an account that lives there."

_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_PORTS = {"http": 80, "https": 443}
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
