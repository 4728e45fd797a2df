"""What a hostile, or only a hurried, user does to the chain: nothing of it may cost money or evidence."""

from ast import literal_eval

from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import new_test_user, tagged

from .common import ACCOUNTANT, TECHNICIAN, TicketingCase


@tagged("post_install", "-at_install")
class TestHostileOrder(TicketingCase):
    """The ticket's own sale order, in the hands of a salesman."""

    def test_a_down_payment_is_not_billed_beside_the_signed_work(self):
        note = self._signed_note()
        wizard = (
            self.env["sale.advance.payment.inv"]
            .with_context(active_model="sale.order", active_ids=note.sale_order_id.ids)
            .create({"advance_payment_method": "percentage", "amount": 50})
        )
        with self.assertRaisesRegex(UserError, "invoiced from its signed delivery notes"):
            wizard.create_invoices()
        self.assertFalse(note.sale_order_id.invoice_ids)

    def test_a_salesman_without_desk_rights_is_told_why(self):
        note = self._signed_note()
        salesman = new_test_user(self.env, login="hostile.sales", groups="sales_team.group_sale_salesman_all_leads")
        with self.assertRaisesRegex(UserError, "invoiced from its signed delivery notes"):
            note.sale_order_id.with_user(salesman)._create_invoices()

    def test_what_no_note_would_show_is_refused(self):
        ticket = self._create_ticket()
        self._add_hours(ticket, 1)
        for policy in ("ordered_prepaid", "delivered_manual"):
            travel = self._create_product("Travel", type="service", service_policy=policy, list_price=25)
            with self.assertRaisesRegex(ValidationError, "Travel is neither hours nor goods"):
                ticket.sale_order_id.order_line = [Command.create({"product_id": travel.id})]
        discount = self.env["sale.order.discount"].create(
            {"sale_order_id": ticket.sale_order_id.id, "discount_type": "so_discount", "discount_percentage": 0.1}
        )
        self._add_material(ticket)
        with self.assertRaisesRegex(ValidationError, "neither hours nor goods"):
            discount.action_apply_discount()
        ticket.sale_order_id.order_line = [Command.create({"display_type": "line_note", "name": "A remark"})]

    def test_goods_that_are_not_stored_are_billed(self):
        ticket = self._create_ticket()
        self._add_material(ticket, self._create_product("Travel", list_price=25))
        note = self._sign(self._make_ready(ticket))
        self._run_billing()
        self.assertEqual(note.billing_request_ids.invoice_id.amount_untaxed, 25)

    def test_an_order_with_signed_work_is_not_cancelled(self):
        note = self._signed_note()
        self._run_billing()
        with self.assertRaisesRegex(UserError, f"{note.name}.*can't be cancelled"):
            note.sale_order_id._action_cancel()
        self.assertEqual(note.billing_request_ids.invoice_id.state, "draft")
        self._add_hours(note.ticket_id, 2)
        self.assertEqual(note.ticket_id.billing_state, "to_deliver", "work goes on")

    def test_signed_work_is_taxed_as_it_was_signed(self):
        note = self._signed_note(quantity=2)
        lines, order = note.line_ids.sale_line_id, note.sale_order_id
        other = self.tax.copy({"name": "Other", "amount": 4})
        salesman = new_test_user(self.env, login="hostile.taxes", groups="sales_team.group_sale_salesman_all_leads")
        attempts = (
            lambda: lines[0].with_user(salesman).write({"tax_ids": [Command.set(other.ids)]}),
            lambda: order.with_user(salesman).write(
                {"order_line": [Command.update(lines[0].id, {"tax_ids": [Command.clear()]})]}
            ),
            order._recompute_taxes,
        )
        position = self.env["account.fiscal.position"].create({"name": "Abroad"})
        self.env["account.tax"].browse(other.id).write(
            {"fiscal_position_ids": [Command.set(position.ids)], "original_tax_ids": [Command.set(self.tax.ids)]}
        )
        order.fiscal_position_id = position
        for attempt in attempts:
            with self.assertRaisesRegex(UserError, f"{note.name}.*taxes"), self.env.cr.savepoint():
                attempt()
        lines.with_user(salesman).write({"price_unit": 1, "discount": 50})
        self._run_billing()
        billed = note.billing_request_ids.invoice_id.invoice_line_ids
        self.assertEqual(billed.tax_ids, self.tax)
        self.assertEqual((sum(billed.mapped("price_subtotal")), note.amount_untaxed), (105, 105))

    def test_signed_lines_keep_their_product_unit_and_name(self):
        note = self._signed_note(quantity=2)
        line = note.line_ids.filtered("move_id").sale_line_id
        dozen = self.env.ref("uom.product_uom_dozen")
        for user in (self.technician, self.env.user):
            for values in ({"name": "Gold plating"}, {"product_uom_id": dozen.id}, {"product_id": self.pump.id}):
                with self.assertRaisesRegex(UserError, note.name), self.env.cr.savepoint():
                    line.with_user(user).write(values)
        self._run_billing()
        billed = note.billing_request_ids.invoice_id.invoice_line_ids.filtered(
            lambda line: line.product_id == self.valve
        )
        self.assertEqual((billed.quantity, billed.product_uom_id), (2, line.product_uom_id))


