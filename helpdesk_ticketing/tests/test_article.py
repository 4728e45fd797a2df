from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged

from .common import TicketingCase
from .portal_common import PORTAL


@tagged("post_install", "-at_install")
class TestArticle(TicketingCase):
    """Articles: who reads and publishes them, and how they are found."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["ticketing.article"].search([]).active = False
        cls.customer_user = new_test_user(cls.env, login="reader.portal", groups=PORTAL, partner_id=cls.contact.id)
        cls.boiler, cls.password, cls.draft = cls.env["ticketing.article"].create(
            [
                {"name": "The boiler loses pressure", "body": "<p>Open the filling valve.</p>", "state": "published"},
                {"name": "Forgotten password", "body": "<p>Ask for a new one.</p>", "state": "published"},
                {"name": "The boiler of the staff kitchen", "body": "<p>Hit it.</p>"},
            ]
        )

    def _find(self, text, user=None, **kwargs):
        return self.env["ticketing.article"].with_user(user or self.manager)._search_ranked(text, "en_US", **kwargs)

    def test_search(self):
        self.assertEqual(self._find("my boilers are losing pressure")[:1], self.boiler)
        self.assertEqual(self._find("boyler presure")[:1], self.boiler, "typing errors")
        self.assertEqual(self._find("passw")[:1], self.password, "the beginning of a word that is being typed")
        self.assertFalse(self._find("the and of"), "words that stand everywhere")
        self.assertFalse(self._find("'; & | ! <-> :* \\ \0 '' 🔥 %% %s"))

    def test_read(self):
        self.assertEqual(self._find("boiler"), self.boiler | self.draft)
        self.assertEqual(self._find("boiler", self.customer_user), self.boiler)
        self.assertEqual(self._find("boiler", self.accountant), self.boiler)

    def test_publish(self):
        draft = self.draft.with_user(self.agent)
        draft.action_internal()
        with self.assertRaises(AccessError):
            draft.action_publish()
        with self.assertRaises(AccessError):
            draft.create({"name": "Mine", "state": "published"})
        with self.assertRaises(AccessError):
            self.boiler.with_user(self.agent).name = "Changed"
        draft.with_user(self.manager).action_publish()
        self.assertTrue(self.draft.published_on)
