import json
from datetime import timedelta

from lxml import html

from odoo import Command, fields
from odoo.tests import HttpCase, new_test_user, tagged
from odoo.tools import mute_logger

from odoo.addons.helpdesk_ticketing.tests.common import TicketingCase

SCRIPT = "</script><script>alert(1)</script>"


class HelpCase(TicketingCase, HttpCase):
    """A website in English and Spanish, with articles of each state."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.website = cls.env["website"].get_current_website()
        english, spanish = (cls.env["res.lang"]._activate_lang(code) for code in ("en_US", "es_ES"))
        cls.website.write(
            {"language_ids": [Command.set((english + spanish).ids)], "default_lang_id": english.id, "name": "Levante"}
        )
        cls.topic = cls.env["ticketing.type"].create({"name": "Heating"})
        cls.article = cls._create_article(
            "Radiator stays cold", summary="How to let the air out of it.", type_ids=cls.topic.ids
        )
        cls.article.with_context(lang="es_ES").write({"name": "El radiador no calienta", "summary": "Cómo purgarlo."})
        cls.draft = cls._create_article("Draft of a radiator", state="draft")
        cls.internal = cls._create_article("Internal radiator", state="internal")
        cls.private = cls._create_article("Radiators of customers", website_audience="customers")
        cls.env["ticketing.throttle"].search([]).unlink()

    @classmethod
    def _create_article(cls, name, **values):
        values = {"name": name, "body": "<p>Open the valve.</p>", "state": "published", **values}
        return cls.env["ticketing.article"].create(values)

    def _open(self, url, **kwargs):
        return self.url_open(url, headers={"User-Agent": "Mozilla/5.0", "Accept-Language": "en-US"}, **kwargs)

    def _read(self, url):
        answer = self._open(url)
        self.assertEqual(answer.status_code, 200)
        return html.fromstring(answer.text)

    def _find(self, page, path):
        return [str(found) for found in page.xpath(path)]

    def _structured(self, page):
        (text,) = self._find(page, "//script[@type='application/ld+json']/text()")
        return {part["@type"]: part for part in json.loads(text)["@graph"]}

    def _post(self, url, page, **data):
        token = html.fromstring(self._open(page).text).xpath("//form//input[@name='csrf_token']/@value")[0]
        return self._open(url, data={"csrf_token": token, **data})


@tagged("post_install", "-at_install")
class TestHelp(HelpCase):
    """What strangers and search engines find."""

    def test_article_for_search_engines(self):
        """Title, description, canonical address, languages, Open Graph and structured data."""
        page = self._read(self.article.website_url)
        base, path = self.website.get_base_url(), f"/help/radiator-stays-cold-{self.article.id}"
        self.assertEqual(self._find(page, "//title/text()"), ["Radiator stays cold | Levante"])
        self.assertEqual(self._find(page, "//meta[@name='description']/@content"), ["How to let the air out of it."])
        self.assertEqual(self._find(page, "//link[@rel='canonical']/@href"), [base + path])
        self.assertEqual(
            self._find(page, "//meta[@property='og:description']/@content"), ["How to let the air out of it."]
        )
        languages = {link.get("hreflang"): link.get("href") for link in page.xpath("//link[@rel='alternate']")}
        self.assertEqual(languages["en"], base + path)
        self.assertEqual(languages["es"], f"{base}/es/help/el-radiador-no-calienta-{self.article.id}")
        self.assertEqual(languages["x-default"], base + path)
        parts = self._structured(page)
        (question,) = parts["FAQPage"]["mainEntity"]
        self.assertEqual((question["name"], question["acceptedAnswer"]["text"]), (self.article.name, "Open the valve."))
        self.assertEqual(parts["Article"]["mainEntityOfPage"], base + path)
        self.assertEqual(
            [step["name"] for step in parts["BreadcrumbList"]["itemListElement"]][1:], ["Heating", self.article.name]
        )

    def test_spanish_page(self):
        """In his language, with what is said around it."""
        page = self._read(f"/es/help/el-radiador-no-calienta-{self.article.id}")
        self.assertEqual(self._find(page, "//h1//text()"), ["El radiador no calienta"])
        self.assertEqual(self._find(page, "//meta[@name='description']/@content"), ["Cómo purgarlo."])
        self.assertEqual(self._structured(page)["Article"]["inLanguage"], "es-ES")

    def test_old_address(self):
        """Links that were made before the title changed go on working, and say where it is now."""
        old = self.article.website_url
        self.article.name = "Cold radiators"
        answer = self._open(old, allow_redirects=False)
        self.assertEqual(answer.status_code, 301)
        self.assertTrue(answer.headers["Location"].endswith(f"/help/cold-radiators-{self.article.id}"))

    def test_not_for_strangers(self):
        """Drafts, internal and customers' articles, another company's and website's: as what does not exist."""
        company = self.env["res.company"].create({"name": "Other", "iap_enrich_auto_done": True})
        other = self._create_article("Other company's", company_id=company.id)
        site = self.env["website"].create({"name": "Elsewhere", "company_id": self.company.id})
        elsewhere = self._create_article("Another website's", website_id=site.id)
        hidden = self.draft | self.internal | self.private | other | elsewhere
        for article in hidden:
            with self.subTest(article.name):
                self.assertEqual(self._open(f"/help/{article.id}").status_code, 404)
        with mute_logger("odoo.http"):
            self.assertEqual(self._open("/help/99999999").status_code, 404)
            self.assertEqual(self._open("/help/topic/99999999").status_code, 404)
        for page in ("/help", "/help?search=radiator", "/sitemap.xml", f"/help/topic/{self.topic.id}"):
            text = self._open(page).text
            self.assertIn(self.article.website_url, text)
            for article in hidden:
                self.assertNotRegex(text, rf'/help/[^"</]*-{article.id}["<]')
        self.assertEqual([row["id"] for row in self._suggest("radiator")], self.article.ids)

    def _suggest(self, text):
        return self._open("/help/suggest", params={"text": text}).json()["articles"]

    def test_customers(self):
        """Who logs in as a customer reads what is published for customers, and no draft."""
        new_test_user(self.env, login="marta.help", groups="base.group_portal", partner_id=self.contact.id)
        self.authenticate("marta.help", "marta.help")
        self.assertEqual(self._open(self.private.website_url).status_code, 200)
        for article in self.draft | self.internal:
            self.assertEqual(self._open(f"/help/{article.id}").status_code, 404)

    def test_another_websites_on_the_portal(self):
        """An article of another website is not on this one's portal: listed, found, suggested or opened."""
        site = self.env["website"].create({"name": "Elsewhere", "company_id": self.company.id})
        elsewhere = self._create_article("Elsewhere radiator", website_id=site.id, type_ids=self.topic.ids)
        new_test_user(self.env, login="marta.help", groups="base.group_portal", partner_id=self.contact.id)
        self.authenticate("marta.help", "marta.help")
        for page in ("", "?search=radiator", "/suggest?text=radiator", f"/{self.article.id}"):
            text = self._open(f"/my/help{page}").text
            self.assertIn("adiator", text)
            self.assertNotIn("Elsewhere radiator", text, page)
        missing = self._open("/my/help/99999999")
        self.assertEqual(self._open(f"/my/help/{elsewhere.id}").status_code, missing.status_code)
        answer = self._post(f"/my/help/{elsewhere.id}/vote", f"/my/help/{self.article.id}", useful="1")
        self.assertEqual((answer.status_code, elsewhere.vote_ids.ids), (missing.status_code, []))

    def test_sitemap(self):
        """What is published, each once, and nothing of forms and answers."""
        self.env["ir.attachment"].search([("url", "=like", "/sitemap%")]).unlink()
        addresses = html.fromstring(self._open("/sitemap.xml").content).xpath("//loc/text()")
        paths = [address.removeprefix(self.website.get_base_url()) for address in addresses]
        helps = sorted(path for path in paths if path.startswith("/help"))
        topic = f"/help/topic/heating-{self.topic.id}"
        for path in ("/help", "/help/report", self.article.website_url, topic):
            self.assertEqual(helps.count(path), 1, path)
        self.assertFalse(
            [path for path in helps if any(word in path for word in ("suggest", "sent", "thanks", "vote"))]
        )

    def test_hostile_article(self):
        """Markup in a title and a text ends no script and starts none."""
        article = self._create_article(SCRIPT, summary=SCRIPT, body=f"<p>ok</p>{SCRIPT}<img src=x onerror=alert(1)>")
        text = self._open(article.website_url).text
        self.assertNotIn("<script>alert(1)", text)
        self.assertNotIn("onerror=alert", text)
        parts = self._structured(html.fromstring(text))
        self.assertEqual(parts["Article"]["headline"], SCRIPT)
        listed = self._structured(self._read("/help"))["FAQPage"]["mainEntity"]
        self.assertIn(SCRIPT, [question["name"] for question in listed])

    def test_hostile_search(self):
        """Whatever is typed is a search; its page is none for search engines."""
        for typed in (SCRIPT, "'\"%_\\", "\0", "x" * 5000, "radiator & | !", "🔥"):
            answer = self._open("/help", params={"search": typed})
            self.assertEqual(answer.status_code, 200)
            self.assertNotIn("<script>alert(1)", answer.text)
            self._suggest(typed)
        self.assertEqual(self._open("/help?search=radiator").headers["X-Robots-Tag"], "noindex")

    def test_vote(self):
        """A stranger votes once, may change his mind, and is asked why; another one counts for himself."""
        url = f"/help/{self.article.id}/vote"
        self._post(url, self.article.website_url, useful="1")
        answer = self._post(url, self.article.website_url, useful="0", comment="Which valve?")
        self.assertIn("Thank you for telling us", answer.text)
        self.assertEqual((self.article.helpful_count, self.article.unhelpful_count), (0, 1))
        self.assertEqual((self.article.vote_ids.comment, self.article.vote_ids.partner_id.id), ("Which valve?", False))
        self.opener.cookies.clear()
        self._post(url, self.article.website_url, useful="1")
        self.assertEqual((self.article.helpful_count, self.article.unhelpful_count), (1, 1))

    def test_solved(self):
        """It is counted for the website, once a day, and looking at the page counts nothing."""
        for __ in range(2):
            answer = self._post(f"/help/{self.article.id}/solved", self.article.website_url, subject="it is cold")
        self.assertTrue(answer.url.endswith("/help/thanks"))
        self.assertEqual((self.article.solved_count, self.article.deflection_ids.channel), (1, "website"))
        self.assertEqual(self.article.deflection_ids.subject, "it is cold")
        self.assertIn(self._open(f"/help/{self.article.id}/solved").status_code, (404, 405))

    def test_votes_of_one_address(self):
        """A program that forgets its cookies is not counted without end."""
        self.env["ticketing.throttle"].create(
            [{"scope": "article", "key": "127.0.0.1", "happened_on": fields.Datetime.now()}] * 60
        )
        self._post(f"/help/{self.article.id}/vote", self.article.website_url, useful="1")
        self.assertFalse(self.article.vote_ids)
        self.env["ticketing.throttle"].search([]).happened_on = fields.Datetime.now() - timedelta(hours=2)
        self._post(f"/help/{self.article.id}/vote", self.article.website_url, useful="1")
        self.assertTrue(self.article.vote_ids)

    def test_draft_is_not_voted_on(self):
        """Staff looks at a draft on the website; nothing is counted of it."""
        self.authenticate(self.agent.login, self.agent.login)
        self.assertIn("not published", self._open(self.draft.website_url).text)
        self._post(f"/help/{self.draft.id}/solved", self.draft.website_url)
        self.assertFalse(self.draft.deflection_ids)

    def test_files(self):
        """The files of an article are for who reads it."""
        files = self.env["ir.attachment"].create(
            [
                {"name": "plan.txt", "raw": b"plan", "res_model": article._name, "res_id": article.id}
                for article in (self.article, self.internal)
            ]
        )
        for article, file in zip(self.article | self.internal, files, strict=True):
            article.attachment_ids = file
        url = f"{self.article.website_url}/file/{files[0].id}"
        self.assertIn(f'href="{url}"', self._open(self.article.website_url).text)
        answer = self._open(url)
        self.assertEqual((answer.content, answer.headers["X-Content-Type-Options"]), (b"plan", "nosniff"))
        self.assertIn("attachment", answer.headers["Content-Disposition"])
        self.assertEqual(self._open(f"/help/{self.article.id}/file/{files[1].id}").status_code, 404)
        self.assertEqual(self._open(f"/help/{self.internal.id}/file/{files[1].id}").status_code, 404)

    def test_queries(self):
        """A list of twenty articles asks no more than one of two."""
        self._create_article("One more")
        counts = []
        for __ in range(2):
            self._open("/help")
            before = self.env.cr.sql_log_count
            self._open("/help")
            counts.append(self.env.cr.sql_log_count - before)
            for number in range(18):
                self._create_article(f"Article {number}", type_ids=self.topic.ids)
        self.assertEqual(*counts)

    def test_search_of_the_website(self):
        """The website's own search finds articles, and no drafts."""
        options = {"displayDescription": True, "displayDetail": True, "displayExtraLink": True}
        options |= {"displayExtraDetail": True, "displayImage": True, "allowFuzzy": True}
        found = self.make_jsonrpc_request(
            "/website/snippet/autocomplete", {"search_type": "all", "term": "radiator", "options": options}
        )
        addresses = [result["website_url"] for result in found["results"]]
        self.assertEqual([url for url in addresses if "radiator" in url], [self.article.website_url])
