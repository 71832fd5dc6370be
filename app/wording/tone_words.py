"""What tone is told by, in six languages: regular expressions over a text in small letters with straight apostrophes.

A space stands for any run of blanks. Sources: our own reading of replies; nothing here is a judgement on its own.
"""

from __future__ import annotations

# what one person may reproach another with, as opposed to what they were owed ("you should have received it")
_DONE_EN = (
    "(?:read|checked|known|told|called|asked|noticed|looked|contacted|come|written|said|ordered|done|paid|brought|kept"
    "|followed|informed|let|thought|used|chosen|booked|listened|cancelled|canceled|waited|paid|mentioned|reported"
    "|planned|been more|taken|made|missed|forgotten|entered|typed|given|misread|misunderstood|overlooked|clicked|lost"
    "|deleted|selected|confused|mixed|mistaken)"
)
_DONE_ES = (
    "(?:leído|mirado|avisado|llamado|preguntado|comprobado|revisado|sabido|dicho|hecho|venido|escrito|pedido|traído"
    "|reservado|consultado|pensado|cancelado)"
)
_DONE_PT = (
    "(?:lido|olhado|avisado|ligado|perguntado|verificado|conferido|sabido|dito|feito|vindo|escrito|pedido|trazido"
    "|reservado|consultado|pensado|cancelado)"
)
_DONE_IT = (
    "(?:leggere|guardare|avvisare|chiamare|chiedere|controllare|verificare|sapere|dire|fare|venire|scrivere|ordinare"
    "|portare|prenotare|consultare|pensare|cancellare|avvertire|informarsi)"
)

