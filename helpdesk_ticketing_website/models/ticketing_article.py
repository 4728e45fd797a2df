from odoo import api, fields, models
from odoo.fields import Domain
from odoo.http import request
from odoo.tools import html2plaintext
from odoo.tools.json import scriptsafe

# What a search engine shows of an answer, and more than it reads.
ANSWER_LENGTH = 5000


class TicketingArticle(models.Model):
    """Published articles on the public website: clean addresses, and what search engines want to know of them."""

    _name = "ticketing.article"
    _inherit = [
        "ticketing.article",
        "website.seo.metadata",
        "website.multi.mixin",
        "website.searchable.mixin",
    ]

    website_audience = fields.Selection(
        [("everybody", "Everybody"), ("customers", "Customers Who Log in")],
        string="Published for",
        default="everybody",
        required=True,
        help="Everybody: on the website, where search engines find it.",
    )
    website_url = fields.Char("Address on the Website", compute="_compute_website_url")

    @api.depends("name", "seo_name")
    @api.depends_context("lang")
    def _compute_website_url(self):
        slug = self.env["ir.http"]._slug
        for article in self:
            article.website_url = f"/help/{slug(article)}" if article.id else False

    def _get_customer_url(self):
        """On the website what everybody may read, with an address that tells what it is about."""
        self.ensure_one()
        return self.website_url if self.website_audience == "everybody" else super()._get_customer_url()

    def _is_public(self):
        """Tell whether strangers read it."""
        self.ensure_one()
        return self.state == "published" and self.website_audience == "everybody"

    @api.model
    def _get_website_domain(self, website):
        """Return the domain of what is shown on a website, beside what record rules say of who may see it."""
        return website.website_domain() & Domain("state", "=", "published")

    def action_open_website(self):
        """Show it as visitors see it; a draft as they would."""
        self.ensure_one()
        return self.env["website"].get_client_action(self.website_url)

    # What the page tells search engines

    def _default_website_meta(self):
        meta = super()._default_website_meta()
        meta["default_opengraph"]["og:type"] = "article"
        if description := self._get_website_description():
            meta["default_meta_description"] = description
            meta["default_opengraph"]["og:description"] = meta["default_twitter"]["twitter:description"] = description
        return meta

    def _get_website_description(self):
        """Return what search engines show under the title: the summary, else how the answer begins."""
        self.ensure_one()
        text = self.summary or html2plaintext(self.body or "", include_references=False)
        words = " ".join(text.split())
        return words if len(words) <= 160 else f"{words[:159].rsplit(' ', 1)[0]}…"

    def _get_structured_data(self, trail):
        """Return the page as schema.org says it, safe inside of a script element.

        :param trail: [(name, address)] of the pages above, this one last
        """
        self.ensure_one()
        website = request.website
        base = website.get_base_url()
        url = base + self.env["ir.http"]._url_for(self.website_url)
        answer = html2plaintext(self.body or "", include_references=False)[:ANSWER_LENGTH]
        page = {
            "@type": "Article",
            "headline": self.name,
            "description": self._get_website_description(),
            "inLanguage": self.env.lang.replace("_", "-"),
            "dateModified": f"{self.write_date.isoformat()}Z",
            "mainEntityOfPage": url,
            "publisher": {"@type": "Organization", "name": website.company_id.sudo().name, "url": base},
        }
        if self.published_on:
            page["datePublished"] = f"{self.published_on.isoformat()}Z"
        return self._dump_structured_data(page, self._make_faq_page([(self, answer)]), self._make_trail(trail))

    def _get_structured_list(self, trail):
        """Return the page of a list, as ``_get_structured_data``: each title with what the list says of it."""
        answered = [(article, article.summary) for article in self if article.summary]
        pages = [self._make_faq_page(answered)] if answered else []
        return self._dump_structured_data(*pages, self._make_trail(trail))

    @api.model
    def _make_faq_page(self, answers):
        return {
            "@type": "FAQPage",
            "mainEntity": [
                {
                    "@type": "Question",
                    "name": article.name,
                    "acceptedAnswer": {"@type": "Answer", "text": answer or article.name},
                }
                for article, answer in answers
            ],
        }

    @api.model
    def _make_trail(self, trail):
        base = request.website.get_base_url()
        return {
            "@type": "BreadcrumbList",
            "itemListElement": [
                {
                    "@type": "ListItem",
                    "position": position,
                    "name": name,
                    "item": base + self.env["ir.http"]._url_for(url),
                }
                for position, (name, url) in enumerate(trail, 1)
            ],
        }

    @api.model
    def _dump_structured_data(self, *parts):
        return scriptsafe.dumps({"@context": "https://schema.org", "@graph": parts})

    # The website's own search

    @api.model
    def _search_get_detail(self, website, order, options):
        return {
            "model": "ticketing.article",
            "base_domain": [self._get_website_domain(website)],
            "search_fields": ["name", "keywords"],
            "fetch_fields": ["id", "name", "summary", "website_url"],
            "mapping": {
                "name": {"name": "name", "type": "text", "match": True},
                "description": {"name": "summary", "type": "text", "match": True},
                "website_url": {"name": "website_url", "type": "text", "truncate": False},
            },
            "icon": "fa-life-ring",
        }

    @api.model
    def _search_fetch(self, search_detail, search, limit, order):
        """Ranked as on the pages of help."""
        if not search:
            return super()._search_fetch(search_detail, search, limit, order)
        found = self._search_ranked(search, domain=Domain.AND(search_detail["base_domain"]), limit=limit)
        return found, len(found)
