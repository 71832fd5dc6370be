"""Files of templates: what other tools write, what is broken, and that our own come back as they were."""

from __future__ import annotations

import csv
import io
import json
from functools import partial

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain import Deeds, Template, TemplateText
from app.errors import InputError
from app.wording import check, foreign, formats
from app.wording.formats import OWN, read, write_csv, write_json
from tests.values import replace


def texts(found: formats.Found) -> list[str]:
    return [one.texts[0].variants[0] for one in found.templates]


def test_hootsuite_saved_replies() -> None:
    found = read(b'Title,Message\nLate,"Hi [name], sorry, it is late."\nHours,We open at 9\n')
    assert found.source == "Hootsuite saved replies"
    assert [one.name for one in found.templates] == ["Late", "Hours"]
    assert texts(found) == ["Hi {name}, sorry, it is late.", "We open at 9"]
    assert read(b"Late,Sorry it is late\nHours,We open at 9\n", "hootsuite.csv").source == "Hootsuite saved replies"


def test_zendesk_macros_as_json_and_as_a_table() -> None:
    macro = {
        "title": "Returns::Damaged::Sorry", "active": True,
        "actions": [
            {"field": "status", "value": "solved"}, {"field": "current_tags", "value": "damaged refund"},
            {"field": "comment_value_html", "value": "<p>Hi {{ticket.requester.first_name}},</p><p>sorry &amp; "
             "<b>thanks</b>. Ticket {{ticket.id}}.<br>{{current_user.name}}</p><script>x()</script>"},
        ],
    }  # fmt: skip
    off = {"title": "Old", "active": False, "actions": [{"field": "comment_value", "value": "x"}]}
    found = read(json.dumps({"macros": [macro, off, {"title": "No text", "actions": []}]}).encode())
    assert found.source == "Zendesk macros"
    assert len(found.templates) == 1
    one = found.templates[0]
    assert (one.folder, one.name) == ("Returns/Damaged", "Sorry")
    assert texts(found) == ["Hi {first_name},\n\nsorry & thanks. Ticket {ticket id?}.\n{agent}"]
    assert one.deeds == Deeds(tags=("damaged", "refund"), close="answered")
    assert [line for line, _ in found.bad] == [2, 3]
    assert "switched off" in found.bad[0][1]
    file = io.StringIO()
    writer = csv.writer(file)
    writer.writerow(["ID", "Title", "Active", "Actions"])
    writer.writerow(["1", macro["title"], "true", json.dumps(macro["actions"])])
    table = read(file.getvalue().encode())
    assert (table.source, table.templates) == ("Zendesk macros", found.templates)
    comment = read(b"Macro title;Comment/value\nLate;Hi {{ticket.requester.name}}\n")
    assert (comment.source, texts(comment)) == ("Zendesk macros", ["Hi {name}"])


def test_chatwoot_canned_responses() -> None:
    rows = [{"id": 1, "account_id": 2, "short_code": "hi", "content": "Hello {{contact.name}}, {{ agent.name }} here"}]
    found = read(json.dumps(rows).encode())
    assert found.source == "Chatwoot canned responses"
    assert texts(found) == ["Hello {name}, {agent} here"]
    assert (found.templates[0].shortcut, found.templates[0].name) == ("hi", "hi")
    table = read(b"short_code,content\nhi there,Hello {{contact.first_name | default: 'there'}}\n")
    assert table.source == "Chatwoot canned responses"
    assert texts(table) == ["Hello {first_name|there}"]
    assert table.templates[0].shortcut == "hi-there"


def test_gorgias_macros() -> None:
    macro = {
        "name": "Order status", "intent": "order/status", "language": "en",
        "actions": [
            {"name": "addTags", "arguments": {"tags": "question, order-status"}},
            {"name": "setStatus", "arguments": {"status": "closed"}},
            {"name": "setResponseText", "arguments": {
                "body_html": "<div>Hi {{ticket.customer.firstname}}</div>",
                "body_text": "Hi {{ticket.customer.firstname}}, {{ticket.customer.integrations.shopify.orders[0].name}}"
                " ships with {{shipping_carrier}}"}},
        ],
    }  # fmt: skip
    found = read(json.dumps({"data": [macro]}).encode())
    assert found.source == "Gorgias macros"
    assert texts(found) == ["Hi {first_name}, {order} ships with {shipping carrier?}"]
    assert found.templates[0].deeds == Deeds(tags=("question", "order-status"), close="answered")
    assert found.templates[0].texts[0].language == "en"


