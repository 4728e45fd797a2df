from datetime import timedelta

from freezegun import freeze_time

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged
from odoo.tests.common import JsonRpcException
from odoo.tools import mute_logger

from .common_progress import ProgressCase
from .portal_common import PortalCase

QUIET = ("odoo.http", "odoo.addons.base.models.ir_rule", "odoo.addons.base.models.ir_model")


class CertificateCase(ProgressCase, PortalCase):
    """The customer's people, and a lender's, who log in."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.bank = cls.env["res.partner"].create(
            {
                "name": "Bank Test",
                "is_company": True,
                "email": "works@bank.example",
                "lang": "en_US",
                "street": "Calle Mayor 1",
                "city": "Madrid",
                "zip": "28001",
                "country_id": cls.env.ref("base.es").id,
                "vat": "ESA28017895",
            }
        )
        banker = cls.env["res.partner"].create(
            {"name": "Banker Test", "parent_id": cls.bank.id, "email": "banker@bank.example"}
        )
        cls.banker = cls._create_portal_user("banker.portal", banker)

    def _make_note(self, acceptance="both", payer="lender", ready=True, **values):
        """Return a certificate of 3,000 of 10,000, that waits to be accepted."""
        plan = self._make_plan(
            acceptance=acceptance,
            payer=payer,
            lender_id=self.bank.id,
            retention_percent=5,
            user_id=self.manager.id,
            **values,
        )
        plan.milestone_ids[0].is_reached = True
        note = self._certify(plan)
        if ready:
            note.action_ready()
        return note

    def _sign_once(self, note):
        """Have the next one accept, and nobody after him."""
        if note.state == "draft":
            note.action_ready()
        note.action_sign("Marta Ruiz", self.signature)

    def _link(self, note):
        return f"/ticketing/sign/{note.id}/{note.sign_token}"

    def _url(self, note, signer):
        return f"/my/certificates/{note.id}/sign/{signer}"

    def _run_cron(self, xmlid):
        self.env.ref(f"helpdesk_ticketing.{xmlid}").method_direct_trigger()  # the registry is in test mode already

    def _follow(self):
        self._run_cron("ir_cron_acceptance")

    def _get_mails_to(self, partner):
        domain = [("partner_ids", "in", partner.ids), ("model", "=", "ticketing.delivery.note")]
        return self.env["mail.message"].search([*domain, ("message_type", "=", "user_notification")])


@tagged("post_install", "-at_install")
class TestCertificateAcceptance(CertificateCase):
    """Who accepts, in which order; rejection and silence."""

    def test_who_signs(self):
        """The plan says who, where the lender pays; elsewhere it is the customer alone."""
        cases = [("payer", "lender", "lender"), ("customer", "lender", "customer"), ("both", "lender", "customer")]
        for acceptance, payer, signer in [*cases, ("payer", "customer", "customer"), ("both", "customer", "customer")]:
            note = self._make_note(acceptance, payer)
            self.assertEqual(note.next_signer, signer, acceptance)
            self.assertEqual(self.env["ticketing.delivery.note"].search([("next_signer", "=", signer)]) & note, note)
            self._sign_once(note)
            if (acceptance, payer) == ("both", "lender"):
                self.assertEqual((note.state, note.next_signer, note.signer_name), ("ready", "lender", "Marta Ruiz"))
                self.assertFalse(note.billing_request_ids or note.lender_signed_on or note.pdf_pending)
                note.action_sign("Banker", self.signature)
            self.assertEqual(note.state, "signed")
            self.assertEqual(bool(note.signer_name), signer == "customer")
            self.assertEqual(bool(note.lender_signer_name), acceptance in ("payer", "both") and payer == "lender")
            self.assertTrue(note.signed_on and note._is_intact() and note.is_certified)
            self.assertEqual(note.billing_request_ids.state, "queued")
        self._run_billing()
        self.assertEqual(self.env["ticketing.self.check"]._find_violations(), [])

    def test_both_by_link(self):
        """The customer's link ends with his signature; the lender gets one of his own, which the customer never reads."""
        note = self._make_note()
        first = self._link(note)
        self._login(None)
        page = self.url_open(first).text
        for text in ("Accept and sign", "Reject", "10,000.00", "3,000.00", "2,850.00", "Part 1", "Bank Test"):
            self.assertIn(text, page)
        self.assertNotIn("Delivery Note", page)
        answer = self._sign_json(f"{first}/accept", name="Marta")
        self.assertIn("Now the lender is asked", self.url_open(answer["redirect_url"]).text)
        self.assertEqual(self.url_open(first).status_code, 404)
        self.assertIn("error", self._sign_json(f"{first}/accept", name="Marta again"))
        self._follow()
        mail = self._get_mails_to(self.bank)
        self.assertIn(self._link(note), mail.body)
        for user in (self.marta, self.banker):
            self.assertFalse(self.env["mail.message"].with_user(user).search([("id", "=", mail.id)]))
        self._login(None)
        self._sign_json(f"{self._link(note)}/accept", name="Banker")
        self.assertEqual((note.signer_name, note.lender_signer_name, note.state), ("Marta", "Banker", "signed"))
        self.assertEqual((note.lender_sign_method, note.lender_sign_address), ("link", "127.0.0.1"))
        self._follow()
        self.assertEqual(len(self._get_mails_to(self.bank)), 1)
        note._attach_pdf()
        self.assertEqual(note.pdf_id and note.message_ids[:1].partner_ids, note.partner_id | self.bank)

    def test_dead_links(self):
        note = self._make_note()
        self._login(None)
        link = self._link(note)
        note.sign_token_expires_on = fields.Datetime.now() - timedelta(seconds=1)
        self.assertEqual(self.url_open(link).status_code, 404)
        note.action_renew_link()
        link = self._link(note)
        note.action_revoke_link()
        self.assertEqual(self.url_open(link).status_code, 404)
        self.assertIn("error", self._sign_json(f"{link}/accept"))
        self.assertFalse(note.signed_on)

    def test_turns_on_the_portal(self):
        """Each only for his own part and when it is his turn; a second click is not the other's signature."""
        note = self._make_note()
        self._login(self.banker)
        page = self.url_open(f"/my/certificates/{note.id}").text
        self.assertIn("The customer accepts it first", page)
        self.assertNotIn("signature_form", page)
        self.assertIn("by the customer first", self._sign_json(self._url(note, "lender"))["error"])
        self.assertIn("not yours", self._sign_json(self._url(note, "customer"))["error"])
        self._login(self.marta)
        self.assertIn("not yours", self._sign_json(self._url(note, "lender"))["error"])
        self.assertIn("not yours", self._sign_json(f"/my/notes/{note.id}/sign")["error"])
        self.assertFalse(note.signed_on)
        self._sign_json(self._url(note, "customer"), name="Marta")
        self.assertIn("accepted", self._sign_json(self._url(note, "customer"), name="Twice")["error"])
        self.assertIn("not yours", self._sign_json(f"/my/notes/{note.id}/sign")["error"])
        page = self.url_open(f"/my/certificates/{note.id}").text
        self.assertIn("The lender is still to accept it", page)
        self.assertNotIn("signature_form", page)
        self.assertEqual((note.signer_name, note.lender_signer_name), ("Marta", False))
        refused = self._post(f"/my/certificates/{note.id}/refuse/customer", {"reason": "Late"}, page="/my/tickets/new")
        self.assertIn("has accepted", refused.text)
        self._login(self.banker)
        self._sign_json(self._url(note, "lender"), name="Banker")
        self.assertIn("already", self._sign_json(self._url(note, "lender"), name="Twice")["error"])
        self.assertEqual((note.state, note.lender_signer_name), ("signed", "Banker"))

    def test_wizard_opened_before(self):
        """The desk's dialog signs for whom it was opened."""
        note = self._make_note()
        context = note.action_open_sign()["context"]
        wizards = [
            self.env["ticketing.sign.wizard"]
            .with_context(**context)
            .create({"signer_name": name, "signature": self.signature})
            for name in ("Marta", "Twice")
        ]
        wizards[0].action_confirm()
        with self.assertRaisesRegex(UserError, "accepted"):
            wizards[1].action_confirm()
        self.assertFalse(note.lender_signer_name)
        self._check_words(note.action_open_sign(), "Accept", "Bank Test")
        self._check_words(note.action_open_refuse(), "Reject", "Bank Test")

    def _check_words(self, action, word, signer):
        """A certificate's dialog says for whom it is, and nothing of signing or refusing."""
        self.assertEqual(action["name"].split()[0], word)
        view_id = action["views"][0][0]
        wizard = Form(self.env["ticketing.sign.wizard"].with_context(**action["context"]), view=view_id)
        self.assertEqual((wizard.signer, wizard.partner_id.name), ("lender", signer))
        for wrong in ('"Sign"', "Refusal", "Refuses"):
            self.assertNotIn(wrong, self.env["ir.ui.view"].browse(view_id).arch)

    def test_halfway_is_frozen(self):
        """What the customer accepted stays: evidence, content, files; it is not taken back to draft."""
        note = self._make_note(ready=False)
        photo = self.env["ir.attachment"].create(
            {"name": "a.png", "datas": self.signature, "res_model": note._name, "res_id": note.id}
        )
        self._sign_once(note)
        self.assertIn("a.png", note.content)
        for values in ({"signer_name": "X"}, {"signature": False}, {"signed_on": False}, {"percent_reason": "X"}):
            with self.assertRaises(UserError):
                note.sudo().write(values)
        for name in ("lender_signer_name", "lender_signature", "acceptance", "remind_on", "lender_id"):
            with self.assertRaises(AccessError):
                note.with_user(self.manager).write({name: False})
        with self.assertRaises(UserError):
            note.action_draft()
        with self.assertRaises(UserError):
            photo.raw = b"other"
        image = self.env["ir.attachment"].sudo().search([("res_id", "=", note.id), ("res_field", "=", "signature")])
        with self.assertRaises(UserError):
            image.unlink()
        note.plan_id.acceptance = "customer"
        self.assertEqual(note.next_signer, "lender")
        self.env.cr.execute("UPDATE ticketing_delivery_note_line SET amount = 9999 WHERE note_id = %s", (note.id,))
        self.env.invalidate_all()
        with self.assertRaisesRegex(UserError, "not what was shown"):
            note.action_sign("Banker", self.signature)

    def test_rejected(self):
        """The manager reads why; what it said is due again at once."""
        note = self._make_note()
        self._sign_once(note)
        self._login(None)
        link = self._link(note)
        page = self._post(f"{link}/refuse", {"reason": " "}, page=link)
        self.assertIn("Write why it is rejected", page.text)
        page = self._post(f"{link}/refuse", {"reason": "The boiler is missing"}, page=link)
        self.assertIn("You have rejected", page.text)
        self.assertEqual((note.state, note.next_signer), ("refused", False))
        self.assertEqual(note.activity_ids.user_id, self.manager)
        self.assertIn("The boiler is missing", note.activity_ids.note)
        self.assertIn("Refused", note.message_ids.filtered(lambda message: message.author_id == self.bank).body)
        self.assertFalse(note.billing_request_ids)
        self.assertEqual(self._certify(note.plan_id).period_amount, 3000)

    def test_silence(self):
        """Three reminders to who is next, then the manager is asked; a bad one stops nobody."""
        bad, note = self._make_note(), self._make_note()
        template = self.env.ref("helpdesk_ticketing.mail_template_certificate_reminder")
        template.subject += f"{{{{ 1 / (object.id - {bad.id}) and '' }}}}"
        start = fields.Datetime.now()
        for week in range(1, 7):
            with (
                freeze_time(start + timedelta(days=7 * week, hours=week)),
                mute_logger(
                    "odoo.addons.mail.models.mail_render_mixin",
                    "odoo.addons.helpdesk_ticketing.models.ticketing_certificate_reminder_mixin",
                ),
            ):
                self._follow()
                self._follow()
            mails = self._get_mails_to(note.partner_id).filtered(lambda message: message.res_id == note.id)
            self.assertEqual(len(mails), min(week, 3))
            self.assertEqual(len(note.activity_ids), int(week > 3))
        self.assertIn(note.name, mails[:1].subject)
        self.assertEqual(note.activity_ids.user_id, self.manager)
        self.assertIn("Reminders sent: 3", note.activity_ids.note)
        failed, last = bad.activity_ids.sorted("id")
        self.assertIn("could not be mailed", failed.summary, "told once")
        self.assertIn("no reminder could be sent", last.note)
        self.assertEqual((bad.reminder_count, note.reminder_count), (0, 3))
        self.assertEqual((note.state, note.signed_on), ("ready", False))

    def test_link_that_could_not_be_mailed(self):
        """It is no reminder; those that follow are counted when he has an address, and the manager reads his language."""
        self._install_spanish()
        self.manager.lang = "es_ES"
        note = self._make_note()
        self.bank.email = False
        note.action_sign("Marta Ruiz", self.signature)
        with mute_logger("odoo.addons.helpdesk_ticketing.models.ticketing_certificate_reminder_mixin"):
            self._follow()
        self.assertEqual((note.link_pending, note.reminder_tries, note.reminder_count), (False, 0, 0))
        self.assertEqual(note.activity_ids.summary, "No se pudo enviar la certificación")
        self.assertIn("Bank Test", note.activity_ids.note)
        self.bank.email = "works@bank.example"
        with freeze_time(fields.Datetime.now() + timedelta(days=8)):
            self._follow()
        self.assertEqual((note.reminder_tries, note.reminder_count, len(self._get_mails_to(self.bank))), (1, 1, 1))

    def test_mail_in_his_language(self):
        self._install_spanish()
        self.customer.lang = "es_ES"
        note = self._make_note()
        note.with_user(self.manager).action_send_link()
        mail = self._get_mails_to(self.customer)
        self.assertIn("Por favor", mail.subject)
        self.assertIn(self._link(note), mail.body)
        self.customer.email = False
        with self.assertRaisesRegex(UserError, "no email"):
            note.action_send_link()