BLAME: dict[str, tuple[str, ...]] = {
    "en": (
        rf"you (?:really |clearly )?(?:should|ought to|could)(?: have|'ve| of) {_DONE_EN}\b(?! an?\b)",
        rf"you (?:must|may|might)(?: have|'ve)(?: simply| just| obviously)? {_DONE_EN}\b",
        r"(?:as|like) (?:i|we)(?: have|'ve)?(?: already| clearly| previously)? (?:said|told you|explained"
        r"|mentioned|wrote|stated)\b",
        r"as (?:already|previously|clearly) (?:said|explained|mentioned|stated|told)\b",
        r"(?<!not\x20)your (?:own )?(?:fault|mistake|error|problem)\b",
        r"(?:isn't|is not|wasn't|was not|not) (?:our|my) (?:fault|problem|mistake)\b",
        r"you (?:failed|forgot|neglected|refused) to\b",
        r"you (?:clearly|obviously) (?:did|have|are|were|do)",
        r"you (?:did not|didn't|haven't|have not) (?:bother|read|listen|pay attention|follow)",
        r"if you had (?:read|checked|told|asked|called|followed|listened|looked)\b",
        r"you(?: are|'re) (?:simply |just |clearly )?(?:wrong|mistaken|overreacting|exaggerating|lying)\b",
        r"as you should know\b",
        r"calm down\b",
    ),
    "de": (
        r"wie (?:ich|wir) (?:ihnen|dir|euch)? ?(?:bereits|schon|doch) (?:\w+ )?(?:gesagt|erwähnt|mitgeteilt|geschrieben"
        r"|erklärt)",
        r"wie (?:bereits|schon) (?:\w+ )?(?:gesagt|erwähnt|mitgeteilt|geschrieben|erklärt)",
        r"(?:ihre|deine|eure) (?:eigene )?schuld\b",
        r"selbst (?:dran )?schuld\b",
        r"(?:ihr|dein|euer) (?:eigener )?(?:fehler|problem|versäumnis)\b",
        r"nicht (?:unsere schuld|unser (?:fehler|problem))\b",
        r"(?:sie hätten|du hättest|ihr hättet|hätten sie|hättest du)\b(?![^.!?\n]{0,80}\b(?:erhalten|bekommen|gern|"
        r"gerne|verdient|erwart))[^.!?\n]{0,80}\b(?:sollen|müssen)\b",
        r"(?:sie müssen|du musst|sie werden|du wirst)\b[^.!?\n]{0,60}\b(?:übersehen|vergessen|verwechselt|überlesen"
        r"|vertippt|verlegt) (?:haben|hast)",
        r"(?:sie haben|du hast) (?:wohl|offenbar|offensichtlich|anscheinend|einfach)\b[^.!?\n]{0,60}\b(?:nicht"
        r"|übersehen|vergessen|verwechselt|falsch|überlesen)\b",
        r"beruhigen sie sich|beruhig dich",
    ),
    "fr": (
        r"(?:vous auriez|tu aurais) (?:bien )?(?:dû|pu) (?!recevoir|avoir|être)",
        r"comme (?:je|nous) (?:vous |te )?l?'?(?:ai|avons) (?:déjà |bien )?(?:dit|expliqué|mentionné|écrit|précisé)",
        r"comme (?:je|nous) (?:vous |te )?l'(?:ai|avons) (?:déjà )?(?:dit|expliqué|mentionné|écrit|précisé)",
        r"comme déjà (?:dit|indiqué|expliqué|mentionné|précisé)",
        r"(?:de )?(?:votre|ta) (?:propre )?faute\b",
        r"(?:votre|ton) (?:propre )?(?:erreur|problème à vous)\b",
        r"(?:pas|n'est pas) (?:de )?notre (?:faute|problème)\b",
        r"vous avez (?:dû|sans doute|sûrement|manifestement) (?:mal |oubli|confond|rat)",
        r"vous n'avez (?:manifestement |visiblement )?pas (?:lu|écouté|suivi|vérifié)\b",
        r"si vous aviez (?:lu|vérifié|appelé|demandé|suivi|écouté)\b",
        r"calmez-vous|calme-toi",
    ),
    "es": (
        rf"(?:deberías?|debería usted|debiste|debió|tendrías?|tendría|tenías?|tenía) (?:que )?haber(?:nos|lo|la)? "
        rf"{_DONE_ES}\b",
        r"como (?:ya )?(?:le|te|les|os) (?:he |hemos )?(?:dije|dijimos|dicho|comenté|comentamos|comentado|expliqué"
        r"|explicamos|explicado)",
        r"como ya (?:he|hemos) (?:dicho|comentado|explicado|mencionado)",
        r"(?:la )?culpa (?:es )?(?:suya|tuya|vuestra)\b|por (?:su|tu|vuestra) culpa\b|(?:es|fue) (?:su|tu) culpa\b",
        r"(?:es|fue|ha sido) (?:un )?(?:su|tu) (?:error|problema)\b|error (?:suyo|tuyo)\b",
        r"no es (?:nuestra culpa|nuestro (?:problema|error)|culpa nuestra)\b",
        r"si (?:hubiera|hubiese|hubieras|hubieses) (?:leído|mirado|avisado|llamado|preguntado|comprobado)\b",
        r"(?:usted|tú) (?:no )?(?:ha|has) (?:olvidado|leído mal|entendido mal)\b",
        r"cálmese|cálmate",
    ),
    "pt": (
        rf"(?:você |o senhor |a senhora )?(?:deveria|devia|deverias|devias) ter(?:-nos)? {_DONE_PT}\b",
        r"como (?:eu )?já (?:lhe |te |vos |o |a )?(?:disse|dissemos|expliquei|explicamos|explicámos|mencionei"
        r"|mencionamos|informei|informamos)",
        r"como já (?:foi )?(?:dito|explicado|mencionado|informado)",
        r"culpa (?:é )?(?:sua|tua|vossa)\b|por (?:sua|tua) culpa\b|(?:é|foi) (?:sua|tua) culpa\b",
        r"(?:erro|problema) (?:seu|teu)\b|(?:é|foi) (?:um )?(?:seu|teu) (?:erro|problema)\b",
        r"não é (?:nossa culpa|culpa nossa|(?:nosso|problema) (?:problema|erro|nosso))\b",
        r"se (?:você )?tivesse (?:lido|olhado|avisado|ligado|perguntado|verificado)\b",
        r"(?:você )?não leu\b|você (?:esqueceu|se esqueceu) de\b",
        r"acalme-se|calma aí",
    ),
    "it": (
        rf"(?:avrebbe|avresti|avreste) (?:dovuto|potuto) {_DONE_IT}\b",
        r"come (?:le |ti |vi |già )?(?:già )?(?:ho|abbiamo) (?:già )?(?:detto|spiegato|scritto|menzionato|comunicato)",
        r"come già (?:detto|spiegato|scritto|menzionato|comunicato)",
        r"colpa (?:sua|tua|vostra)\b|(?:è|per) (?:sua|tua|vostra) colpa\b",
        r"(?:errore|problema) (?:suo|tuo|vostro)\b|(?:un )?(?:suo|tuo) (?:errore|problema)\b",
        r"non è (?:colpa nostra|(?:un )?(?:nostro (?:problema|errore)|problema nostro))\b",
        r"se (?:avesse|avessi|aveste) (?:letto|guardato|avvisato|chiamato|chiesto|controllato)\b",
        r"(?:lei )?non ha letto\b|si è dimenticat[oa] di\b",
        r"si calmi\b|calmati\b",
    ),
}

