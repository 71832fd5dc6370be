"""The checks themselves: each must find what is wrong. One needs prism, none the platforms' descriptions."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from app.http import Http
from tests.contract import fields, lexicons
from tests.contract.described import Discovery, OpenApi
from tests.contract.lexicons import Lexicons
from tests.contract.prism import Prism, complaints, judging
from tests.contract.samples import Samples, bruno, postman
from tests.contract.specs import JSON, load, mended
from tests.contract.tables import Graph, Telegram, WordPress, expanded
from tests.contract.wire import Check, Contract

POST = {"$ref": "#/components/schemas/Post"}
OPENAPI: JSON = {
    "openapi": "3.1.0",
    "info": {"title": "ours", "version": "1"},
    "paths": {
        "/posts": {
            "post": {
                "parameters": [{"name": "quiet", "in": "query", "schema": {"type": "boolean"}}],
                "requestBody": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/New"}}}},
                "responses": {"201": {"content": {"application/json": {"schema": POST}}}},
            },
            "get": {
                "responses": {"200": {"content": {"application/json": {"schema": {
                    "type": "array", "items": POST,
                }}}}},
            },
        },
        "/posts/{id}": {"get": {"parameters": [{"$ref": "#/components/parameters/Full"}], "responses": {"200": {}}}},
    },
    "security": [{"token": []}],
    "components": {
        "parameters": {"Full": {"name": "full", "in": "query", "schema": {}}},
        "schemas": {
            "New": {"allOf": [
                {"required": ["text"], "properties": {"text": {"type": "string"}}},
                {"properties": {"to": {"properties": {"id": {}}}}},
            ]},
            "Post": {
                "properties": {"id": {}, "by": {"anyOf": [{"$ref": "#/components/schemas/Person"}, {"type": "null"}]},
                               "extra": {"type": "object"}},
            },
            "Person": {"properties": {"name": {"type": "string"}}},
            "Unused": {"properties": {}},
        },
        "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
    },
}  # fmt: skip


def test_an_openapi_request_is_held_against_names() -> None:
    api = OpenApi(OPENAPI)
    assert api.wrong("POST", "/posts", {"quiet": ["1"]}, {"text": "hi", "to": {"id": "1"}}) == []
    assert api.wrong("POST", "/posts", {"silent": ["1"]}, {"words": "hi", "to": {"ids": "1"}}) == [
        "field to.ids", "field words", "parameter silent",
    ]  # fmt: skip
    assert api.wrong("GET", "/posts/7", {"full": ["1"]}, None) == []
    assert api.wrong("GET", "/posts/7", {"ful": ["1"]}, {"a": 1}) == ["a body", "parameter ful"]
    assert api.wrong("GET", "/post", {}, None) == ["GET /post is not described"]


def test_an_openapi_answer_is_held_against_fields() -> None:
    api = OpenApi(OPENAPI)
    good = {"id": 1, "by": {"name": "Bob"}, "extra": {"anything": 1}}
    assert api.undescribed("GET", "/posts", 200, [good]) == []
    assert api.undescribed("GET", "/posts", 200, [good, {**good, "by": {"nick": "Bob"}, "at": 1}]) == [
        "[].at",
        "[].by.nick",
    ]
    assert api.undescribed("POST", "/posts", 201, {"uri": 1}) == ["uri"]
    assert api.undescribed("POST", "/posts", 200, good) == ["POST /posts: 200 is not described"]


def test_a_choice_of_what_is_required_does_not_open_a_schema() -> None:
    choice = {"anyOf": [{"required": ["text"]}, {"required": ["media"]}], "properties": {"text": {}, "media": {}}}
    content = {"application/json": {"schema": choice}}
    api = OpenApi({"paths": {"/posts": {"post": {"requestBody": {"content": content}, "responses": {}}}}})
    assert api.wrong("POST", "/posts", {}, {"text": "hi"}) == []
    assert api.wrong("POST", "/posts", {}, {"words": "hi"}) == ["field words"]


def test_what_prism_reads_has_no_answers_and_nothing_that_only_they_need() -> None:
    slim = judging(OPENAPI, OPENAPI["paths"])
    assert slim["components"]["schemas"].keys() == {"New"}
    assert slim["components"].keys() == {"schemas", "parameters", "securitySchemes"}
    assert slim["paths"]["/posts"]["get"]["responses"] == {"200": {"description": "Taken."}}
    assert slim["paths"]["/posts"]["post"]["parameters"] == OPENAPI["paths"]["/posts"]["post"]["parameters"]


def test_what_prism_says() -> None:
    def answer(status: int, told: Any = None, body: Any = None) -> httpx.Response:
        headers = {"sl-violations": told if isinstance(told, str) else json.dumps(told)} if told else {}
        return httpx.Response(status, headers=headers, json=body)

    ours = {"location": ["request", "body", "text"], "message": "must be string"}
    its_own = {"location": ["response", "body"], "message": "must be object"}
    assert complaints(answer(200, [ours, its_own])) == ["body.text: must be string"]
    assert complaints(answer(200, [its_own])) == []
    cut = "Too many violations! " + json.dumps([ours, its_own])[:-9]
    assert complaints(answer(200, cut)) == ["body.text: must be string"]
    refused = {"type": "https://stoplight.io/prism/errors#UNPROCESSABLE_ENTITY", "title": "Invalid request"}
    listed = [{"location": ["query", "limit"], "message": "must be integer"}]
    assert complaints(answer(422, body={**refused, "validation": listed})) == ["query.limit: must be integer"]
    assert complaints(answer(404, body={**refused, "title": "Route not resolved"})) == ["404: Route not resolved"]
    assert complaints(answer(500, body="crashed")) == ['500: "crashed"']


@pytest.mark.live
async def test_prism_hears_what_is_missing_of_the_wrong_kind_or_without_a_sign_in(tmp_path: Path) -> None:
    def request(body: Any, method: str = "POST", **headers: str) -> httpx.Request:
        return httpx.Request(method, "https://api.example/posts", json=body, headers=headers)

    signed = {"authorization": "Bearer t"}
    with Prism(OPENAPI, ["/posts"], tmp_path) as prism:
        judge = prism.judge()
        assert await judge.wrong(request({"text": "hi"}, **signed), "/posts") == []
        (missing,) = await judge.wrong(request({"words": "hi"}, **signed), "/posts")
        assert "required property 'text'" in missing
        (kind,) = await judge.wrong(request({"text": 5}, **signed), "/posts")
        assert kind.startswith("body.text: ")
        (closed,) = await judge.wrong(request({"text": "hi"}), "/posts")
        assert closed.startswith("401: ")
        (unknown,) = await judge.wrong(request({"text": "hi"}, **signed), "/notes")
        assert unknown.startswith("404: ")
        (verb,) = await judge.wrong(request({"text": "hi"}, "PUT", **signed), "/posts")
        assert verb.startswith("405: ")
        await judge.close()


DISCOVERY: JSON = {
    "servicePath": "", "parameters": {"alt": {"location": "query"}},
    "resources": {"comments": {"methods": {
        "list": {"httpMethod": "GET", "path": "v3/comments", "response": {"$ref": "List"}, "parameters": {
            "part": {"location": "query", "required": True}, "order": {"location": "query", "enum": ["time", "rank"]}}},
        "reply": {"httpMethod": "PUT", "path": "v3/{+name}/reply", "request": {"$ref": "Text"}, "parameters": {
            "name": {"location": "path", "required": True}}},
    }}},
    "schemas": {"List": {"properties": {"items": {"items": {"$ref": "Text"}}}}, "Text": {"properties": {"text": {}}}},
}  # fmt: skip


def test_google_discovery() -> None:
    api = Discovery(DISCOVERY)
    assert api.wrong("GET", "/v3/comments", {"part": ["id"], "order": ["time"], "alt": ["json"]}, None) == []
    assert api.wrong("GET", "/v3/comments", {"parts": ["id"], "order": ["date"]}, None) == [
        "parameter parts", "parameter part is missing", "parameter order is none of ['time', 'rank']",
    ]  # fmt: skip
    assert api.wrong("PUT", "/v3/accounts/1/reviews/2/reply", {}, {"text": "hi"}) == []
    assert api.wrong("PUT", "/v3/accounts/1/reviews/2/reply", {}, {"comment": "hi"}) == ["field comment"]
    assert api.wrong("PUT", "/v4/reply", {}, {}) == ["PUT /v4/reply is not described"]
    assert api.undescribed("GET", "/v3/comments", 200, {"items": [{"text": "a", "words": "b"}], "next": 1}) == [
        "items[].words", "next",
    ]  # fmt: skip


# --- tables, over files of our own --------------------------------------------------------------------


@pytest.fixture
def specs(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A folder of descriptions. Returns what writes one into it."""
    (tmp_path / "README.md").write_text("ours", encoding="utf-8")
    monkeypatch.setenv("CARELANE_SPECS", str(tmp_path))
    load.cache_clear()

    def write(name: str, what: Any) -> None:
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(what if isinstance(what, str) else json.dumps(what), encoding="utf-8")

    yield write
    load.cache_clear()


