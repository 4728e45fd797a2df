from odoo.tests import TransactionCase, tagged
from odoo.tools import SQL

ARTICLES = 5000
WORDS = "boiler pump valve leak pressure alarm meter thermostat pipe router printer invoice filter sensor motor belt door lift"


@tagged("post_install", "-at_install")
class TestArticleSpeed(TransactionCase):
    """Searching five thousand articles: a few statements, answered by indexes."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        words = WORDS.split()
        cls.env.cr.execute(
            SQL(
                """
                WITH made AS (
                    INSERT INTO ticketing_article (name, body, state, active, sequence, create_uid, write_uid, create_date,
                           write_date)
                    SELECT jsonb_build_object('en_US', (%(words)s::text[])[1 + n %% 18] || ' ' || 'model' || n %% 997),
                           jsonb_build_object('en_US', '<p>unit' || n || '</p>'), 'published', TRUE, 10, 1, 1, now(), now()
                      FROM generate_series(1, %(count)s) AS n RETURNING id, name->>'en_US' AS name
                ), texts AS (
                    INSERT INTO ticketing_article_text (article_id, lang, config, title, title_words, body_words, indexed_on)
                    SELECT id, 'en_US', 'english', name, name, 'the unit' || id || ' of the ' || name, now() FROM made
                    RETURNING config, vector
                )
                INSERT INTO ticketing_article_word (config, word, count)
                SELECT config::text, word, count(*) FROM texts, unnest(tsvector_to_array(vector) || ARRAY['']) AS word
                 GROUP BY 1, 2 ON CONFLICT (config, word) DO UPDATE SET count = excluded.count
                """,
                words=words,
                count=ARTICLES,
            )
        )
        cls.env.cr.execute("ANALYZE ticketing_article, ticketing_article_text, ticketing_article_word")
        cls.articles = cls.env["ticketing.article"].with_user(cls.env.ref("base.user_admin"))

    def _explain(self, text):
        """Search, and return the plans of the statements that did it."""
        plans = []
        query = self.env.cr.__class__.execute

        def explain(cursor, statement, params=None, **kwargs):
            code = statement.code if isinstance(statement, SQL) else statement
            if "ticketing_article" in code and code.lstrip().startswith(("SELECT", "WITH")):
                explained = SQL("EXPLAIN %s", statement) if isinstance(statement, SQL) else statement
                query(cursor, explained)
                plans.append("\n".join(row[0] for row in cursor.fetchall()))
            return query(cursor, statement, params, **kwargs)

        self.patch(type(self.env.cr), "execute", explain)
        found = self.articles._suggest(text, "en_US")
        return found, plans

    def test_statements(self):
        self.articles._suggest("boiler model18", "en_US")
        with self.assertQueryCount(2):
            found = self.articles._suggest("my boylers of model18", "en_US")
        self.assertEqual(found[0]["title"], "boiler model18")

    def test_indexes(self):
        found, plans = self._explain("valv of model77 leeking")
        self.assertTrue(found)
        self.assertEqual(len(plans), 2)
        lexicon, search = plans
        self.assertIn("ticketing_article_word", lexicon)
        self.assertNotIn("Seq Scan on ticketing_article_word", lexicon)
        self.assertIn("ticketing_article_word__word_trgm", lexicon)
        self.assertIn("ticketing_article_text__vector_index", search)
        self.assertNotIn("Seq Scan on ticketing_article_text", search)
