import io
import re
from datetime import timedelta

from PIL import Image

from odoo import fields
from odoo.exceptions import UserError, ValidationError
from odoo.tests import tagged

from .portal_common import PortalCase


def make_photo():
    """Return a small photo (PNG)."""
    buffer = io.BytesIO()
    Image.new("RGB", (8, 8), "red").save(buffer, "PNG")
    return buffer.getvalue()


class FormCase(PortalCase):
    """A type of ticket that asks the customer one question of each kind."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.type = cls.env["ticketing.type"].create({"name": "Boiler fault"})
        cls.other_type = cls.env["ticketing.type"].create({"name": "Lamp fault"})
        cls.code = cls._ask("Error code", required=True, help="On the display")
        cls.count = cls._ask("How many", kind="integer")
        cls.pressure = cls._ask("Pressure", kind="float")
        cls.since = cls._ask("Since when", kind="date")
        cls.state = cls._ask("State", kind="selection", options="Dead\nNoisy\n")
        cls.ladder = cls._ask("Ladder", kind="boolean")
        cls.plate = cls._ask("Plate", kind="photo")
        cls.lamp = cls._ask("Which lamp", type=cls.other_type, required=True)

    @classmethod
    def _ask(cls, name, type=None, **values):  # pylint: disable=redefined-builtin
        kind = type or cls.type
        return cls.env["ticketing.ticket.field"].create({"name": name, "type_id": kind.id, **values})

    def _fill(self, **answers):
        """Return the texts of a form of the type, as a browser sends them."""
        texts = {getattr(self, name)._get_input_name(): text for name, text in answers.items()}
        return {"subject": "Boiler cold", "description": "Since Monday", "type_id": str(self.type.id), **texts}

    def _mine(self):
        return self.env["ticketing.ticket"].search([("name", "=", "Boiler cold"), ("partner_id", "=", self.contact.id)])


@tagged("post_install", "-at_install")
class TestPortalForm(FormCase):
    """The form asks what identifies a failure of the type, and nothing else."""

    def test_answers_are_kept_with_their_questions(self):
        self._login(self.marta)
        form = self._fill(code="E5", count="3", pressure="1,5", since="2026-11-20", state="Noisy", ladder="yes")
        files = [(self.plate._get_input_name(), ("plate.png", make_photo(), "image/png"))]
        page = self._post("/my/tickets/new", form, files=files).text
        ticket = self._mine()
        said = {answer.label: (answer.value, answer.said) for answer in ticket.form_answer_ids}
        self.assertEqual(said["Error code"], ("E5", "E5"))
        self.assertEqual(said["How many"], ("3", "3"))
        self.assertEqual(said["Pressure"], ("1.5", "1.5"))
        self.assertEqual(said["Since when"], ("2026-11-20", "11/20/2026"))
        self.assertEqual(said["State"], ("Noisy", "Noisy"))
        self.assertEqual(said["Ladder"], ("yes", "Yes"))
        self.assertEqual(said["Plate"][0], "plate.png")
        self.assertEqual(ticket.message_ids.attachment_ids.name, "plate.png")
        self.code.name = "Code on the display"
        self.assertIn("Error code", ticket.form_answer_ids.mapped("label"))
        self.assertIn("Error code", page)
        self.assertIn("o_ticketing_sent", page)
        found = ticket.search([("search_text", "ilike", "e5"), ("id", "=", ticket.id)])
        self.assertEqual(found, ticket, "found by what was answered")

    def test_what_is_wrong_is_told_beside_its_field_and_nothing_typed_is_lost(self):
        self._login(self.marta)
        form = self._fill(count="many", pressure="1e999", since="yesterday", state="Flying", ladder="perhaps")
        files = [(self.plate._get_input_name(), ("plate.png", b"<svg/>", "image/png"))]
        page = self._post("/my/tickets/new", form, files=files).text
        self.assertFalse(self._mine())
        for asked in self.type.field_ids:
            name = asked._get_input_name()
            self.assertRegex(page, rf'id="{name}_wrong"', asked.name)
            self.assertRegex(page, rf'aria-describedby="[^"]*{name}_wrong', asked.name)
        for typed in ("Boiler cold", "Since Monday", "many", "1e999", "yesterday"):
            self.assertIn(typed, page)
        shown = re.search(rf'<fieldset[^>]*data-type-id="{self.type.id}"[^>]*>', page)[0]
        self.assertNotIn("disabled", shown)
        hidden = re.search(rf'<fieldset[^>]*data-type-id="{self.other_type.id}"[^>]*>', page)[0]
        self.assertIn("disabled", hidden)

    def test_without_scripts_the_questions_come_after_the_choice(self):
        self._login(self.marta)
        form = {"subject": "Boiler cold", "description": "", "type_id": str(self.type.id), "choose": "1"}
        page = self._post("/my/tickets/new", form).text
        shown = re.search(rf'<fieldset[^>]*data-type-id="{self.type.id}"[^>]*>', page)[0]
        self.assertNotIn("disabled", shown)
        self.assertIn("Boiler cold", page)
        self.assertNotIn('role="alert"', page)
        self.assertFalse(self._mine())

    def test_another_companys_type_is_not_asked(self):
        company = self.env["res.company"].create({"name": "Other desk", "iap_enrich_auto_done": True})
        team = self.env["ticketing.team"].create({"name": "Other desk", "company_id": company.id})
        self.other_type.team_ids = team
        self._login(self.marta)
        self.assertNotIn("Lamp fault", self.url_open("/my/tickets/new").text)
        self._post("/my/tickets/new", {**self._fill(code="E5"), "type_id": str(self.other_type.id)})
        self.assertFalse(self._mine().type_id)

    def test_answers_stay_as_sent(self):
        ticket = self._create_ticket()
        answer = self.env["ticketing.ticket.answer"].create(
            {"ticket_id": ticket.id, "label": "Error code", "kind": "char", "value": "E5"}
        )
        for user in (self.agent, self.manager):
            self.assertEqual(answer.with_user(user).value, "E5")
        with self.assertRaisesRegex(UserError, "stay as he sent them|not allowed"):
            answer.with_user(self.manager).write({"value": "E6"})

    def test_a_choice_has_choices(self):
        with self.assertRaisesRegex(ValidationError, "two at least"):
            self.state.options = "Dead\n\n"

    def test_summary_reads_the_form_back(self):
        self.assertIn("must tell: Error code", self.type.field_summary)
        self.assertIn("nothing else", self.env["ticketing.type"].create({"name": "Empty"}).field_summary)

    def test_queries_do_not_grow_with_questions(self):
        self._login(self.marta)
        first = self._count_queries("/my/tickets/new")
        for number in range(10):
            self._ask(f"Question {number}")
        self.assertEqual(self._count_queries("/my/tickets/new"), first)


@tagged("post_install", "-at_install")
class TestPortalUrgent(PortalCase):
    """Urgent for the customer: told once a day, without a storm of mails."""

    def _urge(self, ticket, reason="The hotel is full"):
        return self._post(f"/my/tickets/{ticket.id}/urge", {"reason": reason}, page=f"/my/tickets/{ticket.id}").text

    def test_the_leader_gets_one_task_and_the_customer_an_answer(self):
        ticket = self._create_ticket()
        self._login(self.marta)
        mails = self.env["mail.mail"].search_count([])
        self.assertIn("will look at your ticket", self._urge(ticket))
        self.assertEqual(ticket.activity_ids.user_id, self.manager)
        self.assertIn("The hotel is full", ticket.message_ids[0].body)
        self.assertEqual(ticket.message_ids[0].author_id, self.contact)
        self.assertLessEqual(self.env["mail.mail"].search_count([]) - mails, 1)
        count = len(ticket.message_ids)
        self.assertIn("told us already", self._urge(ticket))
        self.assertEqual((len(ticket.message_ids), len(ticket.activity_ids)), (count, 1))
        self.assertNotIn('data-bs-target="#ticketing_urge"', self.url_open(f"/my/tickets/{ticket.id}").text)
        ticket.urgent_on = fields.Datetime.now() - timedelta(hours=25)
        self.assertIn("will look at your ticket", self._urge(ticket))

    def test_without_a_team(self):
        """A manager is told: somebody has to be."""
        ticket = self._create_ticket(team_id=False)
        self._login(self.marta)
        self.assertIn("will look at your ticket", self._urge(ticket))
        self.assertTrue(ticket.activity_ids.user_id.has_group("helpdesk_ticketing.group_manager"))

    def test_who_may_not_or_says_nothing(self):
        ticket = self._create_ticket()
        self._login(self.stranger)
        answer = self._post(f"/my/tickets/{ticket.id}/urge", {"reason": "x"})
        self.assertEqual(answer.status_code, 404)
        self._login(self.marta)
        self.assertIn("Say why it is urgent", self._urge(ticket, "  "))
        ticket._move_to_kind("solved")
        self.assertIn("is solved", self._post(f"/my/tickets/{ticket.id}/urge", {"reason": "x"}).text)
        self.assertFalse(ticket.urgent_on or ticket.activity_ids)

    def test_not_everything_is_urgent(self):
        self._login(self.marta)
        for number in range(6):
            page = self._urge(self._create_ticket(name=f"Urgent {number}"))
        self.assertIn("many tickets as urgent", page)