# all languages at once: one word of regret in any of them is enough
APOLOGY = (
    r"sorry|apolog|regret|forgive|our (?:fault|mistake|bad)|should(?:n't| not) have happened"
    r"|entschuldig|(?:tut|tat|täte) (?:es )?(?:mir|uns)|(?:mir|uns) (?:\w+ )?(?:leid|tut)|leid tut|verzeih|bedauer"
    r"|unser fehler|unsere schuld|pardon|desol|désol|excus|navré|regrett|notre faute|notre erreur"
    r"|perd[oó]n|disculp|lament|lo siento|sentimos|nuestra culpa|nuestro error"
    r"|desculp|perdão|perdo|sinto muito|pesar|nossa culpa|nossa falha|nosso erro"
    r"|scus|dispiac|spiacent|rammaric|colpa nostra|nostro errore"
)

# what leaves somebody to guess when
VAGUE: dict[str, tuple[str, ...]] = {
    "en": (
        r"(?:very |really )?soon\b(?! as)", r"shortly\b", r"as (?:soon|quickly|fast) as (?:possible|we can|i can)\b",
        r"asap\b", r"in due course\b", r"in the near future\b", r"at (?:our|my) earliest convenience\b",
        r"get back to you\b", r"be in touch\b", r"let you know\b",
    ),
    "de": (
        r"(?:sehr )?bald\b", r"demnächst\b", r"in kürze\b", r"so (?:schnell|bald|rasch) (?:es geht|wie möglich)",
        r"schnellstmöglich\w*", r"baldmöglichst\w*", r"zeitnah\w*", r"umgehend\b", r"melden (?:wir )?uns\b",
        r"(?:melde|melden) (?:ich )?mich\b",
    ),
    "fr": (
        r"(?:très )?bientôt\b", r"prochainement\b", r"sous peu\b", r"dès que possible\b", r"au plus vite\b",
        r"dans les (?:plus brefs|meilleurs) délais\b", r"le plus (?:vite|rapidement|tôt) possible\b",
        r"reviendr(?:ai|ons) vers vous\b", r"recontacter(?:ai|ons)\b",
    ),
    "es": (
        r"(?:muy )?pronto\b", r"en breve\b", r"cuanto antes\b", r"lo antes posible\b",
        r"lo más (?:pronto|rápido) posible\b",
        r"a la (?:mayor )?brevedad(?: posible)?\b", r"próximamente\b",
        r"(?:le|te|les|os) (?:contactaremos|avisaremos)\b",
        r"nos pondremos en contacto\b",
    ),
    "pt": (
        r"(?:muito )?em breve\b", r"brevemente\b", r"o mais (?:rápido|breve|cedo) possível\b", r"o quanto antes\b",
        r"assim que possível\b", r"logo que possível\b", r"entraremos em con?tac?to\b", r"logo mais\b",
    ),
    "it": (
        r"(?:molto )?presto\b", r"a breve\b", r"al più presto\b", r"il prima possibile\b", r"quanto prima\b",
        r"prossimamente\b", r"appena possibile\b", r"(?:la|ti|vi) (?:ricontatteremo|contatteremo|faremo sapere)\b",
        r"le faremo sapere\b",
    ),
}  # fmt: skip