@tagged("post_install", "-at_install")
class TestHostileEvidence(TicketingCase):
    """Deliveries, notes, files and tickets that must stay what they were."""

    def test_nothing_joins_a_signed_delivery(self):
        note = self._signed_note(quantity=2)
        move = note.line_ids.move_id
        places = {"location_id": move.location_id.id, "location_dest_id": move.location_dest_id.id}
        line = {"product_id": self.valve.id, "quantity": 3, **places}
        attempts = (
            lambda: self.env["stock.move.line"].create({**line, "move_id": move.id, "picking_id": move.picking_id.id}),
            lambda: move.picking_id.write({"move_line_ids": [Command.create({**line, "product_id": self.pump.id})]}),
            lambda: self.env["stock.move"].create(
                {"picking_id": move.picking_id.id, "product_id": self.valve.id, "product_uom_qty": 1, **places}
            ),
            lambda: move.move_line_ids.write({"location_id": self.warehouse.lot_stock_id.id}),
            lambda: move.write({"note_id": False}),
            lambda: move.write({"state": "draft"}),
        )
        for attempt in attempts:
            with self.assertRaisesRegex(UserError, f"stands on the delivery note {note.name}"), self.env.cr.savepoint():
                attempt()
        self.assertEqual(move.picking_id.move_ids, move)
        self.assertEqual((move.quantity, move.sale_line_id.qty_delivered), (2, 2))

    def test_who_signs_is_who_pays(self):
        rival = self.env["res.partner"].create({"name": "Rival", "is_company": True})
        ticket = self._create_ticket()
        note = ticket.with_user(self.technician)._get_or_create_note()
        with self.assertRaisesRegex(ValidationError, "is for Rival"), self.env.cr.savepoint():
            note.partner_id = rival
        note.partner_id = self.customer  # his company
        ticket.partner_id = rival  # no work yet: allowed, but the draft note is still for the first customer
        self._add_material(ticket)
        with self.assertRaisesRegex(ValidationError, "is for Hotel"):
            note.action_ready()

    def test_files_of_a_signed_note_are_kept(self):
        note = self._signed_note()
        self._run_cron("ir_cron_note_pdf")
        self.assertTrue(note.pdf_id)
        image = self.env["ir.attachment"].search(
            [("res_model", "=", note._name), ("res_id", "=", note.id), ("res_field", "=", "signature")]
        )
        self.assertTrue(image)
        for file in (note.pdf_id, image):
            for attempt in (file.with_user(self.manager).unlink, lambda file=file: file.write({"raw": b"forged"})):
                with self.assertRaisesRegex(UserError, f"delivery note {note.name} are evidence"):
                    attempt()
        other = self.env["ir.attachment"].create({"name": "a.txt", "res_model": note._name, "res_id": note.id})
        other.write({"raw": b"mine"})
        other.unlink()

    def test_a_ticket_with_work_is_archived_and_not_deleted(self):
        for work in (self._add_material, self._add_hours, lambda ticket: ticket._get_or_create_note()):
            ticket = self._create_ticket()
            work(ticket)
            with self.assertRaisesRegex(UserError, "archive the ticket instead"):
                ticket.with_user(self.manager).unlink()
        self._create_ticket().with_user(self.manager).unlink()

    def test_a_technician_reads_no_orders_of_others(self):
        note = self._signed_note()
        other = new_test_user(self.env, login="hostile.technician", groups=TECHNICIAN)
        order, lines = note.sale_order_id, note.sale_order_id.order_line
        self.assertTrue(order.with_user(self.technician).read(["amount_total"]))
        self.assertTrue(lines.with_user(self.technician).read(["price_unit"]))
        for records in (order, lines):
            self.assertFalse(records.with_user(other).search([("id", "in", records.ids)]))
            with self.assertRaises(AccessError):
                records.with_user(other).read(["display_name"])
        self.assertEqual(lines.with_user(self.agent).search([("id", "in", lines.ids)]), lines, "the team's are seen")

    def test_absence_is_told_of_customers_without_email_too(self):
        self.contact.email = False
        ticket = self._create_ticket()
        self._add_hours(ticket)
        note = self._make_ready(ticket)
        note.with_user(self.technician).action_absent("Nobody at home")
        self.assertEqual((note.state, note.absence_reason), ("ready", "Nobody at home"))


