"""Every name of a field that a connector reads out of answers, also those that its world never sends.

Two ways of reading are known: structs of msgspec, and calls that end in `_at` or are called `texts`, which take the
way to a value as names. They are held against all words of the platform's description.
"""

from __future__ import annotations

import ast
import importlib
import pkgutil
import re
from collections.abc import Iterator
from pathlib import Path

import msgspec

import app.connectors as package
from tests.contract.specs import folder

MARKS = {r".*[mM]ark\.\w+|.*\.Hole\.\w+": "what the connector itself keeps between two pulls"}
META = {
    **MARKS,
    r"_meta_graph\.(Fault|_Faulty|_Usage|Cursors|Paging|Listing|Done)\.\w+":
        "errors, paging and usage belong to Graph as such, and to none of its nodes",
    r"_meta_messages\.(Message|Delivered|Conversation|_File|_Image|_Several)\.\w+":
        "the node of a message has no file among the specs; its fields are in Messenger's pages",
    r"_meta_sign_in\.\w+\.\w+": "Facebook Login is not among the specs",
}  # fmt: skip
FILES: dict[str, tuple[str, ...]] = {
    "mastodon": ("mastodon/schema.json",),
    "bluesky": ("bluesky/lexicons/**/*.json", "bluesky/bsky-docs-openapi.json"),
    "x": ("x/*.json",),
    "google_reviews": ("google/mybusiness*.json",),
    "youtube": ("google/youtube*.json",),
    "discourse": ("discourse/openapi.json",),
    "pinterest": ("pinterest/openapi.json",),
    "facebook": ("meta/graph/*.json",),
    "instagram": ("meta/graph/*.json",),
    "threads": ("meta/threads/*.json",),
    "telegram": ("telegram/api.json",),
    "wordpress": ("wordpress/*.json",),
    "trustpilot": ("trustpilot/**/*.bru",),
    "linkedin": ("linkedin/*.json",),
}
FAMILIES = {"facebook": "meta", "instagram": "meta", "threads": "meta", "google_reviews": "google", "youtube": "google"}
LISTED: dict[str, dict[str, str]] = {
    "mastodon": {
        **MARKS,
        r"_mastodon_wire\.Item\.damaged": "set by the connector, for an entry that could not be read",
        r"_mastodon_wire\.Instance\.max_toot_chars": "of Pleroma and of glitch-soc, which say their limit so",
    },
    "bluesky": {
        r"_bluesky_media\.\$link": "how the lexicons' links to data are written in JSON",
        r"_bluesky_pull\.ids": "part of the connector's own mark",
    },
    "x": MARKS,
    "google_reviews": {
        **MARKS,
        r"_google_session\.retryDelay": "google.rpc.RetryInfo, which errors of every Google interface may carry",
        r"google_reviews\.maps": "of the account's own data",
        r"google_reviews\.(videoUrl|thumbnailUri|reviewReplyUrl|reviewReplyState|policyViolation)":
            "newer than Google's published file; missing, they change nothing",
    },
    "youtube": {
        **MARKS,
        r"_google_session\.retryDelay": "google.rpc.RetryInfo, which errors of every Google interface may carry",
        r"_youtube_wire\.root": "of a mention's own extra",
    },
    "discourse": {
        **MARKS,
        r"_discourse_search\._Hit\.blurb": "the file shows a search without posts found",
        r"_discourse_wire\._Fault\.\w+": "the file has no errors",
        r"discourse\._Made\.pending_post": "of communities that look at posts before they are shown",
    },
    "pinterest": MARKS,
    "facebook": {
        **META,
        r"_facebook_wire\.(_Image|_AttachedMedia)\.\w+": "the node of an attachment has no file among the specs",
    },
    "instagram": META,
    "threads": META,
    "telegram": MARKS,
    "wordpress": {
        **MARKS,
        r"_wordpress_wire\.Comment\.author_avatar_urls": "recorded at a site that shows no avatars",
        r"_wordpress_wire\._Fault\.message": "no error was recorded",
    },
    "trustpilot": {
        **MARKS,
        r"_trustpilot_wire\.\w+\.\w+": "the collection tells of no answers; the names are from Trustpilot's pages",
        r"trustpilot\._Token\.\w+": "the collection tells of no answers",
    },
    "linkedin": {
        **MARKS,
        r"_linkedin_wire\.(Comment|Summary|Stamp|Post)\.[\w$]+": "comments and posts are not in the collection",
        r"_linkedin_wire\.Acl\.\w+": "the sample has no answer; the names are from LinkedIn's pages on access control",
        r"_linkedin_wire\.(Link|Paging|Fault)\.\w+": "LinkedIn's paging and errors, as its pages show them",
    },
}  # fmt: skip


def unknown(platform: str) -> set[str]:
    """Names like "_x_wire.Post.text" that no file of the platform's description holds as a word."""
    words = _words(FILES[platform])
    return {full for full, name in read_by(platform) if not words.issuperset(name.split("."))}


def read_by(platform: str) -> Iterator[tuple[str, str]]:
    """Each name with the place where it is read."""
    for module in pkgutil.iter_modules(package.__path__):
        if module.name == platform or module.name.startswith(_prefixes(platform)):
            found = importlib.import_module(f"{package.__name__}.{module.name}")
            for name, what in vars(found).items():
                if isinstance(what, type) and issubclass(what, msgspec.Struct) and what.__module__ == found.__name__:
                    for field in msgspec.structs.fields(what):
                        yield f"{module.name}.{name}.{field.encode_name}", field.encode_name
            text = Path(str(found.__file__)).read_text(encoding="utf-8")
            yield from ((f"{module.name}.{name}", name) for name in names_in(text))


def names_in(source: str) -> Iterator[str]:
    """The names in `text_at(post, "record", "text")`."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call):
            called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            for one in node.args if called.endswith("_at") or called == "texts" else ():
                if isinstance(one, ast.Constant) and isinstance(one.value, str) and re.fullmatch(r"[$\w.]+", one.value):
                    yield one.value


def _prefixes(platform: str) -> tuple[str, ...]:
    return tuple(f"_{name}_" for name in (platform, FAMILIES.get(platform)) if name)


def _words(globs: tuple[str, ...]) -> set[str]:
    root = folder()
    assert root is not None
    files = [file for pattern in globs for file in root.glob(pattern) if file.is_file()]
    assert files
    return {word for file in files for word in re.findall(r"[A-Za-z_$][\w$]*", file.read_text(encoding="utf-8"))}
