from urllib.parse import urlencode

from werkzeug.exceptions import NotFound

from odoo.fields import Domain
from odoo.http import STORED_SESSION_BYTES, request, route
from odoo.tools.translate import LazyTranslate

from odoo.addons.helpdesk_ticketing.controllers.portal_help import RELATED, TEXT_LENGTH, TicketingPortalHelp
from odoo.addons.helpdesk_ticketing.tools.form_values import read_text
from odoo.addons.helpdesk_ticketing.tools.keystrokes import Keystrokes
from odoo.addons.website.models.ir_http import sitemap_qs2dom

_lt = LazyTranslate(__name__)

PAGE = 20
KEYSTROKES = Keystrokes()


def not_found(error, **arguments):
    """Answer who may not see an article as who asks for one that is not there."""
    raise NotFound from error


def sitemap_help(env, rule, qs):
    """Name what strangers find: search engines come as one of them."""
    website = env["website"].get_current_website()
    articles, slug = env["ticketing.article"], env["ir.http"]._slug
    shown = articles._get_website_domain(website)
    if not qs or qs.lower() in "/help":
        yield {"loc": "/help"}
    for (topic,) in articles._read_group(shown & Domain("type_ids", "!=", False), ["type_ids"]):
        location = f"/help/topic/{slug(topic)}" if topic.has_access("read") else ""
        if location and (not qs or qs.lower() in location):
            yield {"loc": location}
    for article in articles.search(shown & sitemap_qs2dom(qs, "/help")):
        yield {"loc": article.website_url, "lastmod": article.write_date.date()}


