"""Numbered, append-only migrations. A released one is never edited; a new one goes to the end."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable

_FIRST = """
CREATE TABLE client (
    id TEXT PRIMARY KEY, name TEXT NOT NULL UNIQUE, color TEXT NOT NULL, zone TEXT NOT NULL,
    hours TEXT NOT NULL DEFAULT '', created_at INTEGER NOT NULL
) STRICT;
CREATE TABLE account (
    id TEXT PRIMARY KEY, client_id TEXT NOT NULL REFERENCES client(id), platform TEXT NOT NULL,
    server TEXT NOT NULL, remote_id TEXT NOT NULL, handle TEXT NOT NULL, name TEXT NOT NULL,
    state TEXT NOT NULL DEFAULT 'ok', why TEXT NOT NULL DEFAULT '', checked_at INTEGER,
    connected_at INTEGER NOT NULL, data TEXT NOT NULL DEFAULT '{}', service TEXT NOT NULL DEFAULT '',
    UNIQUE (platform, server, remote_id)
) STRICT;
CREATE TABLE contact (
    n INTEGER PRIMARY KEY, account_id TEXT NOT NULL, remote_id TEXT NOT NULL, name TEXT NOT NULL,
    handle TEXT NOT NULL, avatar TEXT NOT NULL DEFAULT '', followers INTEGER, url TEXT NOT NULL DEFAULT '',
    first_at INTEGER NOT NULL, note TEXT NOT NULL DEFAULT '',
    UNIQUE (account_id, remote_id)
) STRICT;
CREATE TABLE conversation (
    n INTEGER PRIMARY KEY, account_id TEXT NOT NULL, client_id TEXT NOT NULL, root TEXT NOT NULL,
    contact INTEGER, kind TEXT NOT NULL DEFAULT 'mention', visibility TEXT NOT NULL DEFAULT 'public',
    author TEXT NOT NULL DEFAULT '', handle TEXT NOT NULL DEFAULT '', avatar TEXT NOT NULL DEFAULT '',
    text TEXT NOT NULL DEFAULT '', posted_at INTEGER NOT NULL, newest_at INTEGER NOT NULL,
    due_at INTEGER, care_by INTEGER, target TEXT NOT NULL DEFAULT '', mood TEXT NOT NULL DEFAULT 'neutral',
    tags TEXT NOT NULL DEFAULT '[]', reasons TEXT NOT NULL DEFAULT '[]', unanswered INTEGER NOT NULL DEFAULT 0,
    state TEXT NOT NULL, lane TEXT NOT NULL, sort_at INTEGER NOT NULL,
    last_ours_at INTEGER NOT NULL DEFAULT 0, handled_n INTEGER NOT NULL DEFAULT 0,
    closed_why TEXT NOT NULL DEFAULT '', snoozed_until INTEGER, snoozed_n INTEGER NOT NULL DEFAULT 0,
    window_closes_at INTEGER, has_draft INTEGER NOT NULL DEFAULT 0, sending TEXT, gap TEXT NOT NULL DEFAULT '',
    UNIQUE (account_id, root)
) STRICT;
CREATE INDEX conversation_feed ON conversation (lane, sort_at, n);
CREATE INDEX conversation_client_feed ON conversation (client_id, lane, sort_at, n);
CREATE INDEX conversation_open ON conversation (account_id, newest_at) WHERE state IN ('open', 'snoozed');
CREATE INDEX conversation_contact ON conversation (contact, newest_at);
CREATE TABLE lane_count (client_id TEXT NOT NULL, lane TEXT NOT NULL, total INTEGER NOT NULL,
    PRIMARY KEY (client_id, lane)) STRICT, WITHOUT ROWID;
CREATE TRIGGER conversation_counted AFTER INSERT ON conversation BEGIN
    INSERT INTO lane_count VALUES (new.client_id, new.lane, 1) ON CONFLICT DO UPDATE SET total = total + 1;
