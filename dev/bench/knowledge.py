"""Cases of the suggestion of articles, beside a plain `ilike` for the words of the question on title and text."""

from documents import WORDS
from measure import Case, Side

from odoo.tools import SQL

ARTICLES = 5000
LANGS = {"en_US": "english", "es_ES": "spanish"}
# What is typed: (what it is, the question, the words that `ilike` looks for).
QUESTIONS = (
    ("a subject", "the pump of the heating has no pressure", ["pump", "heating", "pressure"]),
    ("typing errors", "the termostat of the boyler does not aswer", ["termostat", "boyler", "aswer"]),
    ("a rare word", "article4321", ["article4321"]),
)


def insert(env):
    """Insert articles of 60 words in two languages, with what is searched of them."""
    values = {"words": WORDS, "count": ARTICLES, "langs": list(LANGS), "configs": list(LANGS.values())}
    # Of each text, three words in the title and eight of the others are common ones, the rest is rarer.
    env.cr.execute(
        """
        CREATE TEMP TABLE bench_article AS
        SELECT n, (SELECT string_agg((%(words)s::text[])[1 + abs(hashint4(n * 64 + k)) %% 30], ' ')
                     FROM generate_series(61, 63) AS k) || ' article' || n AS title,
               (SELECT string_agg((%(words)s::text[])[1 + abs(hashint4(n * 64 + k)) %% 30]
                                  || CASE WHEN k > 8 THEN (abs(hashint4(n + k * 6007)) %% 200)::text ELSE '' END, ' ')
                  FROM generate_series(1, 60) AS k) AS text
          FROM generate_series(1, %(count)s) AS n
        """,
        values,
    )
    env.cr.execute(
        """
        INSERT INTO ticketing_article (name, body, state, active, sequence, helpful_count, unhelpful_count, solved_count,
               create_uid, write_uid, create_date, write_date)
        SELECT jsonb_build_object('en_US', title, 'es_ES', title),
               jsonb_build_object('en_US', '<p>' || text || '</p>', 'es_ES', '<p>' || text || '</p>'),
               'published', TRUE, 10, 0, 0, 0, 1, 1, now(), now()
          FROM bench_article ORDER BY n
        """
    )
    env.cr.execute(
        """
        INSERT INTO ticketing_article_text (article_id, lang, config, title, excerpt, title_words, body_words, indexed_on)
        SELECT article.id, lang, config::regconfig, title, left(text, 160), title, text, now()
          FROM bench_article JOIN ticketing_article article ON article.name->>'en_US' = title
         CROSS JOIN unnest(%(langs)s, %(configs)s) AS spoken (lang, config)
        """,
        values,
    )
    env["ticketing.article"]._count_words(SQL("SELECT config, vector FROM ticketing_article_text"), 1)
    env.cr.execute("DROP TABLE bench_article")
    env.cr.execute("ANALYZE ticketing_article, ticketing_article_text, ticketing_article_word")


def cases(env, world):
    """Return the cases of suggestions, as a customer's keystroke asks for them."""
    return [_case(*question, world) for question in QUESTIONS]


def _case(name, question, words, world):
    def suggest(env, prepared):
        env["ticketing.article"]._suggest(question, "en_US")

    def contain(env, prepared):
        articles = env["ticketing.article"].with_context(lang="en_US")
        domain = ["|"] * (2 * len(words) - 1) + [(field, "ilike", word) for word in words for field in ("name", "body")]
        articles.search_fetch(domain, ["name", "summary"], limit=5)

    return Case(f"suggest articles: {name}", Side(suggest, world.agent), Side(contain, world.agent), 1.0, 3)