@pytest.mark.parametrize(
    ("theirs", "ours"),
    [
        ("{{ticket.requester.first_name}}", "{first_name}"),
        ("{{ticket.requester.name}}", "{name}"),
        ("{{ticket.customer.firstname}}", "{first_name}"),
        ("{{contact.name}}", "{name}"),
        ("{{contact.last_name}}", "{contact last name?}"),
        ("{{current_user.first_name}}", "{agent}"),
        ("{{ticket.assignee.name}}", "{agent}"),
        ("{{ticket.brand.name}}", "{client}"),
        ("{{inbox.name}}", "{inbox name?}"),
        ("{{order.number}}", "{order}"),
        ("[First Name]", "{first_name}"),
        ("[order number]", "{order}"),
        ("[date]", "{date?}"),
        ("[a link](https://x.example)", "[a link](https://x.example)"),
        ("%first_name%", "{first_name}"),
        ("100% and 50%", "100% and 50%"),
        ("${name}", "{name}"),
        ("{company_name}", "{client}"),
        ("{{ 1 }}", "{blank?}"),
        ("a { b } c }}", "a {{ b }} c }}}}"),
        ("{% if x %}y{% endif %}", "y"),
    ],
)
def test_fields_of_other_tools_become_ours(theirs: str, ours: str) -> None:
    assert foreign.template(theirs) == ours


@settings(deadline=None)
@given(st.text(max_size=300) | st.text("{}[]%$.|a_ '\"", max_size=60))
def test_any_text_of_another_tool_is_a_template_without_problems(text: str) -> None:
    from app.wording.fields import parse, problems

    made = foreign.template(text)
    assert parse(made).problems == ()
    assert not [one for one in problems(made) if "no text" not in one], made


VALUE = st.text(max_size=25)
TEMPLATE = st.builds(
    Template,
    id=st.just(""),
    name=VALUE,
    folder=st.text("ab/ =+'", max_size=12),
    shortcut=VALUE,
    texts=st.lists(
        st.builds(
            TemplateText,
            st.sampled_from(["en", "de", "pt-BR", ""]),
            st.lists(VALUE | st.sampled_from(["=1+1", "'=x", "-a\n\nb", "@x", "''", 'say "hi", x;y'])).map(tuple),
        ),
        max_size=3,
    ).map(tuple),
    deeds=st.builds(
        Deeds, st.lists(st.sampled_from(["refund", 'a "b", c', "=x", "späť"]), max_size=3).map(tuple), VALUE, VALUE,
        st.booleans(),
    ),
)  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(st.lists(TEMPLATE, max_size=5))
def test_our_own_files_come_back_as_they_were(made: list[Template]) -> None:
    kept = [one for one in map(check.tidy, made) if one.texts and one.name]
    for write, name in ((write_csv, "t.csv"), (partial(write_json, read=dict[str, bytes]().__getitem__), "t.json")):
        data = write([replace(one, id=f"t{number}") for number, one in enumerate(kept)])
        if not kept:
            with pytest.raises(InputError):
                read(data, name)
            continue
        found = read(data, name)
        assert found.source == OWN
        assert list(found.templates) == kept
        assert found.bad == ()


@settings(deadline=None)
@given(st.lists(TEMPLATE, max_size=5))
def test_no_cell_is_a_formula(made: list[Template]) -> None:
    data = write_csv([check.tidy(one) for one in made]).decode("utf-8-sig")
    for row in csv.reader(io.StringIO(data, newline="")):
        assert not any(cell.startswith(("=", "+", "-", "@", "\t", "\r")) for cell in row)


