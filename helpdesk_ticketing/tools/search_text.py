"""How texts are prepared for full-text search: the same for what is kept and for what people type."""

import re

from .folded_char import fold

# PostgreSQL's dictionaries by language; it has none for the others, whose words are compared as they are.
LANGUAGES = """
    ar:arabic ca:catalan da:danish de:german el:greek en:english es:spanish eu:basque fi:finnish fr:french ga:irish hi:hindi
    hu:hungarian hy:armenian id:indonesian it:italian lt:lithuanian nb:norwegian ne:nepali nl:dutch nn:norwegian
    pt:portuguese ro:romanian ru:russian sr:serbian sv:swedish ta:tamil tr:turkish yi:yiddish
"""
DICTIONARIES = dict(pair.split(":") for pair in LANGUAGES.split())
WORD = re.compile(r"[^\W_]+")
# "wi-fi" and "e-mail" are one word, "técnico-comercial" is two.
SHORT_PREFIX = re.compile(r"\b(\w{1,3})-(?=\w)")
# Accents are taken away as people leave them out; the dictionary knows these endings with one only.
SPANISH_ENDING = re.compile(r"([cs])ion$")


def get_dictionary(lang):
    """Return the name of PostgreSQL's text search configuration for a language of Odoo's.

    >>> get_dictionary("es_MX"), get_dictionary("ja_JP"), get_dictionary("sr@latin")
    ('spanish', 'simple', 'serbian')
    """
    return DICTIONARIES.get(re.split(r"[_@]", lang or "")[0], "simple")


def split_words(text, dictionary):
    """Return the words of a text as they are searched, without accents, capital letters and signs.

    >>> split_words("¿Cómo reparo la wi-fi?", "spanish"), split_words("Instalación nº 7", "spanish")
    (['como', 'reparo', 'la', 'wifi'], ['instalación', 'no', '7'])
    """
    words = WORD.findall(SHORT_PREFIX.sub(r"\1", fold(text)))
    if dictionary == "spanish":
        words = [SPANISH_ENDING.sub(r"\1ión", word) for word in words]
    return words


def join_words(text, dictionary):
    """Return the text that PostgreSQL makes its index of.

    >>> join_words("E-mail: contraseña", "spanish")
    'email contrasena'
    """
    return " ".join(split_words(text, dictionary))
