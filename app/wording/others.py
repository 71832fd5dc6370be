"""Whether a text names a client that it is not written for. Pure functions, quick enough for each key.

A text is read as words without accents and case; a name is a row of them. What its own client is called, too,
does not count, nor does what the customer wrote.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from itertools import chain, pairwise
from urllib.parse import urlsplit

from msgspec import Struct

from app.domain import Account, Client

_WORD = re.compile(r"\w+")
_AND = frozenset(("and", "und", "et", "y", "e", "i", "n"))
_BETWEEN = frozenset(" &+-\u2010\u2011\u2013'\u2019")  # between the words of a name
_OPENS = frozenset("@#/")
_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue"})
_LONG = 6  # letters of a single word that is a name in small letters too, and hardly ever a word by accident
_NO_SPACES = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")

# Names that are also words: alone, they name a client only where they are written exactly as its name is,
# with no article before them and not at the start of a sentence.
_GENERIC_WORDS = """
    bakery bakers baker bread cafe coffee roastery tea bar pub inn restaurant bistro kitchen pizza pizzeria burger grill
    food deli market shop store boutique studio salon barber spa hotel hostel house home garden gardens flowers florist
    florists books bookshop library school academy clinic dental dentist doctor vet vets pharmacy gym fitness yoga dance
    music art gallery design print prints photo photography travel tours taxi bikes bike cars car auto garage repair
    service services care team company group agency media digital online web fresh good best happy nice green
    blue red black white gold golden silver little big old new first local urban daily simply pure natural organic one
    sun moon star sky sea ocean lake river hill mountain forest tree rose lily corner square street village city town
    harbour harbor port bridge castle king queen crown lion bear fox wolf eagle owl cat dog the our and of at for
    hope bloom sunrise sunset sunshine harmony balance spark joy haven nest roots root seed honey sugar spice salt
    pepper olive basil mint sage maple oak pine cedar birch willow clover daisy violet poppy ivory amber coral pearl
    ruby welcome journey horizon summit vision insight impact focus bright clear smart swift wonder dream dreams smile
    breeze wave waves anchor compass lantern candle velvet cotton linen copper iron stone brick timber union
    elements essence origin native common public people friends family mama papa grandma sweet treats cake cakes cookie
    cookies chocolate vanilla cherry apple berry lemon orange peach plum melon toast crumb crust slice butter
    freude hoffnung heimat sonne mond stern liebe leben gluck zeit morgen espoir soleil lune etoile amour vie bonheur
    esperanza luna estrella vida feliz sueno esperanca lua estrela sonho speranza stella sogno vita felice amore
    backerei konditorei cafehaus brot kaffee laden markt geschaft haus garten blumen buch bucher schule praxis zahnarzt
    apotheke friseur werkstatt reisen kuche gasthaus gasthof wirtshaus metzgerei fleischerei hof rad rader backstube
    boulangerie patisserie fleurs fleuriste librairie ecole pharmacie coiffeur garage voyages cuisine maison jardin
    marche boucherie panaderia pasteleria tienda mercado casa jardin flores libreria escuela farmacia peluqueria taller
    viajes cocina carniceria padaria pastelaria loja jardim livraria escola farmacia cabeleireiro oficina viagens
    cozinha talho acougue panetteria pasticceria negozio mercato giardino fiori libreria scuola parrucchiere officina
    viaggi cucina macelleria trattoria osteria gelateria
"""
_GENERIC = frozenset(_GENERIC_WORDS.split())
_ARTICLE_WORDS = """
    the a an our your my their his her this that every any no in at from der die das den dem des ein eine einen einem
    einer unser unsere unserer unserem unseren ihr ihre ihrer mein meine le la les l un une du de des notre votre nos
    vos el los las una del al nuestra nuestro su sus o os as um uma do da dos das no na nossa nosso sua seu il lo gli
    i uno dello della nella alla nostra nostro vostra
