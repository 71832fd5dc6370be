"""What may be hidden, and that criticism never is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.wording.improper import ABUSE, PERSONAL, SPAM, abusive, may_hide, personal


@pytest.mark.parametrize(
    "text",
    [
        "You are all such idiots", "you're scum", "FUCK YOU", "I will find you and I will kill you", "drop dead",
        "Ihr seid doch alle Arschlöcher", "Verpisst euch", "Ich bringe dich um", "du dumme Schlampe",
        "Vous êtes des connards", "Va te faire foutre", "bande de salauds", "Sois unos gilipollas",
        "Hijos de puta", "te voy a matar", "Vocês são uns otários", "vai se foder", "Siete degli stronzi",
        "vaffanculo", "ti ammazzo",
    ],
)  # fmt: skip
def test_insults_and_threats(text: str) -> None:
    assert abusive(text)


@pytest.mark.parametrize(
    "text",
    [
        "Your bread is garbage and your service is worse", "What an idiotic opening time", "I felt like an idiot",
        "This is a scam, I want my money back", "The staff were rude and lazy. Never again.",
        "Das Brot war ekelhaft, eine Frechheit", "Ich werde euch nicht weiterempfehlen", "service de merde",
        "C'est nul, je suis très en colère", "Una vergüenza de servicio, es una basura", "péssimo atendimento",
        "Il pane faceva schifo, vergogna", "you killed it, best cake ever", "kill for one of your buns",
    ],
)  # fmt: skip
def test_criticism_is_no_abuse(text: str) -> None:
    assert not abusive(text)
    assert may_hide(text, "negative", False) == ()


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("call me on +44 20 7946 0958", True),
        ("ruf an: 0171 2345678", True),
        ("write to jana.w@post.example", True),
        ("my account is DE89 3704 0044 0532 0130 00", True),
        ("card 4111 1111 1111 1111", True),
        ("card 4111 1111 1111 1112", False),
        ("DE88 3704 0044 0532 0130 00", False),
        ("order 1234567890123, since 2026-11-24 10:30", False),
        ("#20267946095812", False),
        ("@maplerye since 1998, 3.5 kg for 12.90", False),
    ],
)
def test_personal_data(text: str, found: bool) -> None:
    assert personal(text) is found


def test_reasons() -> None:
    assert may_hide("BUY FOLLOWERS", "neutral", True) == (SPAM,)
    assert may_hide("Great. Call me on +44 20 7946 0958", "negative", False) == (PERSONAL,)
    assert may_hide("You are scum", "negative", False) == (ABUSE,)
    assert may_hide("This was the worst cake ever", "negative", False) == ()


@given(st.text(max_size=200))
def test_any_text_can_be_looked_at(text: str) -> None:
    abusive(text)
    personal(text)