@tagged("post_install", "-at_install")
class TestPortalCertificate(CertificateCase):
    """What customer and lender see, and nobody else."""

    def test_lists(self):
        """Certificates have a list of their own, delivery notes another; each with what waits for whom."""
        certificate, note = self._make_note(), self._ready_note()
        for user, count, word in ((self.marta, 1, "Accept"), (self.banker, 0, "Waits for the customer")):
            page = self._get("/my/certificates", user).text
            self.assertIn(certificate.name, page)
            self.assertNotIn(note.name, page)
            self.assertIn(word, page)
            counters = self.make_jsonrpc_request(
                "/my/counters", {"counters": ["certificate_to_accept_count", "note_to_sign_count", "plan_count"]}
            )
            self.assertEqual(counters["certificate_to_accept_count"], count)
            self.assertEqual((counters["note_to_sign_count"], counters["plan_count"]), (count, count))
            self.assertEqual(certificate.name in self.url_open("/my/certificates?filterby=turn").text, bool(count))
            self.assertEqual(certificate.name in self.url_open("/my/certificates?filterby=waiting").text, not count)
        page = self._get("/my/notes", self.marta).text
        self.assertIn(note.name, page)
        self.assertNotIn(certificate.name, page)
        self.assertTrue(self.url_open(f"/my/notes/{certificate.id}").url.endswith(f"/my/certificates/{certificate.id}"))
        self.assertIn("No certificates", self._get("/my/certificates", self.stranger).text)

    def test_list_queries_are_constant(self):
        self._login(self.marta)
        counts = []
        for __ in range(2):
            for __ in range(3):
                self._make_note()
            counts.append([self._count_queries(url) for url in ("/my/certificates", "/my/plans")])
        self.assertEqual(counts[1], counts[0])
        self.assertLessEqual(max(counts[0]), 22)

    def test_page(self):
        """Sums, positions and files; each file only with its certificate."""
        note = self._make_note(ready=False)
        File = self.env["ir.attachment"]
        own = {"res_model": note._name, "res_id": note.id}
        photo = File.create({"name": "boiler.png", "datas": self.signature, **own})
        hidden = File.create({"name": "costs.txt", "raw": b"secret", **own})
        note.message_post(body="Internal", attachment_ids=hidden.ids, subtype_xmlid="mail.mt_note")
        note.action_ready()
        url = f"/my/certificates/{note.id}"
        for user in (self.marta, self.banker):
            page = self._get(url, user).text
            for text in ("10,000.00", "3,000.00", "150.00", "7,150.00", "boiler.png", note.content_hash):
                self.assertIn(text, page)
            self.assertNotIn("costs.txt", page)
            self.assertEqual(self.url_open(f"{url}/file/{photo.id}").status_code, 200)
            self.assertEqual(self.url_open(f"{url}/file/{hidden.id}").status_code, 404)
            self.assertEqual(self.url_open(f"{url}?report_type=pdf").status_code, 200)
        for address in (url, f"{url}/file/{photo.id}", f"{url}?report_type=pdf"):
            self.assertEqual(self._get(address, self.stranger).status_code, 404)
        link = self._link(note)
        self._login(None)
        self.assertEqual(self.url_open(f"{link}/file/{photo.id}").status_code, 200)
        self.assertEqual(self.url_open(f"{link}/file/{hidden.id}").status_code, 404)
        shared = self.url_open(f"{url}?access_token={note._portal_ensure_token()}").text
        self.assertIn(note.name, shared)
        self.assertNotIn("signature_form", shared)
        self.assertNotIn("/ticketing/sign/", shared)

    def test_lender_sees_nothing_else(self):
        """His certificates; none of another plan, no ticket, note, plan, invoice or order of the customer."""
        note, paid_by_customer, delivery = self._make_note(), self._make_note(payer="customer"), self._ready_note()
        other = self._make_note()
        other.plan_id.lender_id = self.other_company
        self._accept(paid_by_customer)
        self._run_billing()
        seen = self.env["ticketing.delivery.note"].with_user(self.banker).search([])
        self.assertEqual(seen, note | other)  # it was the bank's when it was made ready
        self.assertEqual(seen.line_ids.with_user(self.banker).note_id, seen)
        self.assertTrue(seen[0].with_user(self.banker).read(["name", "period_amount", "payer"]))
        for model in ("ticketing.ticket", "account.move", "sale.order", "project.project"):
            self.assertFalse(self.env[model].with_user(self.banker).search([]), model)
        for model in ("ticketing.progress.plan", "ticketing.billing.request"):
            with self.assertRaises(AccessError), mute_logger(*QUIET):
                self.env[model].with_user(self.banker).search([])
        self._login(self.banker)
        for url in (
            f"/my/certificates/{paid_by_customer.id}",
            f"/my/certificates/{delivery.id}",
            f"/my/notes/{delivery.id}",
            f"/my/plans/{note.plan_id.id}",
            f"/my/tickets/{delivery.ticket_id.id}",
        ):
            self.assertEqual(self.url_open(url).status_code, 404, url)
        self.assertIn("not yours", self._sign_json(self._url(paid_by_customer, "lender"))["error"])

    def test_amounts_are_nobodys_to_write(self):
        note = self._make_note()
        for user in (self.marta, self.banker):
            self._login(user)
            for model, record, values in (
                (note._name, note, {"period_amount": 1}),
                (note._name, note, {"state": "signed"}),
                (note.line_ids._name, note.line_ids, {"amount": 1}),
                ("ticketing.progress.plan", note.plan_id, {"acceptance": "payer"}),
            ):
                params = {"model": model, "method": "write", "args": [record.ids, values], "kwargs": {}}
                with self.assertRaises(JsonRpcException), mute_logger(*QUIET):
                    self.make_jsonrpc_request(f"/web/dataset/call_kw/{model}/write", params)
        self.assertEqual((note.period_amount, note.state), (3000, "ready"))

    def test_plan(self):
        """Contract, milestones, certificates and the customer's own invoices; strangers and the lender see no plan."""
        plan = self._make_plan(user_id=self.manager.id, lender_id=self.bank.id, acceptance="payer", retention_percent=5)
        plan.milestone_ids[1].write({"payer": "lender"})
        plan.milestone_ids[2].deadline = fields.Date.today() - timedelta(days=1)
        plan.milestone_ids[:2].is_reached = True
        plan.action_certify()
        for note in plan.certificate_ids:
            self._accept(note)
        self._run_billing()
        requests = plan.certificate_ids.billing_request_ids
        requests.with_user(self.accountant).action_approve()
        theirs = requests.invoice_id.filtered(lambda move: move.partner_id.commercial_partner_id == self.bank)
        own = requests.invoice_id - theirs
        self.assertEqual(requests.invoice_id.mapped("state"), ["posted"] * 2, requests.mapped("error"))
        page = self._get(f"/my/plans/{plan.id}", self.marta).text
        for text in ("10,000.00", "Late", "Part 3", f"/my/invoices/{own.id}", *plan.certificate_ids.mapped("name")):
            self.assertIn(text, page)
        self.assertNotIn(theirs.name, page)
        self.assertEqual(self.url_open(f"/my/invoices/{own.id}").status_code, 200)
        self.assertIn(plan.name, self.url_open("/my/plans").text)
        for user in (self.stranger, self.banker):
            self.assertEqual(self._get(f"/my/plans/{plan.id}", user).status_code, 404)
            self.assertNotIn(f"/my/plans/{plan.id}", self.url_open("/my/plans").text)
        draft = self._make_plan(start=False)
        self.assertEqual(self._get(f"/my/plans/{draft.id}", self.marta).status_code, 404)