"""
_ARTICLES = frozenset(_ARTICLE_WORDS.split())


class _Term(Struct, frozen=True, gc=False):
    """One way to name a client."""

    words: tuple[str, ...]
    client_id: str
    gaps: tuple[str, ...] = ()  # what must stand between the words; () for what may stand in a name
    joined: bool = False  # the name has an "and"
    dotted: bool = False  # "St. John's"
    capital: bool = False  # a single word that counts with a capital only
    exact: str = ""  # must be written so
    sign: str = ""  # must stand before it
    site: bool = False  # an address: neither part of a longer one nor of a mail's first half


class Watched(Struct, frozen=True):
    """What all clients are called. Made once for many texts by `watch`."""

    terms: Mapping[str, tuple[_Term, ...]]  # by the first word, longest first
    pieces: tuple[tuple[str, str], ...]  # folded names that are found inside words, with their clients
    names: Mapping[str, str]  # of the clients, by id
    own: Mapping[str, str]  # all words of a client, between spaces


NOBODY = Watched({}, (), {}, {})


@lru_cache(maxsize=8192)
def _letter(letter: str) -> str:
    found = "".join(c for c in unicodedata.normalize("NFKD", letter) if not unicodedata.combining(c))
    return found.casefold()


def fold(text: str) -> str:
    """Without case and accents; may be longer or shorter than `text`."""
    return text.lower() if text.isascii() else "".join(map(_letter, text))


def words_of(text: str) -> list[str]:
    """The folded words of a text."""
    return _WORD.findall(fold(text))


def watch(clients: Sequence[Client], accounts: Iterable[Account]) -> Watched:
    """Gather what the clients are called, on which platforms, and what they sell under names of their own."""
    terms: dict[str, dict[_Term, None]] = {}
    pieces: list[tuple[str, str]] = []
    own: dict[str, list[str]] = {client.id: [] for client in clients}
    by_client: dict[str, list[Account]] = {}
    for account in accounts:
        by_client.setdefault(account.client_id, []).append(account)
    for client in clients:
        found = list(_of_client(client, by_client.get(client.id, ())))
        for term in found:
            terms.setdefault(term.words[0], {})[term] = None
        own[client.id] += [" ".join(term.words) for term in found]
        own[client.id] += [" ".join(words_of(name)) for name in (client.name, *client.profile.words)]
        pieces += [
            (fold(name), client.id)
            for name in (client.name, *client.profile.words)
            if len(name.strip()) > 1 and _NO_SPACES.search(name)
        ]
    return Watched(
        {first: tuple(sorted(found, key=lambda term: -len(term.words))) for first, found in terms.items()},
        tuple(pieces),
        {client.id: client.name for client in clients},
        {id_: f" {' | '.join(names)} " for id_, names in own.items()},
    )


def _of_client(client: Client, accounts: Iterable[Account]) -> Iterable[_Term]:
    yield from _of_name(client.name, client.id)
    for word in client.profile.words:
        yield from _rows(word, client.id)
    for domain in client.profile.domains:
        yield from _of_site(domain, client.id)
    for account in accounts:
        yield from _of_account(account, client)


def _of_name(name: str, client_id: str) -> Iterable[_Term]:
    words = words_of(name)
    if not words:
        return
    head, _, rest = name.strip().partition(" ")
    if len(words) > 2 and fold(head) in _ARTICLES:  # "at Maple Room" is The Maple Room
        yield from _of_name(rest, client_id)
    if all(word in _GENERIC or len(word) < 3 for word in words):
        yield _Term(tuple(words), client_id, exact=name)
        return
    yield from _rows(name, client_id, is_name=True)
    plain = [word for word in words if word not in _AND]
    run = "".join(words)
    for squeezed in {run, "".join(plain)}:  # "#mapleandrye", "MapleRye"
        if len(words) > 1 and len(squeezed) >= _LONG:
            yield _Term((squeezed,), client_id)


def _rows(name: str, client_id: str, *, is_name: bool = False) -> Iterable[_Term]:
    """A name or a product, as it is written and as people write it."""
    for spelled in {name, name.translate(_UMLAUTS), name.replace("'", "").replace("\u2019", "")}:
        words = words_of(spelled)
        kept = [word for word in words if word not in _AND] or words
        joined = len(kept) < len(words) or "&" in spelled or "+" in spelled
        if kept and (len(kept) > 1 or len(kept[0]) > 1):
            capital = is_name and len(kept) == 1 and len(kept[0]) <= _LONG and spelled != spelled.lower()
            yield _Term(tuple(kept), client_id, joined=joined, dotted=". " in spelled, capital=capital)


def _of_account(account: Account, client: Client) -> Iterable[_Term]:
    handle = account.handle.strip().lstrip("@")
    name, _, server = handle.partition("@")
    if server:
        yield from _exact(handle, client.id)
    elif "." in handle:
        yield from _of_site(handle, client.id)
    words = words_of(name)
    if len(words) == 1 and len(words[0]) > 1:
        yield _Term((words[0],), client.id, sign="@")  # alone it may be any word: "@support@…"
    elif words and "." not in handle:
        yield from _exact(name, client.id)
    host = _host(account.server)
    stems = {name.casefold(), *(w for w in words_of(client.name) if len(w) > 3 and w not in _GENERIC)}
    if host and any(len(stem) > 3 and stem in host for stem in stems):  # a server of its own, not one that all share
        yield from _of_site(host, client.id)


def _of_site(site: str, client_id: str) -> Iterable[_Term]:
    host = _host(site)
    if "." in host:
        yield from _exact(host, client_id, site=True)


def _exact(text: str, client_id: str, *, site: bool = False) -> Iterable[_Term]:
    folded = fold(text)
    found = list(_WORD.finditer(folded))
    if found:
        gaps = tuple(folded[a.end() : b.start()] for a, b in pairwise(found))
        yield _Term(tuple(match[0] for match in found), client_id, gaps, site=site)


def _host(address: str) -> str:
    text = address.strip().casefold()
    try:
        host = urlsplit(text if "://" in text else f"//{text}").hostname or ""
    except ValueError:
        return ""
    return host.removeprefix("www.").strip(".")


def named(text: str, watched: Watched, *, own: str, said: Iterable[str] = ()) -> list[tuple[int, int, str]]:
    """Where `text`, written for the client `own`, names another: start, end and that client's name, in order.

    `said` is what the customer wrote and is called: their own words may be answered in kind.
    """
    if not watched.terms and not watched.pieces:
        return []
    folded = fold(text)
    places = _WORD.finditer(folded)
    spans = [match.span() for match in places]
    words = [folded[start:end] for start, end in spans]
    heard: str | None = None
    found: list[tuple[int, int, str]] = []
    terms, behind = watched.terms, 0
    for at, word in enumerate(words):
        if word not in terms or at < behind:
            continue
        for term in terms[word]:
            if term.client_id == own:
                continue
            last = _reaches(term, folded, words, spans, at)
            if last is None or _is_known(term.words, watched.own.get(own, "")):
                continue
            if heard is None:
                heard = f" {' '.join(chain.from_iterable(words_of(each) for each in said))} "
            start, end = _in_text(text, folded, spans[at][0]), _in_text(text, folded, spans[last][1])
            if _is_known(tuple(words[at : last + 1]), heard) or not _written_so(term, text, start, end, words, at):
                continue
            found.append((start, end, watched.names[term.client_id]))
            behind = last + 1
            break
    for piece, client_id in watched.pieces:
        start = folded.find(piece) if client_id != own else -1
        if start >= 0 and piece not in watched.own.get(own, "") and not any(piece in fold(each) for each in said):
            place = _in_text(text, folded, start), _in_text(text, folded, start + len(piece))
            if not any(place[0] < to and place[1] > at for at, to, _ in found):
                found.append((*place, watched.names[client_id]))
    return sorted(found)


def _reaches(term: _Term, folded: str, words: Sequence[str], spans: Sequence[tuple[int, int]], at: int) -> int | None:
    """The last word of `term` if it begins with the word `at`, else None."""
    start = spans[at][0]
    before = folded[start - 1] if start else ""
    if (term.sign and before != term.sign) or (term.site and before and before in "-_"):
        return None
    last = at
    for step, word in enumerate(term.words[1:]):
        here = last + 1
        if here < len(words) and term.joined and words[here] != word and words[here] in _AND:
            here += 1
        if here >= len(words) or words[here] != word:
            return None
        gap = folded[spans[last][1] : spans[here][0]]
        if term.gaps:
            if gap != term.gaps[step]:
                return None
        elif not _is_gap(gap, term, here - last > 1):
            return None
        last = here
    if term.site and folded[spans[last][1] : spans[last][1] + 1] == "@":
        return None
    return last


def _is_gap(gap: str, term: _Term, with_word: bool) -> bool:
    if gap == ". ":  # mostly the end of a sentence, which is no place inside a name
        return term.dotted
    return len(gap) <= 7 and all(sign in _BETWEEN or (with_word and sign.isalpha()) for sign in gap)


def _is_known(words: Sequence[str], known: str) -> bool:
    return f" {' '.join(words)} " in known


def _written_so(term: _Term, text: str, start: int, end: int, words: Sequence[str], at: int) -> bool:
    """A name that is a word as well counts only as a name: capitals as in it; alone, no article, inside a sentence."""
    if term.capital:
        return text[start].isupper() or (start > 0 and text[start - 1] in _OPENS)
    if not term.exact:
        return True
    if text[start:end] != term.exact or term.exact == term.exact.lower():
        return start > 0 and text[start - 1] in _OPENS
    if len(term.words) > 1:
        return True
    before = text[:start].rstrip(" \u00a0\"'“„«(")
    if not before or before[-1] in ".!?\n:;-\u2013\u2026":
        return False
    return words[at - 1] not in _ARTICLES


def _in_text(text: str, folded: str, place: int) -> int:
    """Where a place in the folded text is in `text`."""
    if len(text) == len(folded) and (text.isascii() or all(len(_letter(c)) == 1 for c in set(text))):
        return place
    reached = 0
    for at, letter in enumerate(text):
        if reached >= place and _letter(letter):
            return at
        reached += len(_letter(letter))
    return len(text)
