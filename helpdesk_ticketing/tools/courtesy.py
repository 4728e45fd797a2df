"""Messages that only say thank you: they are no reason to open a solved ticket again."""

import re
import unicodedata

LONGEST = 14  # words; who writes more has something to say
# Words that a courtesy may consist of, without accents: Spanish, Catalan, English, French, Portuguese, Italian, German.
THANKS = frozenset(
    [
        "gracias",
        "graciaas",
        "agradecido",
        "agradecida",
        "agradecidos",
        "gracies",
        "merces",
        "thanks",
        "thank",
        "thx",
        "merci",
        "remercie",
        "obrigado",
        "obrigada",
        "grazie",
        "danke",
    ]
)
COURTESY = THANKS | frozenset(
    [
        "muchas",
        "mil",
        "muy",
        "amable",
        "amables",
        "todo",
        "perfecto",
        "perfect",
        "genial",
        "estupendo",
        "vale",
        "ok",
        "okay",
        "de",
        "acuerdo",
        "buenos",
        "buenas",
        "dias",
        "tardes",
        "noches",
        "hola",
        "saludos",
        "saludo",
        "un",
        "cordial",
        "cordiales",
        "cordialmente",
        "abrazo",
        "por",
        "la",
        "el",
        "su",
        "tu",
        "vuestra",
        "rapida",
        "ayuda",
        "rapidez",
        "atencion",
        "respuesta",
        "ya",
        "funciona",
        "solucionado",
        "resuelto",
        "resuelta",
        "bien",
        "excelente",
        "servicio",
        "trabajo",
        "moltes",
        "molt",
        "amables",
        "bon",
        "dia",
        "salutacions",
        "tot",
        "you",
        "very",
        "much",
        "so",
        "a",
        "lot",
        "many",
        "for",
        "your",
        "the",
        "quick",
        "help",
        "support",
        "reply",
        "it",
        "works",
        "now",
        "great",
        "excellent",
        "good",
        "job",
        "service",
        "hi",
        "hello",
        "dear",
        "best",
        "kind",
        "regards",
        "beaucoup",
        "bien",
        "cordialement",
        "bonjour",
        "parfait",
        "tout",
        "fonctionne",
        "muito",
        "bom",
        "grazie",
        "mille",
        "tutto",
        "bene",
        "vielen",
        "dank",
        "alles",
        "gut",
        "funktioniert",
        "und",
        "a",
        "y",
        "i",
        "and",
        "et",
        "e",
    ]
)
# Where a quoted message or a signature begins.
QUOTE = re.compile(
    r"^(>|--\s*$|_{5,}|-{3,}.*(original|mensaje|message)|(on|el|le|em|am|il) .{0,80}(wrote|escribi|ecrit|escreveu|schrieb|"
    r"ha scritto)|(from|de|von|da): )",
    re.IGNORECASE,
)


def is_thanks(text):
    """Tell whether a message is a courtesy and nothing else.

    :param str text: plain text, its quoted part and signature included

    >>> is_thanks("¡Muchas gracias! Ya funciona.")
    True
    >>> is_thanks("Gracias, pero sigue perdiendo agua")
    False
    >>> is_thanks("Perfecto.")
    False
    >>> is_thanks("Thanks!\\n\\nOn Monday, Elena wrote:\\n> It should work now, does it?")
    True
    """
    words = re.findall(r"\w+", fold(_own_text(text)))
    return 0 < len(words) <= LONGEST and not THANKS.isdisjoint(words) and COURTESY.issuperset(words)


def _own_text(text):
    """Return what was written above the quoted message and the signature."""
    lines = []
    for line in (text or "").splitlines():
        if QUOTE.match(fold(line.strip())):
            break
        lines.append(line)
    return "\n".join(lines)


def fold(text):
    """Return a text in lower case without accents."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter))