# a sentence promises only if we are the ones who act, or they the ones who get
PROMISING: dict[str, str] = {
    "en": r"\b(?:we|i|they|it|he|she|you|someone|somebody|team|colleague\w*|manager|order|refund|parcel|package|reply"
    r"|answer)(?:'ll|'re| will| shall| are going to| am going to| is going to| should| can)\b|\bwill (?:be|get)\b"
    r"|\bi'll\b|\bi'm\b",
    "de": r"\b(?:wir|ich|wird|werden|werde|sie (?:erhalten|bekommen|hören)|du (?:erhältst|bekommst|hörst)|melden|melde"
    r"|kommt|kommen)\b",
    "fr": r"\b(?:nous|on|je|j'|vous (?:recevrez|aurez)|sera|seront|tu (?:recevras|auras)|reviendr\w+|recontacter\w+)",
    "es": r"\b\w+(?:remos|ré|rá|rán|rás|réis)\b|\b(?:vamos|voy) a\b|\bestamos\b",
    "pt": r"\b\w+(?:remos|rei|rá|rão)\b|\b(?:vamos|vou|irá|iremos)\b|\bestamos\b",
    "it": r"\b\w+(?:remo|erò|arò|irò|erà|arà|irà|eranno|aranno)\b|\b(?:stiamo|sto)\b",
}

# good wishes, farewells and promises that are being kept, which promise nothing
WISHES: dict[str, str] = {
    "en": r"as promised|see you|seeing you|see (?:\w+ ){0,3}soon|welcom|visit|look(?:ing)? forward|hope|feel better"
    r"|get well"
    r"|come (?:back|by|again)|back soon|have you (?:back|with us)|serve you|talk soon|speak soon"
    r"|(?:please|can|could|to|just|if) (?:you )?(?:let (?:us|me)|get back to us)",
    "de": r"wie versprochen|bis bald|auf bald|hoffen|hoffentlich|freuen|wiedersehen|begrüßen|besuch"
    r"|gute besserung|willkommen"
    r"|(?:bitte|sie|du|gern|gerne|wenn) (?:sie |du )?(?:\w+ ){0,2}(?:melde|melden)",
    "fr": r"comme promis|à (?:très )?bientôt|espér|plaisir|hâte|visite|accueillir|revoir|bon rétablissement",
    "es": r"como (?:prometimos|prometido)|hasta pronto|esper|vernos|verte|verle|visita"
    r"|recib\w+ (?:de nuevo|otra vez)|mejor|ganas",
    "pt": r"como prometido|até (?:muito )?(?:breve|logo)|esper|ver-nos|vê-l|te ver|visita|recebê|melhoras",
    "it": r"come promesso|a presto|arrivederci|speriamo|spero|rivedere|rivederla|visita|accogliere|guarisca",
}

_UNITS = (
    r"(?:minutes?|mins?|hours?|hrs?|days?|weeks?|months?|minuten?|stunden?|std|tag|tage|tagen|wochen?|monate?n?|werktag\w*"
    r"|business|working|heures?|jours?|semaines?|mois|horas?|minutos?|días?|dias?|semanas?|mes(?:es)?|úteis|ore|ora"
    r"|minuti|giorn[oi]|settiman[ae]|mes[ei]|h|uhr)"
)
_COUNT = (
    r"(?:\d+|an?|one|two|three|four|five|six|seven|ten|few|einer?|einem|zwei|drei|vier|fünf|sieben|zehn|une?|deux|trois"
    r"|quatre|cinq|sept|dix|un[ao]?|dos|tres|cuatro|cinco|siete|diez|um|dois|duas|três|quatro|sete|dez|un'|due|tre"
    r"|quattro|cinque|sette|dieci|next|nächsten?)"
)
# a time, in all languages at once
TIME = (
    rf"\b{_COUNT}(?:\s?(?:-|\u2013|to|bis|à|a|o|or|oder|ou)\s?\d+)?[\s-]?(?:more |business |working |full )?"
    rf"{_UNITS}\b"
    r"|\b\d{1,2}[:.h]\d{2}\b|\b\d{1,2}\s?(?:am|pm|a\.m|p\.m|uhr|h|o'clock)\b|\b\d{1,2}[./]\d{1,2}\b"
    r"|\b\d{1,2}(?:st|nd|rd|th)\b|\b(?:(?:mon|tues|wednes|thurs|fri|satur|sun)day|today|tonight|tomorrow"
    r"|this (?:morning|afternoon|evening|week|month)|next (?:week|month)|right (?:now|away)|now|immediately|end of|noon"
    r"|midnight|by the end|within (?:the|an?)|overnight)\b"
    r"|\b(?:montag|dienstag|mittwoch|donnerstag|freitag|samstag|sonnabend|sonntag|heute|morgen|übermorgen|sofort|jetzt"
    r"|ende der|diese[rn]? woche|nächste[rn]? woche|mittags?|abends?|innerhalb|gerade)\b"
    r"|\b(?:lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche|aujourd'hui|demain|ce (?:matin|soir)|cet après-midi"
    r"|cette semaine|semaine prochaine|tout de suite|immédiatement|maintenant|midi|minuit)\b"
    r"|\b(?:lunes|martes|miércoles|jueves|viernes|sábado|domingo|hoy|mañana|esta (?:tarde|noche|semana)|ahora|enseguida"
    r"|inmediatamente|próxima semana|mediodía)\b"
    r"|\b(?:segunda|terça|quarta|quinta|sexta)(?:-feira)?\b|\b(?:hoje|amanhã|esta (?:tarde|noite|semana)|agora"
    r"|imediatamente|semana que vem|meio-dia)\b"
    r"|\b(?:lunedì|martedì|mercoledì|giovedì|venerdì|sabato|domenica|oggi|domani|stasera|stamattina|subito|adesso"
    r"|questa settimana|settimana prossima|mezzogiorno)\b"
    r"|\b(?:january|february|march|april|june|july|august|september|october|november|december|januar|februar|märz|mai"
    r"|juni|juli|oktober|dezember|janvier|février|avril|juin|juillet|août|septembre|octobre|novembre|décembre|enero"
    r"|febrero|marzo|abril|mayo|junio|julio|agosto|septiembre|octubre|noviembre|diciembre|janeiro|fevereiro|março|maio"
    r"|junho|julho|setembro|outubro|novembro|dezembro|gennaio|febbraio|aprile|maggio|giugno|luglio|settembre|ottobre"
    r"|dicembre)\b"
)

