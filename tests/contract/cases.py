"""Which description each platform is held against, and what no description has, each with its reason."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.app.connectors.fake_telegram import GROUP
from tests.app.connectors.fake_telegram import TOKEN as TELEGRAM
from tests.contract.described import Discovery
from tests.contract.lexicons import Lexicons
from tests.contract.samples import bruno, postman
from tests.contract.specs import JSON, load, mended
from tests.contract.tables import Graph, Telegram, WordPress
from tests.contract.wire import Check, Description


@dataclass(frozen=True)
class Case:
    """One platform and its descriptions."""

    platform: str
    openapi: str = ""  # read by prism
    patch: str = ""
    mends: tuple[JSON, ...] = ()  # as in `patch`
    covers: str = ".*"  # of "host/path": what `openapi` is asked about
    prefix: str = ""
    more: Callable[[], tuple[Check, ...]] = tuple
    world: Mapping[str, Any] = field(default_factory=dict)  # attributes that are set on it
    seed: Callable[[Any], object] = lambda _world: None  # customers write in other ways than the main one
    typed: Mapping[str, str] | None = None  # to sign in with
    listed: Mapping[str, str] = field(default_factory=dict)
    deaf: Mapping[str, str] = field(default_factory=dict)  # calls in which a made mistake is not heard: and why
    must: str = "pull thread send find"  # what `scenario.day` has to come to
    name: str = ""

    @property
    def id(self) -> str:
        """For the test's name."""
        return self.name or self.platform

    def described(self) -> JSON:
        """What prism reads, mended where a tool or the description errs."""
        return mended(load(self.openapi, self.patch), self.mends)


def _by(by: Callable[[], Description], covers: str = ".*", prefix: str = "") -> Callable[[], tuple[Check, ...]]:
    return lambda: (Check(by(), covers, prefix),)


NEW_STATUS = "/paths/~1api~1v1~1statuses/post/requestBody/content/application~1json/schema"
NOW = datetime.now(UTC).replace(microsecond=0)
SOON = (NOW + timedelta(days=2)).isoformat()
OAUTH = "the sign-in is not in the description; it is as RFC 6749, 7009 and 7636 say"
META = {"client_id": "77001", "client_secret": "app-s3cret"}
META_LISTED = {
    r"POST /v25\.0/oauth/access_token": "the node specs begin behind the sign-in; this is Facebook Login's own page",
    r"GET /v25\.0/debug_token": "the node specs have no call about tokens",
    r"GET /v25\.0/me/accounts": "the User node is not among the specs; its fields are those of Page and IGUser",
    r"GET .* node UnifiedMessage has no description": "the specs name the node of a message, and have no file for it",
}  # fmt: skip
META_DEAF = {"GET /*/*/messages <- anything": "the node of a message has no file"}
GOOGLE = {"client_id": "app", "client_secret": "s3cret-app"}
GOOGLE_LISTED = {r"POST /(token|revoke)": OAUTH}
X = {"client_id": "app-1", "client_secret": "s3cret-app"}