END;
CREATE TRIGGER conversation_moved AFTER UPDATE OF lane, client_id ON conversation
WHEN old.lane IS NOT new.lane OR old.client_id IS NOT new.client_id BEGIN
    UPDATE lane_count SET total = total - 1 WHERE client_id = old.client_id AND lane = old.lane;
    INSERT INTO lane_count VALUES (new.client_id, new.lane, 1) ON CONFLICT DO UPDATE SET total = total + 1;
END;
CREATE TRIGGER conversation_dropped AFTER DELETE ON conversation BEGIN
    UPDATE lane_count SET total = total - 1 WHERE client_id = old.client_id AND lane = old.lane;
END;
CREATE TABLE mention (
    n INTEGER PRIMARY KEY, account_id TEXT NOT NULL, remote_id TEXT NOT NULL, conversation INTEGER NOT NULL,
    contact INTEGER NOT NULL, kind TEXT NOT NULL, visibility TEXT NOT NULL, text TEXT NOT NULL,
    posted_at INTEGER NOT NULL, reply_to TEXT NOT NULL, thread TEXT NOT NULL, url TEXT NOT NULL,
    language TEXT NOT NULL, rating INTEGER, spoiler TEXT NOT NULL, media TEXT NOT NULL, edited_at INTEGER,
    window_closes_at INTEGER, extra TEXT NOT NULL, mood TEXT NOT NULL, tags TEXT NOT NULL, reasons TEXT NOT NULL,
    deleted_at INTEGER, history TEXT NOT NULL DEFAULT '[]', indexed_author TEXT NOT NULL DEFAULT '',
    UNIQUE (account_id, remote_id)
) STRICT;
CREATE INDEX mention_conversation ON mention (conversation, posted_at);
CREATE TABLE reply (
    n INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, conversation INTEGER NOT NULL, account_id TEXT NOT NULL,
    to_remote_id TEXT NOT NULL, text TEXT NOT NULL, visibility TEXT NOT NULL, state TEXT NOT NULL,
    created_at INTEGER NOT NULL, not_before INTEGER NOT NULL, why TEXT NOT NULL DEFAULT '',
    remote_id TEXT NOT NULL DEFAULT '', url TEXT NOT NULL DEFAULT '', sent_at INTEGER,
    tries INTEGER NOT NULL DEFAULT 0, prepared TEXT NOT NULL DEFAULT '', seen_remote_id TEXT NOT NULL DEFAULT '',
    to_extra TEXT NOT NULL DEFAULT '', to_handle TEXT NOT NULL DEFAULT '', origin TEXT NOT NULL DEFAULT 'carelane'
) STRICT;
CREATE UNIQUE INDEX reply_remote ON reply (account_id, remote_id) WHERE remote_id <> '';
CREATE INDEX reply_conversation ON reply (conversation);
CREATE INDEX reply_ledger ON reply (state, not_before) WHERE state NOT IN ('sent', 'cancelled');
CREATE INDEX reply_sent ON reply (sent_at);
CREATE INDEX reply_orphan ON reply (account_id, to_remote_id) WHERE conversation = 0;
CREATE TABLE draft (conversation INTEGER PRIMARY KEY, text TEXT NOT NULL,
    updated_at INTEGER NOT NULL) STRICT;
CREATE TABLE template (id TEXT PRIMARY KEY, client_id TEXT, name TEXT NOT NULL, text TEXT NOT NULL,
    language TEXT NOT NULL DEFAULT '', updated_at INTEGER NOT NULL) STRICT;
CREATE TABLE target (client_id TEXT NOT NULL, name TEXT NOT NULL, minutes INTEGER,
    PRIMARY KEY (client_id, name)) STRICT;
CREATE TABLE mark (account_id TEXT NOT NULL, stream TEXT NOT NULL, mark TEXT NOT NULL, updated_at INTEGER NOT NULL,
    PRIMARY KEY (account_id, stream)) STRICT;
CREATE TABLE gap (n INTEGER PRIMARY KEY, account_id TEXT NOT NULL, stream TEXT NOT NULL, since INTEGER,
    until INTEGER, why TEXT NOT NULL, found_at INTEGER NOT NULL, UNIQUE (account_id, stream, why)) STRICT;