def test_graph(specs: Any) -> None:
    get = {"method": "GET", "name": "#get", "return": "Post", "params": []}
    below = {
        "method": "GET",
        "endpoint": "comments",
        "return": "Comment",
        "params": [{"name": "order", "required": False}],
    }
    text = {"name": "message", "required": True}
    answer = {"method": "POST", "endpoint": "comments", "return": "Comment", "params": [text]}
    fields = [{"name": "id", "type": "string"}, {"name": "from", "type": "Object"}]
    specs("meta/graph/Post.json", {"apis": [get, below, answer], "fields": fields})
    message = {"name": "message", "type": "string"}
    parent = {"name": "parent", "type": "Comment"}
    chat = {"name": "chat", "type": "Chat"}
    specs("meta/graph/Comment.json", {"apis": [], "fields": [*fields, message, parent, chat]})
    api = Graph({r"\d+": ("Post",)})
    asked = {"fields": ["id,from{name},comments.order(time).limit(5){message,parent{id}}"], "limit": ["5"]}
    assert api.wrong("GET", "/v25.0/1", asked, None) == []
    wrong = {"fields": ["id,form,comments.sort(time){text,parent{ids},chat{id}}"], "after_id": ["5"]}
    assert api.wrong("GET", "/v25.0/1", wrong, None) == [
        "field form of Post", "field ids of Comment", "field text of Comment", "node Chat has no description",
        "parameter after_id", "parameter sort of comments",
    ]  # fmt: skip
    assert api.wrong("POST", "/v25.0/1/comments", {}, {"message": ["hi"]}) == []
    assert api.wrong("POST", "/v25.0/1/comments", {}, {"text": ["hi"]}) == [
        "parameter message is missing",
        "parameter text",
    ]
    for path in ("/v25.0/1/likes", "/v25.0/x/comments", "/v25.0/1/comments/2"):
        assert api.wrong("GET", path, {}, None) == [f"GET {path} is not described"]
    rows = {"data": [{"id": "1", "message": "a", "from": {"any": 1}, "parent": {"id": "2", "txt": "b"}}], "paging": {}}
    assert api.undescribed("GET", "/v25.0/1/comments", 200, rows) == ["[].parent.txt"]
    assert api.undescribed("GET", "/v25.0/1", 200, {"id": "1", "comments": rows, "text": 1}) == [
        "comments[].parent.txt", "text",
    ]  # fmt: skip
    assert [name for name, _, _ in expanded("a,b.c(1){d,e{f}},g")] == ["a", "b", "g"]