CASES = (
    Case(
        "mastodon", "mastodon/schema.json", "mastodon/prism-fix.jsonpatch.json",
        mends=(
            # a post with words and pictures is both a text status and a media status: not exactly one of them
            {"op": "copy", "from": f"{NEW_STATUS}/oneOf", "path": f"{NEW_STATUS}/anyOf"},
            {"op": "remove", "path": f"{NEW_STATUS}/oneOf"},
        ),
        world={"work": 1},  # a picture is not ready at once
        seed=lambda world: world.mention("@maplerye in private", visibility="direct"),
        typed={"server": "shop.example"},
        listed={
            r"POST /(api/v1/apps|oauth/token) 415: .*":
                "the file has JSON alone; Mastodon's own documentation calls them form data parameters",
        },
        deaf={
            "GET /api/*/markers <- anything": "the file allows any field there",
            "POST /api/*/markers <- anything": "the file allows any field there",
        },
        must="pull:message thread find send:mention send:message send:picture like mark_read search:found",
    ),
    Case(
        "bluesky", "bluesky/bsky-docs-openapi.json", "bluesky/prism-fix.jsonpatch.json", more=_by(Lexicons),
        typed={"handle": "alice.test", "password": "abcd-efgh-ijkl-mnop"},
        listed={
            r"GET /did:plc:\w+": "the directory of accounts is not part of the API",
            r".* <- (.*\.)?\$type": "the OpenAPI file leaves it out wherever the lexicon has a reference or a union",
            r"POST .*uploadBlob <- blob\.\w+": "a type of the lexicons' own, which the file does not spell out",
            r"POST .*putRecord body\.swapRecord: .* must be string":
                "null says that there must be no such record yet; the lexicon allows it, the older file does not",
        },
        must="pull:message thread find send:mention send:message send:picture like mark_read search:found renew",
    ),
    Case(
        "x", "x/openapi-2.166-2026-07-06.json", name="x-2.166", typed=X,
        listed={r"POST /2/oauth2/(token|revoke)": OAUTH},
        seed=lambda world: (world.message("20", "Is it ready?"), world.message("20", "And ours?", talk="9" * 18)),
        must="thread find send:reply send:message send:private hide search:found renew",
    ),
    Case(
        "x", "x/openapi-2.167-2026-08-22.json", name="x-2.167", world={"version": "2.167"}, typed=X,
        listed={
            r"POST /2/oauth2/(token|revoke)": OAUTH,
            r"GET /2/users/\d+/mentions parameter tweet\.fields":
                "asked once in the older words: X refuses them, and from then on the newer ones are used",
        },
        seed=lambda world: (world.message("20", "Is it ready?"), world.message("20", "And ours?", talk="9" * 18)),
        must="thread find send:reply send:message send:private hide search:found renew",
    ),
    Case(
        "google_reviews", "google/mybusiness.v4.openapi.json", "google/mybusiness.v4.prism-fix.jsonpatch.json",
        covers=r"mybusiness\.googleapis.*",
        more=lambda: (
            Check(Discovery(load("google/mybusinessaccountmanagement.v1.json")), covers="mybusinessaccountm.*"),
            Check(Discovery(load("google/mybusinessbusinessinformation.v1.json")), covers="mybusinessbusinessi.*"),
        ),
        world={"places": {"accounts/1": [
            {"name": "locations/2", "title": "Maple & Rye", "metadata": {"mapsUri": "https://maps.google.com/?cid=2"}},
        ]}},
        typed=GOOGLE,
        listed={
            **GOOGLE_LISTED,
            r"GET /v4/accounts/1/locations/2/reviews/\w+": "in Google's pages; the published file is older",
            r"(GET|PUT) .*reviewReplyState": "newer than Google's published file; without it a reply counts as shown",
        },
        must="pull:review find send:review renew",
    ),
    Case(
        "youtube", "google/youtube.v3.openapi.json", covers=r"youtube\..*", listed=GOOGLE_LISTED, typed=GOOGLE,
        more=_by(lambda: Discovery(load("google/youtube.v3.json")), r"youtube\..*"),
        must="thread find send hide renew",
    ),
    Case(
        "discourse", "discourse/openapi.json", prefix="/forum",
        typed={"server": "maplerye.example/forum/", "user": "@MapleRye", "key": "s3cret0123456789abcdef"},
        listed={
            r"DELETE /forum/post_actions/\d+\.json": "taking a like back: the file has the like alone",
            r"GET /forum/notifications\.json parameter (limit|offset)": "the file names no parameters there",
            r"GET /forum/notifications\.json <- notifications\[\]\.data\.\w+": "the data of a badge alone",
            r"GET /forum/t/\d+/posts\.json parameter post_ids\[\]": "the call is there, and not for which posts",
            r"(GET|POST) .* <- (post_stream\.posts\[\]\.)?reply_to_user": "not in the file's samples",
        },
        deaf={
            "GET /forum/posts/* <- anything": "the file allows any field there",
            "POST /forum/post_actions.json <- anything": "the file allows any field there",
        },
        seed=lambda world: world.note(
            world.post("Where is it?", topic=world.topic("An order", private=True), at=NOW), 6, at=NOW,
        ),
        must="thread find send:reply send:message like mark_read search:found",
    ),
    Case(
        "pinterest", "pinterest/openapi.json", prefix="/v5", must="pull renew",
        typed={"client_id": "cid-s3cret", "client_secret": "csec-s3cret"},
    ),
    Case(
        "facebook", typed=META, listed=META_LISTED,
        more=_by(lambda: Graph({
            "1001|me": ("Page",), r"t_\d+": ("UnifiedThread",), r"m_\d+": ("UnifiedMessage",),
            r"(1001|21)_\d+": ("PagePost", "Post"), r"8\d+": ("PagePost",), r"\d+_\d+": ("Comment",),
        })),
        seed=lambda world: (
            world.rate("Late"), world.tag("@maplerye late"), world.message("bob", "Ready?"), world.post("bob", "Open?"),
        ),
        deaf={**META_DEAF, "DELETE /*/*/likes <- anything": "the specs say no more than that it is an object"},
        must="thread find send:comment send:review send:message send:private like hide mark_read",
    ),
    Case(
        "instagram", typed=META, listed=META_LISTED,
        more=_by(lambda: Graph({
            "17841400001": ("IGUser",), "1001|me": ("Page",), r"t_\d+": ("UnifiedThread",),
            r"m_\d+": ("UnifiedMessage",), r"17[89]\d{5}": ("IGMedia",), r"180\d{6}": ("IGComment",),
        })),
        seed=lambda world: (world.tag("@maplerye late"), world.message("bob", "Ready?")),
        deaf={**META_DEAF, "POST /*/*/mentions <- anything": "the specs say no more than that it is an object"},
        must="thread find send:comment send:mention send:message send:private hide",
    ),
    Case(
        "threads", typed={"client_id": "88001", "client_secret": "app-s3cret"},
        more=_by(lambda: postman("meta/threads/threads-api.postman_collection.json"), prefix="/v1.0"),
        listed={r"GET /v1\.0/\d+/conversation parameter limit": "as at all lists of Graph; not in its sample"},
        world={"secret": lambda: {
            "token": "s3cret-long", "refresh_token": "s3cret-long", "expires_at": SOON,
            "renew_after": "2020-01-01T00:00:00Z",
        }},
        seed=lambda world: world.mention(),
        deaf={"GET /refresh_access_token <- anything": "the sample has no answer"},
        must="thread find send:reply send:mention hide search:found",
    ),
    Case(
        "telegram", more=_by(Telegram), typed={"token": TELEGRAM},
        seed=lambda world: (
            world.tell("message", world.message("@maplerye_bot hi", at=NOW, chat=GROUP, message_thread_id=3)),
            world.tell("business_message", world.message("hi", at=NOW, business_connection_id="bc1")),
        ),
        deaf={
            "POST /*/setMessageReaction <- anything": "it answers True",
            "POST /*/readBusinessMessage <- anything": "it answers True",
        },
        must="thread send:message send:mention like mark_read",
    ),
    Case(
        "wordpress", more=_by(WordPress),
        listed={
            r".* <- author_avatar_urls": "recorded at a site that shows no avatars",
            r"GET /wp-links-opml\.php": "a page of WordPress beside its REST interface, which tells the version",
        },
        typed={
            "server": "maplerye.example", "user": "owner",
            "answer": "user_login=owner&password=abcd s3cr etef ghij klmn opqr",
        },
        deaf={
            "GET /wp-json/ parameter _fields": "WordPress takes it at every route, and says so nowhere",
            "GET /wp-json/ <- anything": "recorded answers of comments alone are compared",
            "GET /wp-json/wp/*/users/me <- anything": "recorded without the fields for editing",
            "GET /wp-json/wp/*/users/me/application-passwords/introspect <- anything": "not among the recorded answers",
            "DELETE /wp-json/wp/*/users/me/application-passwords/* <- anything": "not among the recorded answers",
        },
        must="pull:comment thread find send:comment hide",
    ),
    Case(
        "trustpilot", more=_by(lambda: bruno("trustpilot/bruno", "/v1")),
        typed={
            "client_id": "key-s3cret", "client_secret": "secret-s3cret", "domain": "maplerye.example",
            "username": "mo@maplerye.example", "password": "pw-s3cret",
        },
        deaf={f"{call} <- anything": "Trustpilot's collection tells of no answers" for call in (
            "GET /*/business-units/find", "GET /*/private/business-units/*/reviews", "GET /*/private/reviews/*",
            "POST /*/oauth/oauth-business-users-for-applications/accesstoken",
            "POST /*/oauth/oauth-business-users-for-applications/refresh",
        )},
        must="pull:review find send:review renew",
    ),
    Case(
        "linkedin", typed={"client_id": "cid-s3cret", "client_secret": "csec-s3cret"},
        more=_by(lambda: postman("linkedin/community-management.postman_collection.json"), prefix="/rest"),
        listed={
            r"POST /oauth/v2/(accessToken|revoke)": OAUTH,
            r"\w+ /rest/(socialActions|posts|reactions)\b.*": "the collection has none of these",
            r"GET /rest/organizationAcls parameter (count|start|state)": "in LinkedIn's pages, not in its sample",
            r"GET /rest/organizations/\d+ <- (localizedName|vanityName)": "the sample shows one other field of many",
        },
        deaf={"GET /rest/organizationAcls <- anything": "the sample has no answer"},
        must="find send:comment like renew",
    ),
)  # fmt: skip
UNDESCRIBED = {
    "archive": "it has no network",
    "practice": "it has no network",
    "feed": "RSS and Atom are formats of files, read by a library; there is no interface to hold it against",
    "reddit": "Reddit publishes no description, and what others wrote is empty or nameless",
    "tiktok": "TikTok publishes no description of its business API, only the source of an SDK",
}