@tagged("post_install", "-at_install")
class TestHostileBilling(TicketingCase):
    """The queue and its drafts."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._live_where_the_company_is()

    def setUp(self):
        super().setUp()
        self.note = self._signed_note(hours=2, quantity=3)
        self._run_billing()
        self.request = self.note.billing_request_ids
        self.invoice = self.request.invoice_id

    def test_a_draft_with_more_than_was_signed_is_not_posted(self):
        line = self.invoice.invoice_line_ids.filtered(lambda line: line.product_id == self.valve)
        request = self.request.with_user(self.accountant)
        line.quantity = 30
        for post in (request.action_approve, self.invoice.with_user(self.accountant).action_post):
            with self.assertRaisesRegex(UserError, "30 of Valve.*only 3 were signed"), self.env.cr.savepoint():
                post()
        line.quantity = 3
        line.copy({"quantity": 1, "move_id": self.invoice.id, "sale_line_ids": [Command.set(line.sale_line_ids.ids)]})
        with self.assertRaisesRegex(UserError, "4 of Valve"), self.env.cr.savepoint():
            request.action_approve()
        (self.invoice.invoice_line_ids - line).filtered(lambda line: line.product_id == self.valve).unlink()
        line.price_unit = 20
        request.action_approve()
        self.assertEqual(self.invoice.state, "posted", "prices are the accountant's to correct")

    def test_a_draft_that_became_a_credit_note_is_not_posted(self):
        self.invoice.action_switch_move_type()
        with self.assertRaisesRegex(UserError, "The type of .* was changed"):
            self.request.with_user(self.accountant).action_approve()

    def test_an_invoice_that_a_credit_note_takes_back_is_not_undone(self):
        self.request.with_user(self.accountant).action_approve()
        credit = self.invoice._reverse_moves([{"invoice_date": self.invoice.invoice_date}])
        self.invoice.button_draft()
        with self.assertRaisesRegex(UserError, "takes .* back"), self.env.cr.savepoint():
            self.invoice.with_user(self.accountant).unlink()
        self.request.with_user(self.accountant).action_approve()
        credit.action_post()
        with self.assertRaisesRegex(UserError, "takes .* back"), self.env.cr.savepoint():
            self.invoice.with_user(self.accountant).button_draft()

    def test_an_invoice_corrected_and_posted_on_its_form_waits_to_be_sent(self):
        self.request.with_user(self.accountant).action_approve()
        self._run_billing()
        self.assertEqual(self.request.state, "sent")
        self.invoice.button_draft()
        self.invoice.invoice_line_ids[0].price_unit = 1
        self.invoice.action_post()
        self.assertEqual(
            (self.request.state, self.request.sent_on, self.invoice.is_move_sent), ("to_send", False, False)
        )
        action = self.env.ref("helpdesk_ticketing.ticketing_billing_request_action_approve")
        self.assertIn(self.request, self.request.search(literal_eval(action.domain)), "the accountant finds it")
        self.request.with_user(self.accountant).action_approve()
        self._run_billing()
        self.assertEqual(self.request.state, "sent")
        self.assertTrue(self.invoice.ubl_cii_xml_id)

    def test_the_cron_does_not_post_what_the_accountant_corrects(self):
        self.team.auto_approve_amount = 10_000
        note = self._signed_note()
        self._run_billing()
        request = note.billing_request_ids
        self.assertEqual(request.state, "sent")
        request.invoice_id.button_draft()
        self._run_billing()
        self.assertEqual((request.state, request.invoice_id.state), ("to_approve", "draft"))

    def test_an_accountant_of_another_company_moves_nothing(self):
        company = self.env["res.company"].create({"name": "Elsewhere", "iap_enrich_auto_done": True})
        stranger = new_test_user(
            self.env,
            login="hostile.accountant",
            groups=ACCOUNTANT,
            company_id=company.id,
            company_ids=[Command.set(company.ids)],
        )
        self.invoice.button_cancel()
        for name in ("action_retry", "action_delivered", "action_bill_again", "action_cancel", "action_approve"):
            with self.subTest(button=name), self.assertRaises(AccessError), self.env.cr.savepoint():
                getattr(self.request.with_user(stranger), name)()
        self.assertEqual((self.request.state, self.note.billing_request_ids), ("failed", self.request))

    def test_hours_are_rounded_to_the_nearest(self):
        ticket = self._create_ticket()
        self._add_hours(ticket, 1 / 3)  # twenty minutes
        self._add_hours(ticket, 2 / 3)
        self.assertEqual(self._make_ready(ticket).line_ids.mapped("quantity"), [0.33, 0.67])


@tagged("post_install", "-at_install")
class TestHostileCustomer(TicketingCase):
    """Contacts that change their employer between the work and its invoice."""

    def setUp(self):
        super().setUp()
        self.rival = self.env["res.partner"].create(
            {"name": "Rival, S.L.", "is_company": True, "vat": "ESB12345674", "country_id": self.customer.country_id.id}
        )

    def _see(self, partner, *documents):
        user = new_test_user(self.env, login=f"hostile.{partner.id}", groups="base.group_portal", partner_id=partner.id)
        return [bool(record.with_user(user).search([("id", "=", record.id)])) for record in documents]

    def test_who_signed_pays_whoever_employs_him_later(self):
        note = self._signed_note()
        ticket = note.ticket_id
        self.contact.parent_id = self.rival
        self.env.flush_all()
        self._run_billing()
        request = note.billing_request_ids
        self.assertEqual(
            (request.invoice_id.partner_id, request.invoice_id.partner_shipping_id, request.commercial_partner_id),
            (self.customer, self.customer, self.customer),
            request.error,
        )
        request.with_user(self.accountant).action_approve()
        colleague = self.contact.copy({"name": "Pepe", "parent_id": self.customer.id})
        self.assertEqual(self._see(self.contact, ticket, note), [False, False])
        self.assertEqual(self._see(colleague, ticket, note), [True, True])

    def test_work_stays_its_customers(self):
        ticket = self._create_ticket()
        self._add_hours(ticket)
        self.contact.parent_id = self.rival
        other = self.contact.copy({"name": "Other", "parent_id": self.rival.id})
        for partner in (other, self.rival):
            with self.assertRaisesRegex(ValidationError, "has work for Hotel Test.*already"), self.env.cr.savepoint():
                ticket.with_user(self.agent).partner_id = partner
        note = self._make_ready(ticket)
        self.assertEqual((note.partner_id, note.commercial_partner_id), (self.customer, self.customer))
        ticket.partner_id = self.contact.copy({"name": "Pepe", "parent_id": self.customer.id})

    def test_who_left_hears_no_more_of_his_old_companys_tickets(self):
        own, invited = self._create_ticket(), self._create_ticket(partner_id=self.rival.id)
        person = self.env["res.partner"].create({"name": "Person", "email": "person@customer.example"})
        private = self._create_ticket(partner_id=person.id)
        invited.message_subscribe(self.contact.ids)
        self._sign(self._make_ready(self._worked(private)))
        other = self.env["res.partner"].create({"name": "Third, S.L.", "is_company": True})
        (self.contact | person).write({"parent_id": other.id})
        self.assertNotIn(self.contact, own.message_partner_ids)
        self.assertIn(self.contact, invited.message_partner_ids, "who was invited stays")
        self.assertIn(person, private.message_partner_ids, "his own ticket")
        self.assertTrue(own.message_partner_ids, "the desk stays")

    def _worked(self, ticket):
        self._add_hours(ticket)
        return ticket

    def test_a_draft_note_for_a_contact_who_left_is_not_made_ready(self):
        ticket = self._create_ticket()
        self._add_hours(ticket)
        note = ticket._get_or_create_note()
        self.contact.parent_id = self.rival
        with self.assertRaisesRegex(ValidationError, "is for Rival.*but its ticket is of Hotel"):
            note.action_ready()

    def test_tickets_of_a_person_follow_him_until_he_signs(self):
        person = self.env["res.partner"].create({"name": "Person", "email": "person@customer.example"})
        bare, worked, signed = (self._create_ticket(partner_id=person.id) for __ in range(3))
        self._add_hours(worked)
        draft = worked._get_or_create_note()
        self._add_hours(signed)
        note = self._sign(self._make_ready(signed))
        person.parent_id = self.customer
        self.assertEqual((bare | worked).commercial_partner_id, self.customer)
        self.assertEqual(draft.commercial_partner_id, self.customer)
        self.assertEqual((signed | worked).mapped("partner_id"), person)
        self.assertEqual((signed.commercial_partner_id, note.commercial_partner_id), (person, person))
        draft.action_ready()
        self._run_billing()
        request = note.billing_request_ids
        self.assertRegex(request.error, "Person, who belongs to Hotel Test")
        signed.sale_order_id.partner_invoice_id = self.customer
        request.with_user(self.accountant).action_retry()
        self._run_billing()
        self.assertEqual(request.invoice_id.partner_id, self.customer)


@tagged("post_install", "-at_install")
class TestHostileTicket(TicketingCase):
    """Tickets through the API, and tickets that end while there is work."""

    def test_what_follows_from_the_work_is_not_typed(self):
        ticket = self._create_ticket()
        self._add_hours(ticket)
        typed = {
            "billing_state": "paid",
            "number": "T-1",
            "solved_on": "2026-01-01 10:00:00",
            "closed_on": "2026-01-01 10:00:00",
            "first_response_on": "2026-01-01 10:00:00",
            "assigned_on": "2026-01-01 10:00:00",
            "commercial_partner_id": self.company.partner_id.id,
            "hours": 100,
            "stage_kind": "closed",
            "sale_order_id": False,
        }
        before = ticket.read(list(typed))
        for user in (self.agent, self.manager):
            for name, value in typed.items():
                for attempt in (self._write_typed, self._create_typed, self._create_by_default):
                    with self.subTest(field=name), self.assertRaisesRegex(AccessError, name), self.env.cr.savepoint():
                        attempt(ticket.with_user(user), {name: value})
        self.assertEqual(ticket.read(list(typed)), before)
        self.assertEqual(self._create_ticket(number="OLD-1").number, "OLD-1", "an import as superuser")

    def _write_typed(self, ticket, values):
        ticket.write(values)

    def _create_typed(self, ticket, values):
        ticket.create({"name": "Typed", **values})

    def _create_by_default(self, ticket, values):
        ticket.with_context(**{f"default_{name}": value for name, value in values.items()}).create({"name": "Default"})

    def test_a_note_is_not_signed_by_default(self):
        ticket = self._create_ticket()
        Note = self.env["ticketing.delivery.note"].with_user(self.technician)
        for name in ("state", "signed_on"):
            with self.assertRaisesRegex(AccessError, name), self.env.cr.savepoint():
                Note.with_context(**{f"default_{name}": "signed"}).create(
                    {"ticket_id": ticket.id, "partner_id": self.contact.id}
                )

    def test_cancelling_takes_back_what_nobody_signed(self):
        ticket = self._create_ticket()
        self._add_hours(ticket)
        note = self._make_ready(ticket)
        material = self._add_material(ticket, quantity=3)
        move = material.sudo().move_ids
        self.assertEqual(move.quantity, 3, "reserved")
        ticket.with_user(self.agent).action_cancel()
        self.assertEqual((note.state, move.state, move.quantity), ("cancelled", "cancel", 0))
        self.assertFalse(note.sign_token)
        with self.assertRaisesRegex(UserError, "is already cancelled"), self.env.cr.savepoint():
            self._sign(note)
        ticket.with_user(self.agent).action_reopen()
        fresh = material.sudo().move_ids - move
        self.assertEqual((fresh.state, fresh.quantity, fresh.location_id), ("assigned", 3, self.van))
        self._run_cron("ir_cron_billing")
        again = self._sign(self._make_ready(ticket))
        self.assertEqual(again.line_ids.mapped("quantity"), [1, 3])

    def test_a_ticket_with_delivered_material_is_not_cancelled(self):
        ticket = self._create_ticket()
        self._add_material(ticket, quantity=2)
        note = self._make_ready(ticket)
        with self.assertRaisesRegex(UserError, "Valve was delivered, and nobody signed"), self.env.cr.savepoint():
            ticket.with_user(self.agent).action_cancel()
        self.assertEqual((ticket.stage_kind, note.state), ("new", "ready"))
        move = note.line_ids.move_id
        self._return(move)
        ticket.with_user(self.agent).action_cancel()
        self.assertEqual((ticket.stage_kind, note.state), ("cancelled", "cancelled"))
        signed = self._signed_note()
        signed.ticket_id.action_cancel()
        self.assertEqual(signed.state, "signed")
        self._run_billing()
        self.assertTrue(signed.billing_request_ids.invoice_id)

    def _return(self, move):
        wizard = (
            self.env["stock.return.picking"]
            .with_context(active_model="stock.picking", active_id=move.picking_id.id)
            .create({})
        )
        wizard.product_return_moves.quantity = move.quantity
        back = wizard._create_return()
        back.move_ids.picked = True
        back._action_done()

    def test_hours_after_a_remote_ticket_was_solved_are_billed(self):
        ticket = self._create_ticket(service_mode="remote")
        self._add_hours(ticket, 1)
        ticket.action_solve()
        self._run_billing()
        first = ticket.billing_request_ids
        self._add_hours(ticket, 2)
        self.assertEqual(len(ticket.billing_request_ids), 2)
        self._add_hours(ticket, 0).with_user(self.technician).unit_amount = 3
        self._run_billing()
        second = ticket.billing_request_ids - first
        self.assertEqual(second.invoice_id.invoice_line_ids.mapped("quantity"), [5])
        self.assertEqual((first.invoice_id.invoice_line_ids.quantity, ticket.billing_state), (1, "to_approve"))
        onsite = self._create_ticket()
        self._add_hours(onsite, 1)
        onsite.action_solve()
        self.assertEqual(onsite.billing_state, "to_deliver")
        onsite.service_mode = "remote"
        self.assertEqual(onsite.billing_state, "queued")

    def test_hours_that_round_to_nothing_are_refused(self):
        ticket = self._create_ticket()
        with self.assertRaisesRegex(ValidationError, "0.004 hours are too few"), self.env.cr.savepoint():
            self._add_hours(ticket, 0.004)
        hours = self._add_hours(ticket, 0.006)
        with self.assertRaisesRegex(ValidationError, "too few to be billed"), self.env.cr.savepoint():
            hours.unit_amount = 0.002
        self._add_hours(ticket, 0)
        self.assertEqual(self._make_ready(ticket).line_ids.mapped("quantity"), [0.01])