def test_telegram(specs: Any) -> None:
    chat = {"name": "chat_id", "required": True, "types": ["Integer"]}
    to = {"name": "reply_parameters", "required": False, "types": ["ReplyParameters"]}
    specs("telegram/api.json", {
        "methods": {"sendMessage": {"fields": [chat, to], "returns": ["Message"]}},
        "types": {"Message": {"fields": [{"name": "text", "types": ["String"]}, {"name": "from", "types": ["User"]}]},
                  "User": {"fields": [{"name": "id", "types": ["Integer"]}]},
                  "ReplyParameters": {"fields": [{"name": "message_id", "types": ["Integer"]}]}},
    })  # fmt: skip
    api = Telegram()
    assert api.wrong("POST", "/bot1:x/sendMessage", {}, {"chat_id": 1, "reply_parameters": {"message_id": 1}}) == []
    assert api.wrong("POST", "/bot1:x/sendMessage", {}, {"chat": 1, "reply_parameters": {"message": 1}}) == [
        "parameter chat", "parameter chat_id is missing", "field reply_parameters.message",
    ]  # fmt: skip
    assert api.wrong("POST", "/bot1:x/sendMsg", {}, {}) == ["sendMsg is not described"]
    told = {"ok": True, "result": {"text": "a", "from": {"id": 1, "nick": "b"}}}
    assert api.undescribed("POST", "/bot1:x/sendMessage", 200, told) == [".from.nick"]


