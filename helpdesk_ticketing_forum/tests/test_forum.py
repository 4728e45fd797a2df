import re

from odoo.exceptions import AccessError, ValidationError
from odoo.tests import HttpCase, new_test_user, tagged

from odoo.addons.helpdesk_ticketing.tests.common import TicketingCase
from odoo.addons.helpdesk_ticketing.tests.common_accessibility import PageChecks


class ForumCase(TicketingCase, HttpCase):
    """The forums of a team, a customer who asks, and an agent without any reputation."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        website = cls.env["website"].get_current_website()
        website.write({"default_lang_id": cls.env.ref("base.lang_en").id})
        cls.team.with_user(cls.manager).action_create_forums()
        forums = {forum.ticketing_kind: forum for forum in cls.team.forum_ids}
        cls.forum, cls.ideas, cls.news = (forums[kind] for kind in ("questions", "ideas", "announcements"))
        cls.marta = cls._create_customer("marta.forum", cls.contact)
        colleague = cls.contact.copy({"name": "Colleague", "email": "colleague@customer.example"})
        cls.other = cls._create_customer("other.forum", colleague)
        (cls.marta | cls.agent | cls.manager).karma = 0
        cls.other.karma = 50

    @classmethod
    def _create_customer(cls, login, partner):
        return new_test_user(
            cls.env, login=login, groups="base.group_portal", partner_id=partner.id, email=partner.email, lang="en_US"
        )

    @classmethod
    def _ask(cls, user, forum=None, name="Boiler whistles", content="<p>Since it is cold.</p>", **values):
        forum = forum or cls.forum
        post = cls.env["forum.post"].with_user(user)
        return post.create({"forum_id": forum.id, "name": name, "content": content, **values})

    def _answer(self, user, question, content, **values):
        return self._ask(user, question.forum_id, f"Re: {question.name}", content, parent_id=question.id, **values)

    def _url(self, post, action=""):
        slug = self.env["ir.http"]._slug
        return f"/forum/{slug(post.forum_id)}/{slug(post)}{action}"

    def _page(self, url, user):
        self.authenticate(user.login, user.login)
        return self.url_open(url)

    def _press(self, user, post, action):
        """Press a button of the staff bar."""
        page = self._page(self._url(post), user).text
        token = re.search(r'csrf_token: "([^"]+)"', page).group(1)
        return self.url_open(self._url(post, f"/{action}"), data={"csrf_token": token})


@tagged("post_install", "-at_install")
class TestForum(ForumCase):
    """Questions, ideas and announcements, and what the desk makes of them."""

    def test_moderated_by_the_team(self):
        """A customer's first question waits; staff of the team sees and accepts it, whatever its reputation."""
        question = self._ask(self.marta)
        self.assertEqual(question.state, "pending")
        self.assertEqual(self._page(self._url(question), self.other).status_code, 404)
        self.assertIn("Since it is cold", self._page(self._url(question), self.agent).text)
        queue = f"/forum/{self.forum.id}/validation_queue"
        self.assertIn(question.name, self._page(queue, self.agent).text)
        self.assertEqual(self._page(queue, self.other).status_code, 404)
        with self.assertRaises(AccessError):
            question.with_user(self.other).validate()
        question.with_user(self.agent).validate()
        self.assertEqual(question.state, "active")
        self.assertIn(question.name, self._page(f"/forum/{self.forum.id}", self.other).text)

    def test_offensive(self):
        """Flagged by a reader, put away by the staff; not by the staff of another team."""
        question = self._ask(self.other)
        another = self._answer(self.marta, question, "<p>Rubbish</p>")
        another.with_user(self.other)._flag()
        self.assertEqual(another.state, "flagged")
        self.assertIn("Rubbish", self._page(f"/forum/{self.forum.id}/flagged_queue", self.agent).text)
        reason = self.env.ref("website_forum.reason_7")
        with self.assertRaises(AccessError):
            another.with_user(self._create_stranger())._mark_as_offensive(reason.id)
        another.with_user(self.agent)._mark_as_offensive(reason.id)
        self.assertEqual((another.state, another.active), ("offensive", False))

    def _create_stranger(self):
        groups = "base.group_user,helpdesk_ticketing.group_user_team"
        return new_test_user(self.env, login="other.desk", groups=groups)

    def test_announcements(self):
        """Only the team writes them, and pins what is to stand first."""
        with self.assertRaises(AccessError):
            self._ask(self.other, self.news)
        first, second = (self._ask(self.agent, self.news, name) for name in ("Closed in August", "New telephone"))
        self.assertEqual((first | second).mapped("state"), ["active", "active"])
        with self.assertRaises(AccessError):
            self._answer(self.other, first, "<p>Why?</p>")
        first.with_user(self.other).message_post(body="Why?", message_type="comment", subtype_xmlid="mail.mt_comment")
        self._press(self.agent, first, "pin")
        self.assertTrue(first.is_pinned)
        page = self._page(f"/forum/{self.news.id}?sorting=create_date+desc", self.other).text
        self.assertLess(page.index("Closed in August"), page.index("New telephone"))
        self.assertNotIn("o_wforum_ask_btn", page)

    def test_ideas(self):
        """What most want stands first; a vote of each."""
        ideas = [self._ask(self.other, self.ideas, name) for name in ("Chat", "Evening hours")]
        ideas[0].with_user(self.marta).vote()
        self.assertEqual(ideas[0].vote_count, 1)
        page = self._page(f"/forum/{self.ideas.id}", self.marta).text
        self.assertLess(page.index("Chat"), page.index("Evening hours"))
        with self.assertRaises(AccessError):
            ideas[0].with_user(self.other).is_pinned = True
        ideas[0].with_user(self.env.ref("base.user_root")).active = False
        profile = self._page(f"/profile/user/{self.marta.id}?forum_id={self.ideas.id}", self.marta)
        self.assertEqual(profile.status_code, 200, "what was voted for and put away is no error")
        self.assertNotIn("Chat", profile.text)

    def test_ticket(self):
        """The question is a ticket of its author, linked both ways, and its author is told in the forum. Once."""
        question = self._ask(self.other)
        self._press(self.agent, question, "ticket")
        ticket = question.sudo().ticketing_ticket_id
        self.assertEqual((ticket.name, ticket.partner_id), ("Boiler whistles", self.other.partner_id))
        self.assertEqual((ticket.team_id, ticket.channel_id.code), (self.team, "forum"))
        self.assertEqual((ticket.forum_post_id.id, ticket.create_uid), (question.id, self.agent))
        self.assertIn("Since it is cold", ticket.description)
        self.assertEqual(question.child_ids.create_uid, self.agent)
        self.assertIn("support ticket", question.child_ids.plain_content)
        question.with_user(self.manager).action_make_ticket()
        self.assertEqual((question.sudo().ticketing_ticket_id, len(question.child_ids)), (ticket, 1))
        self.assertNotIn(ticket.number, self._page(self._url(question), self.other).text)

    def test_ticket_after_an_answer(self):
        """An agent who has answered already adds a comment, in the author's language."""
        self.env["res.lang"]._activate_lang("es_ES")
        self.other.lang = "es_ES"
        question = self._ask(self.other)
        self._answer(self.agent, question, "<p>Open the valve.</p>")
        question.with_user(self.agent).action_make_ticket()
        self.assertEqual(len(question.child_ids), 1)
        comment = question.message_ids.filtered(lambda message: message.author_id == self.agent.partner_id)[:1]
        self.assertIn("Gracias", comment.body)

    def test_colleagues_question(self):
        """What a colleague asks has no customer."""
        question = self._ask(self.manager)
        question.with_user(self.agent).action_make_ticket()
        self.assertFalse(question.sudo().ticketing_ticket_id.partner_id)

    def test_article(self):
        """A draft of the question and its accepted answer; without an answer the staff is told."""
        question = self._ask(self.other)
        self.assertIn("has no answer yet", self._press(self.agent, question, "article").text)
        self._answer(self.agent, question, "<p>Wait.</p>")
        best = self._answer(self.manager, question, "<p>Open the <b>valve</b>.</p>")
        best.with_user(self.other).is_correct = True
        self._press(self.agent, question, "article")
        article = question.sudo().ticketing_article_id
        self.assertEqual((article.name, article.state, article.author_id), (question.name, "draft", self.agent))
        self.assertEqual((article.body, article.summary), ("<p>Open the <b>valve</b>.</p>", "Since it is cold."))
        self.assertEqual((article.forum_post_id.id, article.team_ids), (question.id, self.team))

    def test_only_staff(self):
        """Customers and other desks get the answer of what does not exist, and no buttons; no link is typed in."""
        question = self._ask(self.other)
        for user in self.other | self.marta | self._create_stranger():
            for action in ("ticket", "article", "pin"):
                self.assertEqual(self._press(user, question, action).status_code, 404)
            self.assertNotIn("o_ticketing_staff_bar", self._page(self._url(question), user).text)
            with self.assertRaises(AccessError):
                question.with_user(user).action_make_ticket()
        with self.assertRaises(AccessError):
            question.with_user(self.agent).ticketing_ticket_id = self._create_ticket()
        with self.assertRaises(AccessError):
            self._ask(self.agent, ticketing_ticket_id=self._create_ticket().id)
        with self.assertRaises(AccessError):
            self.team.with_user(self.agent).action_create_forums()

    def test_nothing_is_set_by_a_context(self):
        """What the staff or a step sets is not set by a default, the caller's or the user's own, either."""
        article = self.env["ticketing.article"].create({"name": "Secret", "body": "<p>x</p>"})
        for name, value in (
            ("is_pinned", True),
            ("ticketing_ticket_id", self._create_ticket().id),
            ("ticketing_article_id", article.id),
        ):
            post = self.env["forum.post"].with_user(self.other).with_context(**{f"default_{name}": value})
            with self.subTest(name), self.assertRaises(AccessError):
                post.create({"forum_id": self.forum.id, "name": "Boiler", "content": "<p>x</p>"})
            self.env["ir.default"].set("forum.post", name, value, user_id=self.other.id)
            with self.subTest(name, by="user's default"), self.assertRaises(AccessError):
                self._ask(self.other)
            self.env["ir.default"].set("forum.post", name, False, user_id=self.other.id)
        post = self.env["forum.post"].with_user(self.agent).with_context(default_is_pinned=True)
        values = {"forum_id": self.forum.id, "name": "Boiler", "content": "<p>x</p>"}
        self.assertTrue(post.create(values).is_pinned, "the staff pins")

    def test_no_answer_by_another_forum(self):
        """Under an announcement nobody answers by naming a forum that is open, nor moves an answer there."""
        news = self._ask(self.agent, self.news, "Closed in August")
        with self.assertRaises(ValidationError):
            self._ask(self.other, self.forum, "Re", "<p>Why?</p>", parent_id=news.id)
        question = self._ask(self.other)
        answer = self._answer(self.other, question, "<p>Myself</p>")
        for post in answer | question:
            with self.assertRaises(ValidationError):
                post.write({"parent_id": news.id})
        self.assertFalse(news.child_ids)
        # rows that were written before this was checked
        self.env.flush_all()
        self.env.cr.execute("UPDATE forum_post SET parent_id = %s WHERE id = %s", (news.id, answer.id))
        self.env.invalidate_all()
        self.assertFalse(answer.with_user(self.other).can_answer)

    def test_hostile_post(self):
        """What a customer writes is cleaned on its way into the ticket."""
        self.other.karma = 1000
        content = "<p>hello<script>alert(1)</script><img src='x' onerror='alert(1)'/></p>"
        question = self._ask(self.other, name="</title><script>alert(1)</script>", content=content)
        question.with_user(self.agent).action_make_ticket()
        description = question.sudo().ticketing_ticket_id.description
        self.assertNotIn("alert", description)
        self.assertNotIn("<script>alert", self._page(self._url(question), self.agent).text)


class TourCase(ForumCase):
    def _check_tour(self):
        question = self._ask(self.other)
        self.start_tour(self._url(question), "ticketing_forum_agent", login=self.agent.login)
        self.assertTrue(question.sudo().ticketing_ticket_id)


@tagged("post_install", "-at_install")
class TestDesk(TourCase):
    browser_size = "1280x800"

    def test_tour(self):
        """An agent makes a ticket on the website, as wide as a desk."""
        self._check_tour()


@tagged("post_install", "-at_install")
class TestPhone(TourCase):
    browser_size = "390x844"
    touch_enabled = True

    def test_tour(self):
        """The same on a telephone."""
        self._check_tour()


@tagged("post_install", "-at_install")
class TestAccessibility(PageChecks, ForumCase):
    """What the desk has on the forum's pages; the rest of them is core's."""

    def test_pages(self):
        questions = [self._ask(self.other, name=f"Boiler whistles {number}") for number in range(2)]
        questions[1].with_user(self.agent).action_make_ticket()
        questions[1].with_user(self.agent).action_make_article()
        pages = {"forums": "/forum", **{question.name: self._url(question) for question in questions}}
        self._check_pages("/forum", pages, login=self.agent.login)
