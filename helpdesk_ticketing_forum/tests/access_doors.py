"""Whom the addresses of the forum answer: for ``test_access_matrix.py`` of the main add-on.

Here the places are: "own" a question for all, "colleague" one that waits to be looked at, "other" one in a forum of the
desk's managers alone, "foreign" one for all in a forum of another company's team, "ended" one that was put away as
offensive, "elsewhere" one on another website.
"""

from odoo import Command

from odoo.addons.helpdesk_ticketing.tests.access_doors import (
    ACTORS,
    CORE_MODELS,
    DOORS,
    PUBLISHED,
    PUBLISHED_ELSEWHERE,
    TARGETS,
    VALUES,
    WHO,
    Door,
    mark,
)
from odoo.addons.helpdesk_ticketing.tests.access_world import Paper
from odoo.addons.helpdesk_ticketing_website.tests.access_doors import LOGGED_IN

ADDON = "helpdesk_ticketing_forum"
FORUM = '/forum/<model("forum.forum"):forum>'
QUESTION = FORUM + '/<model("forum.post"):question>'

OPEN = ("own", "colleague", "foreign", "ended")
WHO["forum visitors"] = dict.fromkeys(OPEN, set(ACTORS))
WHO["forum writers"] = dict.fromkeys(OPEN, LOGGED_IN)
WHO["forum readers"] = {"own": set(ACTORS), "colleague": {"two"}, "foreign": set(ACTORS)}
WHO["forum staff"] = {"foreign": {"agent"}}
PUBLISHED_ELSEWHERE.add(("post", "elsewhere"))
PUBLISHED.update({"post": "forum readers", "forum": "forum visitors"})
VALUES.update({"forum": "forum_id", "question": "id"})
TARGETS.update(
    {
        "waiting post": ("forum.post", "post", "colleague"),
        "managers' post": ("forum.post", "post", "other"),
        "offensive post": ("forum.post", "post", "ended"),
    }
)
CORE_MODELS += ["forum.forum", "forum.post"]
DOORS.update(
    {
        QUESTION: Door("forum readers", "post", addon=ADDON),
        FORUM + "/ask": Door("forum writers", "forum", page=False, addon=ADDON),
        FORUM + "/validation_queue": Door("forum staff", "forum", page=False, addon=ADDON),
        FORUM + "/flagged_queue": Door("forum staff", "forum", page=False, addon=ADDON),
        FORUM + "/offensive_posts": Door("forum staff", "forum", page=False, addon=ADDON),
        FORUM + "/closed_posts": Door("forum staff", "forum", page=False, addon=ADDON),
        QUESTION + "/ticket": Door("forum staff", "post", "POST", addon=ADDON),
        QUESTION + "/article": Door("forum staff", "post", "POST", addon=ADDON),
        QUESTION + "/pin": Door("forum staff", "post", "POST", addon=ADDON),
    }
)


def make_papers(world):
    """Make a forum for each place, with a question that the desk has made a ticket of."""
    elsewhere = world.env["website"].create({"name": "Other Forums", "company_id": world.company.id})
    managers = {"privacy": "private", "authorized_group_id": world.env.ref("helpdesk_ticketing.group_manager").id}
    for place, user, of_forum, of_post in (
        ("own", world.marta, {}, {}),
        ("colleague", world.colleague, {}, {"state": "pending"}),
        ("other", world.manager, managers, {}),
        ("foreign", world.marta, {"ticketing_team_id": world.foreign_team.id}, {}),
        ("ended", world.manager, {}, {"state": "offensive", "active": False}),
        ("elsewhere", world.marta, {"website_id": elsewhere.id}, {}),
    ):
        forum = _make_forum(world, place, of_forum)
        user.sudo().karma = 1
        post = world.env["forum.post"].with_user(user).sudo().create(_prepare_question(forum, mark("post", place)))
        values = {"team_id": forum.ticketing_team_id.id, "user_id": False, "partner_id": False}
        ticket = world._create_ticket(name=mark("staff", place), **values)
        post.write({"ticketing_ticket_id": ticket.id, **of_post})
        world.papers["post", place] = world.papers["forum", place] = Paper(post.id, forum_id=forum.id)


def _make_forum(world, place, values):
    """The words of a forum that is not for all are secret, too."""
    forum = world.env["forum.forum"]._prepare_team_forum_values(world.team, "questions")
    name = mark("forum", place) if values.get("privacy") else f"Forum {place}"
    return world.env["forum.forum"].create({"website_id": False, **forum, "name": name, **values})


def _prepare_question(forum, text):
    return {"forum_id": forum.id, "name": text, "content": f"<p>{text}</p>", "tag_ids": [Command.clear()]}