def test_wordpress(specs: Any) -> None:
    args = {"post": {"required": True}, "content": {"required": False}}
    routes = {
        "/wp/v2/comments": {"endpoints": [{"methods": ["GET"], "args": []}, {"methods": ["POST"], "args": args}]},
        r"/wp/v2/comments/(?P<id>[\d]+)": {"endpoints": [{"methods": ["GET"], "args": {}}]},
    }
    specs("wordpress/wp-json-index.trimmed.json", {"routes": routes})
    comment = {"post": 1, "author_name": "a", "content": {}, "parent": 0}
    specs("wordpress/recorded-responses.trimmed.json", {"comments": [comment]})
    api = WordPress()
    assert api.wrong("POST", "/wp-json/wp/v2/comments", {}, {"post": 1, "content": "a"}) == []
    assert api.wrong("POST", "/wp-json/wp/v2/comments", {}, {"text": "a"}) == [
        "parameter text",
        "parameter post is missing",
    ]
    assert api.wrong("GET", "/wp-json/wp/v2/comments", {"p": ["1"]}, None) == ["parameter p"]
    assert api.wrong("PUT", "/wp-json/wp/v2/comments", {}, {}) == ["PUT /wp/v2/comments is not described"]
    assert api.undescribed("GET", "/wp-json/wp/v2/comments/3", 200, {**comment, "text": 1}) == ["text"]


def test_bluesky(specs: Any) -> None:
    record = {"type": "object", "required": ["text"], "properties": {"text": {"type": "string"}, "embed": {
        "type": "union", "refs": ["#image"]}}}  # fmt: skip
    image = {"type": "object", "required": ["alt"], "properties": {"alt": {"type": "string"}}}
    specs("bluesky/lexicons/app/bsky/feed/post.json", {
        "id": "app.bsky.feed.post", "defs": {"main": {"type": "record", "record": record}, "image": image},
    })  # fmt: skip
    body = {"type": "object", "required": ["repo", "record"],
            "properties": {"repo": {"type": "string"}, "record": {"type": "unknown"}}}  # fmt: skip
    out = {"type": "object", "required": ["uri"], "properties": {"uri": {"type": "string"}}}
    specs("bluesky/lexicons/com/atproto/repo/putRecord.json", {
        "id": "com.atproto.repo.putRecord",
        "defs": {"main": {"type": "procedure", "input": {"schema": body}, "output": {"schema": out}}},
    })  # fmt: skip
    api, path = Lexicons(), "/xrpc/com.atproto.repo.putRecord"
    post = {"$type": "app.bsky.feed.post", "text": "a", "embed": {"$type": "app.bsky.feed.post#image", "alt": "b"}}
    assert api.wrong("POST", path, {}, {"repo": "r", "record": post}) == []
    worse = {**post, "words": 1, "embed": {"$type": "app.bsky.feed.post#image"}}
    assert api.wrong("POST", path, {"a": ["1"]}, {"record": worse}) == [
        "parameter a", "field repo is missing", "field record.embed.alt is missing", "field record.words",
    ]  # fmt: skip
    assert api.wrong("GET", path, {}, None) == ["GET for a procedure"]
    assert api.undescribed("POST", path, 200, {"cid": "a"}) == ["cid", "uri is missing"]
    assert lexicons._lexicon("app.bsky.feed.nothing") is None