class TicketingWebsiteHelp(TicketingPortalHelp):
    """The public help center. What somebody may read is said by record rules; nobody needs to log in."""

    def _get_help_domain(self):
        """On the portal's own pages, too, what another website shows is not there."""
        return super()._get_help_domain() & request.website.website_domain()

    # Finding

    @route(
        ["/help", "/help/page/<int:page>"],
        type="http",
        auth="public",
        website=True,
        readonly=True,
        sitemap=sitemap_help,
        list_as_website_content=_lt("Help Center"),
    )
    def help_center(self, page=1, search="", **kwargs):
        search = read_text(search)[:TEXT_LENGTH]
        trail = [(request.env._("Help"), "/help")]
        return self._render_help(trail, "/help", page, search)

    @route(
        [
            '/help/topic/<model("ticketing.type"):topic>',
            '/help/topic/<model("ticketing.type"):topic>/page/<int:page>',
        ],
        type="http",
        auth="public",
        website=True,
        readonly=True,
        sitemap=sitemap_help,
        handle_params_access_error=not_found,
    )
    def help_topic(self, topic, page=1, **kwargs):
        url = f"/help/topic/{request.env['ir.http']._slug(topic)}"
        trail = [(request.env._("Help"), "/help"), (topic.name, url)]
        return self._render_help(trail, url, page, topic=topic)

    def _render_help(self, trail, url, page, search="", topic=None):
        articles = request.env["ticketing.article"]
        domain = articles._get_website_domain(request.website)
        topics = [] if search else articles._read_group(domain, ["type_ids"], ["__count"])
        if topic:
            domain &= Domain("type_ids", "in", topic.ids)
            if not articles.search_count(domain, limit=1):
                raise NotFound  # of whatever team it is: its name says nothing to who finds no answer there
        if search:
            found, pager = articles._search_ranked(search, domain=domain, limit=PAGE), None
        else:
            pager = request.website.pager(url, total=articles.search_count(domain), page=page, step=PAGE)
            order = "solved_count desc, helpful_count desc, sequence, id"
            found = articles.search(domain, order=order, limit=PAGE, offset=pager["offset"])
        values = {
            "articles": found,
            # names of topics: those of a company that the visitor has not chosen have no article here
            "topics": [(kind.sudo(), count) for kind, count in topics if kind],
            "topic": topic,
            "trail": trail,
            "search": search,
            "pager": pager,
            "structured_data": found._get_structured_list(trail) if not search else "",
        }
        if topic:
            values["additional_title"] = topic.name
        response = request.render("helpdesk_ticketing_website.help", values)
        if search:  # what somebody typed is no page
            response.headers["X-Robots-Tag"] = "noindex"
        return response

    @route("/help/suggest", type="http", auth="public", website=True, readonly=True, sitemap=False)
    def help_suggest(self, text="", **kwargs):
        """Answer while somebody types: {"articles": [{id, title, excerpt, url}]}."""
        if not KEYSTROKES.allow(self._get_throttle()[1]):
            return request.make_json_response({"articles": []}, status=429)
        articles = request.env["ticketing.article"]
        domain = articles._get_website_domain(request.website)
        found = articles._suggest(read_text(text)[:TEXT_LENGTH], domain=domain)
        for row in found:
            row["url"] = request.env["ir.http"]._url_for(row["url"])
        return request.make_json_response({"articles": found}, headers=[("Cache-Control", "no-store")])

    # Reading

    @route(
        '/help/<model("ticketing.article"):article>',
        type="http",
        auth="public",
        website=True,
        readonly=True,
        sitemap=sitemap_help,
        handle_params_access_error=not_found,
    )
    def help_article(self, article, search="", message="", **kwargs):
        self._check_article_shown(article)
        topic = article.type_ids[:1]
        trail = [(request.env._("Help"), "/help"), (article.name, article.website_url)]
        if topic and topic.has_access("read"):
            trail.insert(1, (topic.name, f"/help/topic/{request.env['ir.http']._slug(topic)}"))
        shown = article._get_website_domain(request.website)
        values = {
            "main_object": article,
            "article": article,
            "attachments": article._get_customer_attachments(),
            "related": article._get_related(shown, RELATED),
            "trail": trail,
            "vote": self._get_vote(article),
            "search": read_text(search)[:TEXT_LENGTH],
            "message": read_text(message),
            "structured_data": article._get_structured_data(trail) if article._is_public() else "",
        }
        return request.render("helpdesk_ticketing_website.article", values)

    @route(
        '/help/<model("ticketing.article"):article>/file/<int:file_id>',
        type="http",
        auth="public",
        website=True,
        readonly=True,
        sitemap=False,
        handle_params_access_error=not_found,
    )
    def help_file(self, article, file_id, **kwargs):
        """Send a file of the article to who reads it: strangers read no attachments by themselves."""
        self._check_article_shown(article)
        file = article._get_customer_attachments().filtered(lambda file: file.id == file_id)
        if not file:
            raise NotFound
        return request.env["ir.binary"]._get_stream_from(file).get_response(as_attachment=True)

    def _check_article_shown(self, article):
        """Let pass what is published; those who may read a draft see what would be.

        :raises NotFound: as for what does not exist
        """
        if not article.active or (article.state != "published" and not request.env.user._is_internal()):
            raise NotFound

    # Answering

    def _get_website_visitor(self):
        """Return who votes: a customer who is logged in, else the browser's session."""
        partner = None if request.env.user._is_public() else request.env.user.partner_id
        sid = request.session.sid[:STORED_SESSION_BYTES]
        return partner, request.env["ticketing.article"]._get_visitor(partner, sid)

    def _get_vote(self, article):
        votes = request.env["ticketing.article.vote"].sudo()  # his own vote only
        return votes.search([("article_id", "=", article.id), ("visitor", "=", self._get_website_visitor()[1])])

    def _may_answer(self):
        """Count an answer, and tell whether this address has not given too many."""
        throttle, key = self._get_throttle()
        if throttle._get_wait("article", key):
            return False
        throttle._count("article", key)
        return True

    @route(
        '/help/<model("ticketing.article"):article>/vote',
        type="http",
        auth="public",
        methods=["POST"],
        website=True,
        sitemap=False,
        handle_params_access_error=not_found,
    )
    def help_vote(self, article, useful="", comment="", search="", **kwargs):
        self._check_article_shown(article)
        if useful in ("0", "1") and article.state == "published" and self._may_answer():
            partner, visitor = self._get_website_visitor()
            # strangers may not write: the article was found with the visitor's own rights, the method takes what he may say
            article.sudo()._vote(useful == "1", visitor, partner, comment)
            request.session.touch()  # kept, so that he is known when he votes again
        query = {"message": "voted", **({"search": typed} if (typed := read_text(search)[:TEXT_LENGTH]) else {})}
        return request.redirect(f"{article.website_url}?{urlencode(query)}#ticketing_useful")

    @route(
        '/help/<model("ticketing.article"):article>/solved',
        type="http",
        auth="public",
        methods=["POST"],
        website=True,
        sitemap=False,
        handle_params_access_error=not_found,
    )
    def help_solved(self, article, subject="", **kwargs):
        self._check_article_shown(article)
        if article.state == "published" and self._may_answer():
            partner, visitor = self._get_website_visitor()
            # as above
            article.sudo()._count_solved(visitor, "website", subject, partner)
            request.session.touch()
        return request.redirect("/help/thanks")

    @route("/help/thanks", type="http", auth="public", website=True, readonly=True, sitemap=False)
    def help_thanks(self, **kwargs):
        return request.render("helpdesk_ticketing_website.thanks")
