"""One way to send a request.

`Http.send` is the only door to the network: timeouts, body limits, redirects and
addresses, error mapping, rate limits and breakers live behind it. httpx is
imported at the first request, in a worker thread, since importing it and
reading the certificates takes 160 ms that the window does not have.
"""

from app.http.answers import ErrorMap, Response, decode
from app.http.body import multipart, upload_time
from app.http.client import Counts, Http
from app.http.limits import backoff
from app.http.redact import RedactingFilter, redact

__all__ = [
    "Counts",
    "ErrorMap",
    "Http",
    "RedactingFilter",
    "Response",
    "backoff",
    "decode",
    "multipart",
    "redact",
    "upload_time",
]
