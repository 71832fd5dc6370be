"""What makes a promise none: words of refusal, doubt, condition and the past, in six languages.

Small letters without accents, alternatives of a pattern.
"""

from __future__ import annotations

# what makes it no promise, between its first and its last word, before it in the same clause, or close behind it
BUT: dict[str, str] = {
    "en": r"not|\w+n't|never|cannot|unable|neither|nor|unless|whether|would|could|might|can|should|if|nothing|nobody"
    r"|maybe",
    "de": r"nicht|kein\w*|nie|niemals|nichts|konn\w+|koenn\w+|kann|wurden?|wuerden?|mocht\w+|moecht\w+|will|wollen"
    r"|wollten"
    r"|soll\w*|durf\w+|duerf\w+|muss\w*|mussen|haben wir|habe ich|wir haben|ich habe|hatt\w+|haett\w+|ohne|weder"
    r"|falls|wenn|ob",
    "fr": r"pas|jamais|rien|aucune?|ne|n'\w+|pouvons|peut|peux|pouvez|pourri\w+|pourra\w*|voudri\w+|aimeri\w+|si|sauf"
    r"|devri\w+|sans",
    "es": r"no|nunca|jamas|ningun\w*|nada|tampoco|podemos|puedo|podri\w+|podr\w+|si|sin|hemos|habiamos|quisi\w+"
    r"|querri\w+|salvo|ni|nao|nem",
    "pt": r"nao|nunca|jamais|nenhum\w*|nada|nem|podemos|posso|poderi\w+|podera\w*|se|sem|caso|gostari\w+|temos|tivemos",
    "it": r"non|mai|nessun\w*|niente|nulla|possiamo|posso|potremmo|potrei|potr\w+|se|senza|abbiamo|vorremmo|qualora",
}
# verbs that say the same of today and of yesterday
PAST: dict[str, str] = {
    "es": r"ayer|anteayer|anoche|ya|pasad[oa]|ontem|ja",
    "pt": r"ontem|anteontem|ja|passad[oa]|ayer|ya",
}
PAST_VERB = r"\w+(?:a|(?<!r)e|i)mos"
IF: dict[str, str] = {  # a sentence that opens so promises nothing yet
    "en": r"if", "de": r"wenn|falls|sofern", "fr": r"si|s'il|s'ils", "es": r"si|se \w+r", "pt": r"se"
    r"|caso", "it": r"se|qualora",
}  # fmt: skip
AFTER: dict[str, str] = {  # of `BUT`, what counts behind the promise too
    "en": r"not|\w+n't|never|unless|if|nothing|nobody",
    "de": r"nicht|kein\w*|nie|niemals|nichts|falls|wenn|wurden?|wuerden?|konnen|koennen|konnten|haben|hatten",
    "fr": r"pas|jamais|rien|si|sauf",
    "es": r"no|nunca|nada|si|salvo",
    "pt": r"nao|nunca|nada|se|caso",
    "it": r"non|mai|niente|nulla|se|qualora",
}
# where a clause ends without a comma
JOIN = (
    r"but|and|so|then|aber|und|sondern|daher|deshalb|also|denn|mais|et|donc|alors|pero|y|asi que|mas|e|por isso"
    r"|portanto|ma|quindi|percio|that"
)
