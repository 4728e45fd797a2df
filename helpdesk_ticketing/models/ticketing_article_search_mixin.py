import math

from odoo import api, models
from odoo.tools import SQL, html2plaintext, ormcache

from ..tools.search_text import get_dictionary, join_words, split_words

BODY_LENGTH = 100_000  # PostgreSQL indexes no text over 1 MB
EXCERPT_LENGTH = 160
BATCH = 200
TYPED_LENGTH = 200
TYPED_WORDS = 16
# What a match nowhere (D), in the text (C), the keywords (B) and the title (A) weighs.
PLACES = [0.0, 0.25, 0.8, 1.0]
# A word in more texts than this tells nothing, and costs most, unless nothing else was typed.
COMMON_SHARE = 0.2
COMMON_TEXTS = 50
SIMILARITY = 0.4


class TicketingArticleSearchMixin(models.AbstractModel):
    """Articles found by what people type: any of its words, the rarer the better, with endings and typing errors."""

    _name = "ticketing.article.search.mixin"
    _description = "Article: Search"

    # What is searched is kept right

    def _index_texts(self):
        """Write what is searched of these articles, in all active languages, and correct the lexicon."""
        if not self:
            return
        self._forget_texts()
        now = self.env.cr.now()  # exact: what changes an article later is after it
        rows = []
        for lang, __ in self.env["res.lang"].get_installed():
            # superuser: the text names types and products that the author may not read
            for article in self.with_context(lang=lang, prefetch_langs=True).sudo():
                rows.append(article._prepare_text(lang, now))
        made = SQL(
            """
            INSERT INTO ticketing_article_text
                   (article_id, lang, config, title, excerpt, title_words, keywords, body_words, indexed_on)
            SELECT * FROM unnest(%s::int[], %s::text[], %s::regconfig[], %s::text[], %s::text[], %s::text[], %s::text[],
                                 %s::text[], %s::timestamp[])
            RETURNING config, vector
            """,
            *(list(column) for column in zip(*rows, strict=True)),
        )
        self._count_words(made, 1)

    def _forget_texts(self):
        """Take these articles out of the index, and their words out of the lexicon."""
        self.flush_recordset()
        gone = SQL("DELETE FROM ticketing_article_text WHERE article_id = ANY(%s) RETURNING config, vector", self.ids)
        self._count_words(gone, -1)

    @api.model
    def _count_words(self, texts, sign):
        """Count the words of texts in the lexicon. In their order, so that two at once don't deadlock.

        :param SQL texts: gives rows of (config, vector)
        """
        self.env.cr.execute(
            SQL(
                """
                WITH texts AS (%(texts)s)
                INSERT INTO ticketing_article_word AS known (config, word, count)
                SELECT config::text, word, %(sign)s * count(*)
                  FROM texts, unnest(tsvector_to_array(vector) || ARRAY['']) AS word
                 GROUP BY config, word ORDER BY config, word
                    ON CONFLICT (config, word) DO UPDATE SET count = GREATEST(known.count + excluded.count, 0)
                """,
                texts=texts,
                sign=sign,
            )
        )

    @api.model
    @ormcache("lang", cache="stable")
    def _get_dictionary(self, lang):
        """Return the text search configuration of a language: of those that this PostgreSQL has."""
        dictionary = get_dictionary(lang)
        known = self.env.execute_query(SQL("SELECT 1 FROM pg_ts_config WHERE cfgname = %s", dictionary))
        return dictionary if known else "simple"

    def _prepare_text(self, lang, now):
        self.ensure_one()
        dictionary = self._get_dictionary(lang)
        plain = html2plaintext(self.body or "", include_references=False)[:BODY_LENGTH]
        named = [*self.tag_ids.mapped("name"), *self.type_ids.mapped("name"), *self.product_ids.mapped("name")]
        return (
            self.id,
            lang,
            dictionary,
            self.name,
            self.summary or " ".join(plain.split())[:EXCERPT_LENGTH],
            join_words(self.name, dictionary),
            join_words(" ".join([self.keywords or "", *named]), dictionary),
            join_words(f"{self.summary or ''} {plain}", dictionary),
            now,
        )

    # ... also where other things change: types, tags and products that are renamed, languages that are activated

    @api.model
    def _cron_repair_texts(self):
        """Index again what is not up to date, and count the lexicon anew."""
        while stale := self._get_stale(BATCH):
            stale._index_texts()
            if not self.env["ir.cron"]._commit_progress(len(stale)):
                return
        self._recount_lexicon()

    @api.model
    def _get_stale(self, limit):
        langs = [code for code, __ in self.env["res.lang"].get_installed()]
        rows = self.env.execute_query(
            SQL(
                """
                SELECT article.id
                  FROM ticketing_article article
                  LEFT JOIN LATERAL (
                       SELECT count(*) AS count, min(indexed_on) AS oldest
                         FROM ticketing_article_text text
                        WHERE text.article_id = article.id AND text.lang = ANY(%(langs)s)
                       ) known ON TRUE
                 WHERE known.count < %(count)s
                    OR known.oldest < article.write_date
                    OR EXISTS (SELECT 1 FROM ticketing_article_ticketing_tag_rel rel
                                 JOIN ticketing_tag named ON named.id = rel.ticketing_tag_id
                                WHERE rel.ticketing_article_id = article.id AND named.write_date > known.oldest)
                    OR EXISTS (SELECT 1 FROM ticketing_article_ticketing_type_rel rel
                                 JOIN ticketing_type named ON named.id = rel.ticketing_type_id
                                WHERE rel.ticketing_article_id = article.id AND named.write_date > known.oldest)
                    OR EXISTS (SELECT 1 FROM product_product_ticketing_article_rel rel
                                 JOIN product_product product ON product.id = rel.product_product_id
                                 JOIN product_template named ON named.id = product.product_tmpl_id
                                WHERE rel.ticketing_article_id = article.id AND named.write_date > known.oldest)
                 ORDER BY article.id LIMIT %(limit)s
                """,
                langs=langs,
                count=len(langs),
                limit=limit,
            )
        )
        return self.browse(row[0] for row in rows)

    @api.model
    def _recount_lexicon(self):
        langs = [code for code, __ in self.env["res.lang"].get_installed()]
        self.env.cr.execute("DELETE FROM ticketing_article_text WHERE NOT lang = ANY(%s)", [langs])
        self.env.cr.execute("DELETE FROM ticketing_article_word")
        self._count_words(SQL("SELECT config, vector FROM ticketing_article_text"), 1)

    # Searching

    @api.model
    def _search_ranked(self, text, lang=None, domain=(), limit=5):
        """Return the articles that answer what somebody types, best first, of those that he may read.

        :param str text: a question, a subject, a few words; any language, any signs
        :param lang: his language (default: the environment's)
        """
        return self.browse(row[0] for row in self._rank(text, lang, domain, limit))

    @api.model
    def _suggest(self, text, lang=None, domain=(), limit=5):
        """Return what is shown while somebody types: [{id, title, excerpt, url}], best first."""
        rows = self._rank(text, lang, domain, limit)
        articles = self.browse(row[0] for row in rows)  # together: an address may be made of what is read of them
        return [
            {"id": article.id, "title": title, "excerpt": excerpt, "url": article._get_customer_url()}
            for article, (__, title, excerpt, __) in zip(articles, rows, strict=True)
        ]

    @api.model
    def _rank(self, text, lang, domain, limit):
        """Return [(article id, title, excerpt, score)], best first."""
        lang = lang or self.env.lang or "en_US"
        dictionary = self._get_dictionary(lang)
        words = list(dict.fromkeys(split_words((text or "")[:TYPED_LENGTH], dictionary)))[:TYPED_WORDS]
        terms = self._weigh(words, dictionary) if words else []
        if not terms:
            return []
        query = self._search(list(domain))
        # Common words stand in thousands of texts. Each of these is read once, and what is sorted are numbers, no texts;
        # of the best ones only it is asked who may read them, until there are enough.
        return self.env.execute_query(
            SQL(
                """
                SELECT ranked.article_id, text.title, text.excerpt, ranked.score
                  FROM (SELECT article_id, %(score)s AS score
                          FROM ticketing_article_text
                         WHERE vector @@ %(any)s::tsquery AND lang = %(lang)s
                         ORDER BY score DESC, article_id OFFSET 0) ranked
                  JOIN ticketing_article_text text ON text.article_id = ranked.article_id AND text.lang = %(lang)s
                 WHERE ranked.article_id IN %(allowed)s
                 ORDER BY ranked.score DESC, ranked.article_id
                 LIMIT %(limit)s
                """,
                score=self._get_score(terms),
                any=" | ".join(f"'{word}'" for word, __, __ in terms),
                lang=lang,
                allowed=query.subselect(),
                limit=limit,
            )
        )

    @api.model
    def _get_score(self, terms):
        """Return what a text scores: the sum of the typed words, of each the best of those that are written like it.

        :param terms: what ``_weigh`` returned
        """
        by_place = {}
        for word, weight, place in terms:
            rank = SQL("%s * ts_rank(%s::real[], vector, %s::tsquery)", weight, PLACES, f"'{word}'")
            by_place.setdefault(place, []).append(rank)
        return SQL(" + ").join(SQL("GREATEST(%s)", SQL(", ").join(ranks)) for ranks in by_place.values())

    @api.model
    def _weigh(self, words, dictionary):
        """Return what to look for: [(word of the index, weight, place among the typed words)].

        A word that stands nowhere is searched as those that are written alike, the last one also as their beginning.
        """
        rows = self.env.execute_query(
            SQL(
                """
                WITH typed AS (
                    SELECT word.place, lexeme, known.count
                      FROM unnest(%(words)s::text[]) WITH ORDINALITY AS word (word, place),
                           unnest(tsvector_to_array(to_tsvector(%(config)s::regconfig, word))) AS lexeme
                      LEFT JOIN ticketing_article_word known
                             ON known.config = %(config)s AND known.word = lexeme AND known.count > 0
                )
                SELECT 0, '', count, 1.0 FROM ticketing_article_word WHERE config = %(config)s AND word = ''
                UNION ALL
                SELECT place, lexeme, count, 1.0 FROM typed WHERE count > 0
                UNION ALL
                SELECT typed.place, near.word, near.count, near.likeness
                  FROM typed, LATERAL (%(near)s) AS near
                 WHERE typed.count IS NULL AND length(typed.lexeme) > 2
                """,
                words=words,
                config=dictionary,
                near=self._get_near_words(dictionary, len(words)),
            )
        )
        total = next((count for place, __, count, __ in rows if not place), 0)
        terms = [row for row in rows if row[0]]
        rare = [row for row in terms if row[2] <= max(total * COMMON_SHARE, COMMON_TEXTS)]
        return [
            (word, likeness * math.log(1 + (total - count + 0.5) / (count + 0.5)), place)
            for place, word, count, likeness in rare or terms
        ]

    @api.model
    def _get_near_words(self, dictionary, last):
        """Return the query of the words that are written like a typed one."""
        likeness = SQL("similarity(known.word, typed.lexeme)") if self.env.registry.has_trigram else SQL("0::real")
        near = SQL("known.word %% typed.lexeme OR") if self.env.registry.has_trigram else SQL("")
        begins = SQL("typed.place = %s AND known.word LIKE typed.lexeme || '%%'", last)
        return SQL(
            """
            SELECT known.word, known.count, CASE WHEN %(begins)s THEN 0.8 ELSE %(likeness)s END AS likeness
              FROM ticketing_article_word known
             WHERE known.config = %(config)s AND known.count > 0 AND (%(near)s (%(begins)s))
               AND (%(likeness)s >= %(least)s OR (%(begins)s))
             ORDER BY likeness DESC, known.word
             LIMIT 4
            """,
            begins=begins,
            likeness=likeness,
            config=dictionary,
            near=near,
            least=SIMILARITY,
        )
