"""What may be hidden from others: spam, abuse, and somebody's personal data. Never criticism.

Abuse here is a threat, or a gross insult thrown at somebody; "your bread is garbage" is neither. The lists are
short on purpose: what is not on them is answered, which is the rule of the house.
"""

from __future__ import annotations

import re
from functools import cache

from app.rules import fold

SPAM, ABUSE, PERSONAL = "spam", "abuse", "personal_data"
REASONS = (SPAM, ABUSE, PERSONAL)

_MAIL = re.compile(r"(?<![\w.+-])[\w.+-]+@[\w-]+(?:\.[\w-]+)*\.[a-z]{2,}(?![\w-])", re.IGNORECASE)
_PHONE = re.compile(
    r"(?<![\w#])(?<!\d )(?:\+|00)\d{1,3}[\s()/.-]*(?:\d[\s()/.-]*){6,12}(?!\w)"
    r"|(?<![\w#-])(?<!\d )0\d(?:[\s()/.-]?\d){7,11}(?![\w-])"
)
_LETTERS = str.maketrans({"ä": "a", "ö": "o", "ü": "u", "ß": "ss", "\u2019": "'"})
_IBAN = re.compile(r"(?<!\w)[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){3,7}(?: ?[A-Z0-9]{1,3})?(?!\w)")
_CARD = re.compile(r"(?<![\w-])(?:\d[ -]?){12,18}\d(?![\w-])")

# as `fold` writes them, blanks for any run of blanks: who is spoken to, what they are called, and what needs neither
_LISTS: tuple[tuple[str, str, str], ...] = (
    (
        "you|you are|you're|u are|your all",
        "idiots? morons? scum cunts? whores? bitch(?:es)? bastards? assholes? arseholes? retards? vermin parasites?",
        "kill yourself|hang yourself|drop dead|fuck you|fuck off|kys|i hope you die"
        "|(?:i|we)(?:'ll| will| am going to|'m going to) (?:kill|hurt|stab|shoot|beat|find) (?:you|u)",
    ),
    (
        "du|ihr|sie sind|du bist|ihr seid",
        "idiot(?:en)? arschloch(?:er)? hurensohne? schlampen? wichser drecksau missgeburt(?:en)? abschaum schweine",
        "verpisst? (?:dich|euch)|fick(?:t)? (?:dich|euch)|(?:ich|wir) bringe?n? (?:dich|euch) um"
        "|(?:ich|wir) werden? (?:dich|euch) (?:umbringen|finden|verprugeln|abstechen)",
    ),
    (
        "vous etes|tu es|t'es|bande de|espece de|espece d'",
        "connards? connasses? salopes? salauds? encules? ordures? batards? putes?",
        "va te faire (?:foutre|enculer)|allez vous faire foutre|nique ta mere"
        "|(?:je vais|on va) (?:te|vous) (?:tuer|buter|frapper|crever)",
    ),
    (
        "sois|eres|son|panda de",
        "gilipollas cabron(?:es)? imbeciles? putas? escoria",
        "hijos? de puta|vete a la mierda|iros a la mierda|(?:te|os) voy a (?:matar|pegar|rajar)|ojala te mueras",
    ),
    (
        "voce e|voces sao|es|sao|seus?|bando de",
        "cabrao cabroes idiotas? imbecil imbecis otarios? arrombados? putas? escoria",
        "filhos? da puta|vai (?:te|se) foder|vai tomar no cu|vou (?:te|vos) (?:matar|bater|quebrar)|tomara que morra",
    ),
    (
        "siete|sei|sono|branco di",
        "stronz[ioae] bastard[ioae] idiot[ia] troie? merde feccia coglion[ei]",
        "figli[o]? di puttana|vaffanculo|andate a fanculo|(?:ti|vi) (?:ammazzo|uccido|spacco)|spero che (?:tu )?muoia",
    ),
)


@cache
def _insult() -> re.Pattern[str]:
    found = []
    for spoken_to, called, whole in _LISTS:
        # a word or two may stand between: "you are all such idiots"
        found.append(rf"(?:{spoken_to})(?: [\w']+){{0,3}} (?:{called.replace(' ', '|')})|{whole}")
    return re.compile(rf"(?<!\w)(?:{'|'.join(found)})(?!\w)")


def abusive(text: str) -> bool:
    """A threat, or a gross insult thrown at somebody, in six languages."""
    plain = re.sub(r"\s+", " ", fold(text).translate(_LETTERS))
    return _insult().search(plain) is not None


def _luhn(digits: str) -> bool:
    """Whether the last digit checks the others, ISO/IEC 7812-1."""
    total = 0
    for n, digit in enumerate(reversed(digits)):
        number = int(digit) * (1 + n % 2)
        total += number - 9 if number > 9 else number
    return total % 10 == 0


def _iban(text: str) -> bool:
    """ISO 13616: moved and read as a number, it leaves 1 over 97."""
    plain = text.replace(" ", "")
    return int("".join(str(int(sign, 36)) for sign in plain[4:] + plain[:4])) % 97 == 1


def personal(text: str) -> bool:
    """A phone number, an address for mail, an account or a card: what nobody else should read."""
    if _MAIL.search(text) or _PHONE.search(text):
        return True
    if any(_iban(found[0]) for found in _IBAN.finditer(text)):
        return True
    return any(_luhn(re.sub(r"\D", "", found[0])) for found in _CARD.finditer(text))


def may_hide(text: str, mood: str, noise: bool) -> tuple[str, ...]:
    """The reasons for which a message may be hidden. Criticism has none: it is answered.

    `noise`: triage or a person says that it is spam. What complains of nothing may be called spam by the person who
    reads it, since no list knows every trick.
    """
    found = []
    if noise or mood != "negative":
        found.append(SPAM)
    if abusive(text):
        found.append(ABUSE)
    if personal(text):
        found.append(PERSONAL)
    return tuple(found)
