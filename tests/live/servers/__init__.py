"""Real servers for the live tests, each a context manager; Linux only.

Install them once with `python -m tests.live.servers install`. Nothing listens
beyond loopback, ports are free ones, waits are bounded, and no process or
folder outlives the test process, however it ends.
"""

from .bluesky import BlueskyNetwork, BlueskyPerson, Post
from .faults import Fault, FaultProxy, MakeProxy, SeenRequest
from .install import NotInstalled
from .keyring import Keyring
from .mastodon import MastodonMock, MastodonPerson, SnacServer
from .processes import NeverHappened, Process, free_port, wait_until
from .wire import Answer, call
from .wordpress import Browser, WordPressServer

__all__ = [
    "Answer",
    "BlueskyNetwork",
    "BlueskyPerson",
    "Browser",
    "Fault",
    "FaultProxy",
    "Keyring",
    "MakeProxy",
    "MastodonMock",
    "MastodonPerson",
    "NeverHappened",
    "NotInstalled",
    "Post",
    "Process",
    "SeenRequest",
    "SnacServer",
    "WordPressServer",
    "call",
    "free_port",
    "wait_until",
]