CREATE TABLE activity (n INTEGER PRIMARY KEY, at INTEGER NOT NULL, client_id TEXT NOT NULL DEFAULT '',
    account_id TEXT NOT NULL DEFAULT '', conversation INTEGER, what TEXT NOT NULL,
    data TEXT NOT NULL DEFAULT '{}') STRICT;
CREATE INDEX activity_conversation ON activity (conversation);
CREATE TABLE setting (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
CREATE VIRTUAL TABLE search USING fts5 (text, author, content='', tokenize="unicode61 remove_diacritics 2",
    prefix='2 3');
"""

_SECOND = """
ALTER TABLE contact ADD COLUMN vip INTEGER NOT NULL DEFAULT 0;
ALTER TABLE conversation ADD COLUMN placed TEXT NOT NULL DEFAULT '';
ALTER TABLE conversation ADD COLUMN placed_n INTEGER NOT NULL DEFAULT 0;
ALTER TABLE conversation ADD COLUMN closes_at INTEGER;
CREATE TABLE rule (id TEXT PRIMARY KEY, client_id TEXT NOT NULL DEFAULT '', position INTEGER NOT NULL,
    name TEXT NOT NULL, enabled INTEGER NOT NULL DEFAULT 1, data TEXT NOT NULL) STRICT;
CREATE TABLE weight (client_id TEXT NOT NULL, name TEXT NOT NULL, minutes INTEGER NOT NULL,
    PRIMARY KEY (client_id, name)) STRICT, WITHOUT ROWID;
CREATE TABLE learned (client_id TEXT PRIMARY KEY, data TEXT NOT NULL, updated_at INTEGER NOT NULL) STRICT;
CREATE TABLE reminder (conversation INTEGER NOT NULL, kind TEXT NOT NULL, due_at INTEGER NOT NULL, at INTEGER NOT NULL,
    PRIMARY KEY (conversation, kind, due_at)) STRICT, WITHOUT ROWID;
CREATE INDEX conversation_closing ON conversation (closes_at) WHERE closes_at IS NOT NULL;
"""

_THIRD = """
ALTER TABLE client ADD COLUMN profile TEXT NOT NULL DEFAULT '{}';
ALTER TABLE conversation ADD COLUMN promise_at INTEGER;
CREATE INDEX conversation_promised ON conversation (promise_at) WHERE promise_at IS NOT NULL;
ALTER TABLE draft ADD COLUMN data TEXT NOT NULL DEFAULT '{}';
CREATE TABLE draft_archive (n INTEGER PRIMARY KEY, conversation INTEGER NOT NULL, text TEXT NOT NULL,
    data TEXT NOT NULL DEFAULT '{}', at INTEGER NOT NULL, why TEXT NOT NULL) STRICT;
CREATE INDEX draft_archive_conversation ON draft_archive (conversation, at);
ALTER TABLE reply ADD COLUMN pictures TEXT NOT NULL DEFAULT '[]';
ALTER TABLE reply ADD COLUMN spoiler TEXT NOT NULL DEFAULT '';
ALTER TABLE reply ADD COLUMN step TEXT NOT NULL DEFAULT '';
ALTER TABLE reply ADD COLUMN part INTEGER NOT NULL DEFAULT 1;
ALTER TABLE reply ADD COLUMN parts INTEGER NOT NULL DEFAULT 1;
ALTER TABLE reply ADD COLUMN follows TEXT NOT NULL DEFAULT '';
ALTER TABLE reply ADD COLUMN sent_extra TEXT NOT NULL DEFAULT '';
ALTER TABLE reply ADD COLUMN block TEXT NOT NULL DEFAULT '';
ALTER TABLE reply ADD COLUMN template TEXT NOT NULL DEFAULT '';
ALTER TABLE reply ADD COLUMN writing TEXT NOT NULL DEFAULT '{}';
ALTER TABLE reply ADD COLUMN deeds TEXT NOT NULL DEFAULT '{}';
CREATE INDEX reply_step ON reply (step) WHERE step <> '';
ALTER TABLE template RENAME TO template_before;
CREATE TABLE template (id TEXT PRIMARY KEY, client_id TEXT NOT NULL DEFAULT '', folder TEXT NOT NULL DEFAULT '',
    name TEXT NOT NULL, shortcut TEXT NOT NULL DEFAULT '', data TEXT NOT NULL, uses INTEGER NOT NULL DEFAULT 0,
    used_at INTEGER, updated_at INTEGER NOT NULL, deleted_at INTEGER) STRICT;
INSERT INTO template (id, client_id, name, data, updated_at)
    SELECT id, coalesce(client_id, ''), name,
        json_object('texts', json_array(json_object('language', language, 'variants', json_array(text)))), updated_at
    FROM template_before;
DROP TABLE template_before;
CREATE INDEX template_client ON template (client_id, folder, name) WHERE deleted_at IS NULL;
CREATE TABLE template_use (n INTEGER PRIMARY KEY, template TEXT NOT NULL, client_id TEXT NOT NULL,
    conversation INTEGER NOT NULL, reply TEXT NOT NULL UNIQUE, language TEXT NOT NULL, variant INTEGER NOT NULL,
    at INTEGER NOT NULL, outcome TEXT NOT NULL DEFAULT '') STRICT;
CREATE INDEX template_use_template ON template_use (template, at);
CREATE INDEX template_use_conversation ON template_use (conversation);
CREATE TABLE conversation_tag (conversation INTEGER NOT NULL, tag TEXT NOT NULL, at INTEGER NOT NULL,
    PRIMARY KEY (conversation, tag)) STRICT, WITHOUT ROWID;
CREATE TABLE promise (id TEXT PRIMARY KEY, conversation INTEGER NOT NULL, client_id TEXT NOT NULL, reply TEXT NOT NULL,
    kind TEXT NOT NULL, text TEXT NOT NULL, made_at INTEGER NOT NULL, due_at INTEGER NOT NULL,
    state TEXT NOT NULL DEFAULT 'open', ended_at INTEGER) STRICT;
CREATE INDEX promise_conversation ON promise (conversation);
CREATE INDEX promise_client ON promise (client_id, state, due_at);
CREATE TABLE amends (id TEXT PRIMARY KEY, conversation INTEGER NOT NULL, client_id TEXT NOT NULL, kind TEXT NOT NULL,
    amount TEXT NOT NULL DEFAULT '', currency TEXT NOT NULL DEFAULT '', note TEXT NOT NULL DEFAULT '',
    at INTEGER NOT NULL) STRICT;
CREATE INDEX amends_conversation ON amends (conversation);
CREATE TABLE asked (id TEXT PRIMARY KEY, contact INTEGER NOT NULL, conversation INTEGER NOT NULL,
    client_id TEXT NOT NULL, kind TEXT NOT NULL, at INTEGER NOT NULL, reply TEXT NOT NULL DEFAULT '',
    state TEXT NOT NULL) STRICT;
CREATE INDEX asked_contact ON asked (contact, at);
CREATE TABLE quote (id TEXT PRIMARY KEY, client_id TEXT NOT NULL, conversation INTEGER NOT NULL,
    mention INTEGER NOT NULL, author TEXT NOT NULL, handle TEXT NOT NULL, platform TEXT NOT NULL, text TEXT NOT NULL,
    url TEXT NOT NULL, leave TEXT NOT NULL DEFAULT '', at INTEGER NOT NULL) STRICT;
CREATE INDEX quote_client ON quote (client_id, at);
CREATE INDEX mention_complaint ON mention (contact, posted_at) WHERE mood = 'negative';
"""

_FOURTH = """
ALTER TABLE mention ADD COLUMN hidden_at INTEGER;
ALTER TABLE mention ADD COLUMN hidden_why TEXT NOT NULL DEFAULT '';
ALTER TABLE mention ADD COLUMN liked_at INTEGER;
ALTER TABLE conversation ADD COLUMN joined_at INTEGER;
ALTER TABLE conversation ADD COLUMN story INTEGER;
ALTER TABLE conversation ADD COLUMN copies INTEGER NOT NULL DEFAULT 0;
CREATE INDEX conversation_story ON conversation (story) WHERE story IS NOT NULL;
CREATE TABLE stream (id TEXT PRIMARY KEY, client_id TEXT NOT NULL, name TEXT NOT NULL, query TEXT NOT NULL,
    accounts TEXT NOT NULL DEFAULT '[]', enabled INTEGER NOT NULL DEFAULT 1, created_at INTEGER NOT NULL,
    narrowed_at INTEGER) STRICT;
CREATE INDEX stream_client ON stream (client_id, name);
CREATE TABLE stream_mark (stream TEXT NOT NULL, account_id TEXT NOT NULL, mark TEXT, checked_at INTEGER,
    why TEXT NOT NULL DEFAULT '', PRIMARY KEY (stream, account_id)) STRICT, WITHOUT ROWID;
CREATE TABLE stream_hit (stream TEXT NOT NULL, conversation INTEGER NOT NULL, at INTEGER NOT NULL,
    state TEXT NOT NULL DEFAULT '', ended_at INTEGER, PRIMARY KEY (stream, conversation)) STRICT, WITHOUT ROWID;
CREATE INDEX stream_hit_conversation ON stream_hit (conversation);
CREATE TABLE muted (client_id TEXT NOT NULL, kind TEXT NOT NULL, value TEXT NOT NULL, label TEXT NOT NULL DEFAULT '',
    at INTEGER NOT NULL, PRIMARY KEY (client_id, kind, value)) STRICT, WITHOUT ROWID;
CREATE TABLE usage (owner TEXT NOT NULL, unit TEXT NOT NULL, at INTEGER NOT NULL, amount REAL NOT NULL,
    PRIMARY KEY (owner, unit, at)) STRICT, WITHOUT ROWID;
CREATE TABLE cap (owner TEXT NOT NULL, unit TEXT NOT NULL, amount REAL NOT NULL, PRIMARY KEY (owner, unit))
    STRICT, WITHOUT ROWID;
CREATE TABLE alarm (n INTEGER PRIMARY KEY, client_id TEXT NOT NULL, at INTEGER NOT NULL, data TEXT NOT NULL) STRICT;
CREATE INDEX alarm_client ON alarm (client_id, at);
CREATE INDEX mention_bad_news ON mention (posted_at, account_id) WHERE mood = 'negative';
"""


def _first(db: sqlite3.Connection) -> None:
    for statement in split(_FIRST):
        db.execute(statement)


def _second(db: sqlite3.Connection) -> None:
    for statement in split(_SECOND):
        db.execute(statement)


def _third(db: sqlite3.Connection) -> None:
    for statement in split(_THIRD):
        db.execute(statement)


def _fourth(db: sqlite3.Connection) -> None:
    for statement in split(_FOURTH):
        db.execute(statement)


def split(script: str) -> list[str]:
    """Cut a script into statements; `executescript` would commit what is open."""
    statements, held = [], ""
    for line in script.splitlines():
        held += line + "\n"
        if sqlite3.complete_statement(held):
            statements.append(held.strip())
            held = ""
    return [statement for statement in statements if statement]


MIGRATIONS: tuple[Callable[[sqlite3.Connection], None], ...] = (_first, _second, _third, _fourth)


def version(db: sqlite3.Connection) -> int:
    """How many migrations the file has had."""
    row: tuple[int] = db.execute("PRAGMA user_version").fetchone()
    return row[0]


def migrate(db: sqlite3.Connection) -> None:
    """Bring the file to the newest form, each step in a transaction of its own."""
    for number in range(version(db), len(MIGRATIONS)):
        db.execute("BEGIN IMMEDIATE")
        try:
            MIGRATIONS[number](db)
            db.execute(f"PRAGMA user_version = {number + 1}")
            db.execute("COMMIT")
        except BaseException:
            db.execute("ROLLBACK")
            raise
