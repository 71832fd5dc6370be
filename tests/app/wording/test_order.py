"""Names stand where people look for them."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from app.domain import Template
from app.wording.order import by_folder, natural


def test_numbers_stand_by_size_and_umlauts_by_their_letter() -> None:
    wanted = [
        "\u0663", "Apfel", "Ärger", "ärmel", "Émile", "Thanks", "Thanks 1", "Thanks 2", "Thanks 02b", "thanks 10",
        "Zopf",
    ]  # fmt: skip
    assert sorted(sorted(wanted), key=natural) == wanted


def test_a_folder_stands_before_what_is_within_it() -> None:
    folders = ["A 2", "A/B", "A", "A 10", ""]
    made = [Template(folder, "x", (), folder=folder) for folder in folders]
    assert [one.folder for one in sorted(made, key=by_folder)] == ["", "A", "A/B", "A 2", "A 10"]


@given(st.integers(0, 10**30), st.integers(0, 10**30))
def test_any_two_numbers(one: int, other: int) -> None:
    assert (natural(f"a{one}") < natural(f"a{other}")) is (one < other)
    assert natural(f"a00{one}") == natural(f"a{one}")


@given(st.text(max_size=40))
def test_every_name_has_a_place(name: str) -> None:
    assert natural(name) == natural(name)