# words that shout although they are short
_SHOUTED = """
    never always please sorry stop must very really only again read wait what nothing nobody
    nicht nein immer bitte niemals warum lesen nichts sofort jamais toujours encore rien vous lire
    nunca siempre favor nada nadie leer jamás sempre leia ninguém mai niente leggere
"""
SHOUTED = frozenset(_SHOUTED.split())
_ACRONYMS = """
    GDPR DSGVO RGPD IBAN SEPA ASAP HTTP HTTPS HTML COVID NATO UNESCO UNICEF SWIFT PAYPAL IKEA LEGO VISA AMEX NASA
    AGBS AGB CCPA HACCP BAFIN TÜV MWST UST USTID SIRET SIREN IVA NIF CIF CPF CNPJ FAQS USB LEDS WLAN WIFI JPEG XLSX
    DOCX KLARNA HERMES DHL GLS UPS FEDEX CEST OEKO GOTS FSC PETA INFO
"""
ACRONYMS = frozenset(_ACRONYMS.split())
CODES = r"\b(?:codes?|coupon|voucher|gutschein\w*|rabattcode|código|codigo|codice|cupón|cupom|promo)\W{1,4}$"

GREETINGS = (
    r"hi|hello|hey|dear|good (?:morning|afternoon|evening|day)|thank you|thanks|sorry"
    r"|hallo|liebe|lieber|guten (?:tag|morgen|abend)|servus|moin|grüß (?:gott|dich)|sehr geehrte[r]?|danke"
    r"|bonjour|bonsoir|salut|chère|cher|coucou|merci"
    r"|hola|estimad[oa]|querid[oa]|buenos días|buenas (?:tardes|noches)|gracias"
    r"|olá|ola|oi|prezad[oa]|car[oa]|bom dia|boa (?:tarde|noite)|obrigad[oa]"
    r"|ciao|salve|gentile|gentilissim[oa]|buongiorno|buonasera|grazie"
)
TITLES = r"mr|mrs|ms|miss|dr|herr|frau|monsieur|madame|m|mme|señora?|sra?|don|doña|senhora?|signora?|signor|sig|dott"
# stand where a name could
_NO_NAMES = """
    there all everyone everybody team folks again friend friends guys sir madam and for to so very much you that we our
    about zusammen alle ihr team nochmal und für dass sehr wir à tous toutes tout monsieur madame et pour de que nous a
    todos todas equipo y por muchas buenos pessoal todos equipe por muito e pela pelo tutti team per della di che mille
    tante
"""
NO_NAMES = frozenset(_NO_NAMES.split())