def test_samples_of_postman_and_bruno(specs: Any) -> None:
    query = [{"key": "fields", "value": "{{all}}"}, {"key": "limit", "value": "5"}]
    answered = {"body": '{"data": [{"id": <string>, "text": "a"}]}'}
    specs("meta/x.json", {
        "variable": [{"key": "all", "value": "id,text,poll{option}"}],
        "auth": {"oauth2": [{"key": "addTokenTo", "value": "queryParams"}]},
        "item": [{"item": [{"request": {"method": "GET", "url": {"path": ["{{id}}", "replies"], "query": query}},
                            "response": [answered]}]}],
    })  # fmt: skip
    api: Samples = postman("meta/x.json")
    assert api.wrong("GET", "/7/replies", {"fields": ["id,poll{option}"], "access_token": ["t"]}, None) == []
    assert api.wrong("GET", "/7/replies", {"fields": ["id,words"], "max": ["5"]}, None) == [
        "parameter max",
        "field words",
    ]
    assert api.wrong("GET", "/7/answers", {}, None) == ["GET /7/answers is not described"]
    assert api.undescribed("GET", "/7/replies", 200, {"data": [{"text": "a", "words": "b"}]}) == ["words"]
    specs("trust/a.bru", 'post {\n  url: {{baseUrl}}/reviews/:id/reply\n}\n\nparams:query {\n  ~loud: \n}\n\n'
                         'body:json {\n  {"message": "a"}\n}\n')  # fmt: skip
    told = bruno("trust", "/v1")
    assert told.wrong("POST", "/v1/reviews/7/reply", {"loud": ["1"]}, {"message": "a"}) == []
    assert told.wrong("POST", "/v1/reviews/7/reply", {"quiet": ["1"]}, {"text": "a"}) == [
        "parameter quiet",
        "field text",
    ]


def test_mends() -> None:
    spec = {"a": {"b/c": [1, 2]}}
    done = mended(spec, (
        {"op": "replace", "path": "/a/b~1c/0", "value": 9}, {"op": "copy", "from": "/a/b~1c", "path": "/d"},
        {"op": "add", "path": "/a/b~1c/-", "value": 3}, {"op": "remove", "path": "/a/b~1c/1"},
    ))  # fmt: skip
    assert done == {"a": {"b/c": [9, 3]}, "d": [9, 2]}
    assert spec == {"a": {"b/c": [1, 2]}}
    with pytest.raises(ValueError, match="move"):
        mended(spec, ({"op": "move", "path": "/a"},))


# --- between the connector and its world --------------------------------------------------------------


async def _send(contract: Contract, url: str = "https://api.example/v1/posts") -> list[str]:
    http = Http(transport=contract)
    await http.send("POST", url, json={"words": "hi"}, platform="x")
    await http.close()
    return contract.faults


async def test_a_fault_is_told_unless_it_is_listed_and_a_list_that_is_not_needed_is_seen() -> None:
    def world(_: httpx.Request) -> httpx.Response:
        return httpx.Response(201, json={"id": 1, "uri": 2})

    checks = (Check(OpenApi(OPENAPI), r"api\.example/.*", "/v1"),)
    contract = Contract(world, checks)
    assert await _send(contract) == ["POST /v1/posts field words", "POST /v1/posts <- uri"]
    contract = Contract(world, checks, {r"POST .* <- uri": "why", r"GET .*": "never"})
    assert await _send(contract) == ["POST /v1/posts field words"]
    assert contract.used == {r"POST .* <- uri"}
    assert await _send(Contract(world, checks, {r"POST /v1/posts": "why"})) == []
    assert await _send(Contract(world, checks), "https://other.example/v1/posts") == [
        "POST /v1/posts: no description covers other.example",
    ]  # fmt: skip
    assert await _send(Contract(world, checks), "https://api.example/v1/notes") == ["POST /v1/notes is not described"]


# --- what a connector reads ---------------------------------------------------------------------------


def test_names_that_are_read_are_found(specs: Any) -> None:
    source = 'a = text_at(post, "record", "text", which)\nb = wire.texts(user, "id") + other("no", "b c")'
    assert list(fields.names_in(source)) == ["record", "text", "id"]
    specs("telegram/api.json", {"update_id": ["message"]})
    found = fields.unknown("telegram")
    assert "_telegram_wire.Update.update_id" not in found
    assert "_telegram_wire.Update.edited_message" in found
