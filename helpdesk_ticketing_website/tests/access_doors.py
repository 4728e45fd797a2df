"""Whom the addresses of the website answer: for ``test_access_matrix.py`` of the main add-on."""

from odoo import Command

from odoo.addons.helpdesk_ticketing.tests.access_doors import (
    ACTORS,
    DOORS,
    PLACES,
    PUBLISHED,
    PUBLISHED_ELSEWHERE,
    VALUES,
    WHO,
    Door,
    mark,
)
from odoo.addons.helpdesk_ticketing.tests.access_world import Paper

ADDON = "helpdesk_ticketing_website"
VISITORS = set(ACTORS) - {"agent"}  # the agent is of another company
LOGGED_IN = {actor for actor, (login, __) in ACTORS.items() if login}

# "members": published for customers who log in. "elsewhere": what another website of the same company shows.
PLACES += ["members", "elsewhere"]
WHO["readers"]["members"] = LOGGED_IN - {"agent"}
WHO["topic readers"] = {"own": VISITORS, "members": LOGGED_IN - {"agent"}, "foreign": {"agent"}}
# Staff that reads an article sees it as visitors would.
WHO["visitors"] = {**WHO["topic readers"], "colleague": {"employee"}}
# Who may know a topic: its name stands in the form, too. It has a page where it has an article for who comes.
WHO["topic visitors"] = dict.fromkeys(("own", "colleague", "other", "members", "elsewhere"), set(ACTORS))
WHO["topic visitors"]["foreign"] = LOGGED_IN
PUBLISHED_ELSEWHERE.add(("article", "elsewhere"))
PUBLISHED.update({"article": "visitors", "topic": "topic visitors"})
VALUES.update({"article": "id", "topic": "topic"})
DOORS.update(
    {
        "/help": Door("visitors", shows="article", addon=ADDON),
        "/help/page/<int:page>": Door("visitors", shows="article", addon=ADDON),
        "/help/suggest": Door("visitors", page=False, addon=ADDON),
        "/help/thanks": Door("visitors", page=False, addon=ADDON),
        "/help/report": Door("visitors", page=False, addon=ADDON),
        "/help/report/sent": Door("visitors", page=False, addon=ADDON),
        '/help/topic/<model("ticketing.type"):topic>': Door("topic readers", "topic", shows="article", addon=ADDON),
        '/help/topic/<model("ticketing.type"):topic>/page/<int:page>': Door(
            "topic readers", "topic", page=False, addon=ADDON
        ),
        '/help/<model("ticketing.article"):article>': Door("visitors", "article", addon=ADDON),
        '/help/<model("ticketing.article"):article>/file/<int:file_id>': Door("visitors", "article", addon=ADDON),
        '/help/<model("ticketing.article"):article>/vote': Door(
            "visitors", "article", "POST", data={"useful": "1", "comment": "Mallory"}, addon=ADDON
        ),
        '/help/<model("ticketing.article"):article>/solved': Door(
            "visitors", "article", "POST", data={"subject": "Mallory"}, addon=ADDON
        ),
    }
)


def make_papers(world):
    """Add articles for customers alone and of another website; each article has a topic of its own."""
    site = world.env["website"].create({"name": "Elsewhere", "company_id": world.company.id})
    for place, values in (("members", {"website_audience": "customers"}), ("elsewhere", {"website_id": site.id})):
        text = mark("article", place)
        article = world.env["ticketing.article"].create(
            {"name": text, "body": f"<p>{text}</p>", "state": "published", "company_id": world.company.id, **values}
        )
        article.attachment_ids = file = world._attach(article, text)
        world.papers["article", place] = Paper(article.id, file_id=file.id)
    for (kind, place), paper in list(world.papers.items()):
        if kind == "article":
            topic = world.env["ticketing.type"].create({"name": "Topic"})
            if place == "foreign":
                topic.team_ids = [Command.set(world.foreign_team.ids)]
            world.env["ticketing.article"].browse(paper.id).type_ids = topic
            world.papers["topic", place] = Paper(topic.id, topic=world.env["ir.http"]._slug(topic))
