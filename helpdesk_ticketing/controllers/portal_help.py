from odoo.exceptions import MissingError
from odoo.fields import Domain
from odoo.http import request, route

from ..tools.form_values import read_id, read_text
from ..tools.keystrokes import Keystrokes
from .portal import ITEMS_PER_PAGE, MAX_ID, TicketingPortal

TEXT_LENGTH = 200
RELATED = 4
KEYSTROKES = Keystrokes()


class TicketingPortalHelp(TicketingPortal):
    """Answers that customers find by themselves."""

    def _get_help_domain(self):
        """Record rules say what a customer may read; this keeps drafts off the pages of staff."""
        return Domain("state", "=", "published")

    def _get_article(self, article_id):
        """Return a published article, with the visitor's own rights.

        :raises MissingError: not there, or not for him: the caller gives the same answer to both
        """
        articles = request.env["ticketing.article"]
        if 0 < article_id <= MAX_ID and articles.has_access("read"):
            domain = self._get_help_domain() & Domain("id", "=", article_id)
            articles = articles.search(domain, limit=1)
        if not articles:
            raise MissingError(request.env._("This article does not exist."))
        return articles

    # Finding

    @route(
        ["/my/help", "/my/help/page/<int:page>"],
        type="http",
        auth="user",
        website=True,
        readonly=True,
    )
    def portal_my_help(self, page=1, search="", type_id="", **kwargs):
        search = read_text(search)[:TEXT_LENGTH]
        values = {
            **self._prepare_portal_layout_values(),
            "page_name": "help",
            "search": search,
            "type_id": read_id(type_id),
            **self._prepare_help_values(search, read_id(type_id), page),
        }
        return request.render("helpdesk_ticketing.portal_my_help", values)

    def _prepare_help_values(self, search, type_id, page):
        """Return the articles of the page, the types to choose from, and the pager."""
        articles = request.env["ticketing.article"]
        if not articles.has_access("read"):
            return {"articles": articles, "types": [], "pager": self._get_pager("/my/help", {}, 0, 1)}
        domain = self._get_help_domain()
        types = articles._read_group(domain, ["type_ids"], ["__count"])
        if type_id:
            domain &= Domain("type_ids", "in", [type_id])
        if search:
            found = articles._search_ranked(search, domain=domain, limit=ITEMS_PER_PAGE)
            pager = self._get_pager("/my/help", {}, len(found), 1)
        else:
            arguments = {"type_id": type_id} if type_id else {}
            pager = self._get_pager("/my/help", arguments, articles.search_count(domain), page)
            found = articles.search(
                domain,
                order="solved_count desc, helpful_count desc, sequence, id",
                limit=ITEMS_PER_PAGE,
                offset=pager["offset"],
            )
        return {"articles": found, "types": [(kind.sudo(), count) for kind, count in types if kind], "pager": pager}

    @route("/my/help/suggest", type="http", auth="user", website=True, readonly=True, sitemap=False)
    def portal_help_suggest(self, text="", **kwargs):
        """Answer while somebody types: {"articles": [{id, title, excerpt, url}]}."""
        if not KEYSTROKES.allow(request.env.uid):
            return request.make_json_response({"articles": []}, status=429)
        found = []
        if (text := read_text(text)[:TEXT_LENGTH]) and request.env["ticketing.article"].has_access("read"):
            found = request.env["ticketing.article"]._suggest(text, domain=self._get_help_domain())
        return request.make_json_response({"articles": found}, headers=[("Cache-Control", "no-store")])

    # Reading

    @route("/my/help/<int:article_id>", type="http", auth="user", website=True, readonly=True)
    def portal_my_article(self, article_id, search="", message="", **kwargs):
        try:
            article = self._get_article(article_id)
        except MissingError:
            return self._render_not_found()
        vote = (
            request.env["ticketing.article.vote"]
            .sudo()  # his own vote only
            .search([("article_id", "=", article.id), ("visitor", "=", self._get_visitor())])
        )
        values = {
            **self._prepare_portal_layout_values(),
            "page_name": "help",
            "article": article,
            "attachments": article._get_customer_attachments(),
            "related": article._get_related(self._get_help_domain(), RELATED),
            "vote": vote,
            "search": read_text(search)[:TEXT_LENGTH],
            "message": message,
        }
        return request.render("helpdesk_ticketing.portal_my_article", values)

    @route("/my/help/<int:article_id>/file/<int:file_id>", type="http", auth="user", website=True, readonly=True)
    def portal_article_file(self, article_id, file_id, **kwargs):
        try:
            files = self._get_article(article_id)._get_customer_attachments()
        except MissingError:
            return self._render_not_found()
        file = files.filtered(lambda file: file.id == file_id)
        if not file:
            return self._render_not_found()
        return request.env["ir.binary"]._get_stream_from(file).get_response(as_attachment=True)

    # Answering

    def _get_visitor(self):
        return request.env["ticketing.article"]._get_visitor(request.env.user.partner_id)

    @route("/my/help/<int:article_id>/vote", type="http", auth="user", methods=["POST"], website=True)
    def portal_article_vote(self, article_id, useful="", comment="", **kwargs):
        try:
            article = self._get_article(article_id)
        except MissingError:
            return self._render_not_found()
        if useful in ("0", "1"):
            # customers may not write: the article was found with his own rights, the method takes what he may say
            article.sudo()._vote(useful == "1", self._get_visitor(), request.env.user.partner_id, comment)
        return request.redirect_query(f"/my/help/{article_id}", {"message": "voted"})

    @route("/my/help/<int:article_id>/solved", type="http", auth="user", methods=["POST"], website=True)
    def portal_article_solved(self, article_id, subject="", **kwargs):
        try:
            article = self._get_article(article_id)
        except MissingError:
            return self._render_not_found()
        # as above
        article.sudo()._count_solved(self._get_visitor(), "portal", subject, request.env.user.partner_id)
        return request.redirect("/my/help/thanks")

    @route("/my/help/thanks", type="http", auth="user", website=True, readonly=True, sitemap=False)
    def portal_help_thanks(self, **kwargs):
        values = {**self._prepare_portal_layout_values(), "page_name": "help"}
        return request.render("helpdesk_ticketing.portal_help_thanks", values)