@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"])
def test_files_of_any_spreadsheet_are_read(codec: str) -> None:
    found = read("Titel;Text\nGruß;Schöne Grüße aus München\n".encode(codec))
    assert texts(found) == ["Schöne Grüße aus München"]


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "empty"),
        (b"  \n", "empty"),
        (b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 20, "no text"),
        (b"\x00" * 5000, "no text"),
        (b"[1, 2", "not JSON"),
        (b'{"a": 1}', "no list"),
        (b"[]", "no templates"),
        (b"a,b,c,d,e\n1,2,3,4,5\n", "No column"),
        (b"[" * 5000, "not JSON"),
    ],
)
def test_files_that_hold_no_templates(data: bytes, said: str) -> None:
    with pytest.raises(InputError, match=said):
        read(data)


def test_a_file_that_is_too_large_is_not_read() -> None:
    with pytest.raises(InputError, match="10 MB"):
        read(b"x" * (formats.LARGEST + 1))


def test_a_quotation_mark_that_is_never_closed_costs_its_own_line() -> None:
    found = read(b'title,text\nA,one\nB,"two\nC,three\nD,"fo"ur"\nE,"five, ""5"""\n')
    assert texts(found) == ["one", "three", 'five, "5"']
    assert [line for line, _ in found.bad] == [3, 5]


@pytest.mark.parametrize(
    "text",
    ["{{" * 20_000, "{{ " + " " * 30_000, "[a" * 20_000, "%a_" * 15_000, "${ " * 15_000, "{% " * 20_000,
     "{{a|default: '" * 4_000, "{{ a|" * 5_000, "<a " * 10_000],
)  # fmt: skip
def test_texts_that_would_take_a_careless_reader_for_ever(text: str) -> None:
    """They end the suite by its time limit, if ever a pattern goes back and forth over them."""
    assert foreign.template(foreign.plain(text)) is not None
    read(f'title,text\nok,fine\nx,"{text}"\n'.encode())


def test_a_large_file_of_unclosed_quotes_ends_soon() -> None:
    assert len(read(b"title,text\n" + b'"a\n' * 1_000_000).bad) == formats.MOST_BAD + 1


def test_a_text_of_nothing_but_tags_is_named() -> None:
    found = read(b"title,text\nok,fine\nx," + b"<div>" * 5_000 + b"\n")
    assert "mark-up" in found.bad[0][1]


def test_many_bad_lines_end_it_and_say_so() -> None:
    found = read(b"title,text\n" + b"a,\n" * 2000 + b"b,good\n")
    assert len(found.bad) == formats.MOST_BAD + 1
    assert "too many" in found.bad[-1][1]
    hostile = read(b"title,text\nok,fine\n" + b'"a\n' * 20_000)
    assert texts(hostile) == ["fine"]
    assert len(hostile.bad) == formats.MOST_BAD + 1


def test_a_text_that_is_far_too_long_is_named() -> None:
    found = read(b"title,text\nA,ok\nB," + b"x" * 70_000 + b"\n")
    assert texts(found) == ["ok"]
    assert found.bad[0][0] == 3


@settings(deadline=None)
@given(st.binary(max_size=400))
def test_no_file_breaks_it(data: bytes) -> None:
    try:
        found = read(data)
    except InputError:
        return
    assert found.templates or found.bad


@settings(max_examples=200, deadline=None)
@given(st.text('a,;"\n\r\t{}[]:', max_size=120))
def test_no_table_breaks_it(text: str) -> None:
    try:
        found = read(b"title,text\n" + text.encode(), "x.csv")
    except InputError:
        return
    for one in found.templates:
        assert check.tidy(one).name


def test_only_our_own_files_may_be_large() -> None:
    filler = " " * 10_000_000
    row = {"name": "x", "texts": [{"language": "", "variants": ["y"]}]}
    own = json.dumps({"format": "carelane-templates", "templates": [row]})
    assert len(read((own + filler).encode()).templates) == 1
    for other in ('[{"name": "x", "text": "y"}]', "name,text\nx,y\n"):
        with pytest.raises(InputError, match="larger than 10 MB"):
            read((other + filler).encode())
    with pytest.raises(InputError, match="larger than 50 MB"):
        read((own + filler * 5).encode())
