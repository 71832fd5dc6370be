"""Asking a happy customer for a review, or for leave to quote them; and hearing a yes or a no. Six languages.

The texts offer nothing in return, ask for no stars and for no kind words: platforms forbid that, and so do laws.
"""

from __future__ import annotations

import re
from functools import lru_cache

from app.text import all_links
from app.wording.promise import fold

REVIEW, QUOTE = "review", "quote"
TEXTS: dict[str, dict[str, str]] = {
    "en": {
        REVIEW: "Thank you, that means a lot to us. If you have a minute, you can tell others about your visit here:"
        " {link}",
        QUOTE: "Thank you, that means a lot to us. May we quote your words, with your name? A short yes is enough,"
        " and a no is fine too.",
    },
    "de": {
        REVIEW: "Vielen Dank, das bedeutet uns viel. Wenn Sie einen Moment haben, können Sie hier anderen von Ihrer"
        " Erfahrung berichten: {link}",
        QUOTE: "Vielen Dank, das bedeutet uns viel. Dürfen wir Ihre Worte mit Ihrem Namen zitieren? Ein kurzes Ja"
        " genügt, und ein Nein ist auch in Ordnung.",
    },
    "fr": {
        REVIEW: "Merci, cela nous touche beaucoup. Si vous avez une minute, vous pouvez partager votre expérience"
        " ici : {link}",
        QUOTE: "Merci, cela nous touche beaucoup. Pouvons-nous citer vos mots, avec votre nom ? Un simple oui"
        " suffit, et un non nous va aussi.",
    },
    "es": {
        REVIEW: "Gracias, significa mucho para nosotros. Si tiene un minuto, puede contar su experiencia aquí: {link}",
        QUOTE: "Gracias, significa mucho para nosotros. ¿Podemos citar sus palabras, con su nombre? Basta con un sí,"
        " y un no también está bien.",
    },
    "pt": {
        REVIEW: "Obrigado, isso significa muito para nós. Se tiver um minuto, pode contar a sua experiência aqui:"
        " {link}",
        QUOTE: "Obrigado, isso significa muito para nós. Podemos citar as suas palavras, com o seu nome? Basta um"
        " sim, e um não também está bem.",
    },
    "it": {
        REVIEW: "Grazie, per noi significa molto. Se ha un minuto, può raccontare la sua esperienza qui: {link}",
        QUOTE: "Grazie, per noi significa molto. Possiamo citare le sue parole, con il suo nome? Basta un sì, e va"
        " bene anche un no.",
    },
}  # fmt: skip

_YES = (
    r"yes|yeah|yep|yup|sure|of course|go ahead|feel free|please do|absolutely|certainly|gladly|happy to|no problem"
    r"|ja|jawohl|klar|gern|gerne|naturlich|natuerlich|selbstverstandlich|selbstverstaendlich|sicher|kein problem"
    r"|oui|bien sur|avec plaisir|volontiers|pas de probleme|pas de souci|d'accord|allez-y"
    r"|si|claro|por supuesto|adelante|sin problema|de acuerdo|encantad[oa]|con gusto"
    r"|sim|com certeza|com prazer|sem problemas?|a vontade|podem sim|pode sim|claro que sim"
    r"|certo|certamente|volentieri|va bene|nessun problema|fate pure|con piacere|ok|okay"
)
_NO = (
    r"no|nope|no thanks|please don't|please do not|rather not|i'd rather not|nein|lieber nicht|bitte"
    r" nicht|non|plutot pas"
    r"|je prefere que non|mejor no|prefiero que no|nao|prefiro que nao|melhor nao|meglio di no|preferisco di no"
)
_BUT = (
    r"not|\w+n't|no|but|only|without|if|aber|nicht|kein\w*|nur|ohne|wenn|mais|pas|sans|seulement|pero|sin|solo|mas|nao|sem"
    r"|apenas|ma|non|senza|solamente"
)

_QUOTING = re.compile(r"(?<!\w)(?:quot|zitier|zitat|cit(?:er|ez|e|ar|amos|are|azione|ation|a)(?!\w))")


@lru_cache(maxsize=1)
def _patterns() -> tuple[re.Pattern[str], re.Pattern[str], re.Pattern[str]]:
    opening = r"\W*(?:(?:oh|ah|hi|hello|hallo|hola|bonjour|ciao|ola|thanks|thank you|danke|merci|gracias|grazie)\W+)*"
    return (
        re.compile(rf"{opening}(?:{_YES})(?!\w)"),
        re.compile(rf"{opening}(?:{_NO})(?!\w)"),
        re.compile(rf"(?<!\w)(?:{_BUT})(?!\w)"),
    )


def ask(kind: str, language: str, link: str = "") -> str:
    """The text that asks, in the language of the message if it is one of the six, else in English."""
    texts = TEXTS.get(language.partition("-")[0].lower(), TEXTS["en"])
    return texts[kind].replace("{link}", link).strip()


def asks(kind: str, text: str) -> bool:
    """Whether a text that was made by `ask`, and perhaps rewritten since, still asks for that.

    In doubt it does: who may have been asked is not asked again.
    """
    if kind == REVIEW:
        return bool(all_links(text))
    return "?" in text or _QUOTING.search(fold(text)) is not None


def answer(text: str) -> str:
    """ "yes" or "no" as far as the first words tell, "" where they do not, or where there is a but."""
    yes, no, but = _patterns()
    folded = fold(text[:500])
    found = yes.match(folded)
    if found is not None:
        return "" if "?" in folded or but.search(folded, found.end()) else "yes"
    return "no" if no.match(folded) else ""
