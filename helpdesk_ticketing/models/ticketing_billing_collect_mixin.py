import psycopg2

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

# What waits for its day, or failed when it came and waits for another attempt.
WAITING = [("state", "in", ("collecting", "failed")), ("due_on", "!=", False), ("invoice_id", "=", False)]


class TicketingBillingCollectMixin(models.AbstractModel):
    """Work of customers who are invoiced once a month: it waits until its day, and is billed together.

    One worker at a time makes the invoices of a customer, behind a lock of the customer's own that ends with the
    transaction: rows that two workers shared out among them would become two invoices.
    """

    _name = "ticketing.billing.collect.mixin"
    _description = "Billing Request: Collected Until a Day"

    due_on = fields.Date(
        "Collected until",
        readonly=True,
        help="It is put on one invoice with the customer's other work until this day, in the night after it.",
    )

    amount_recorded = fields.Monetary(
        "Untaxed Amount",
        compute="_compute_amount_recorded",
        compute_sudo=True,  # from order lines, which not all who see requests may read
        currency_field="recorded_currency_id",
        help="What was signed, or recorded of remote work, and is to be invoiced.",
    )
    # Before there is an invoice, too, so that a list adds up what is of one currency.
    recorded_currency_id = fields.Many2one("res.currency", compute="_compute_recorded_currency_id", compute_sudo=True)

    @api.depends("invoice_id.currency_id", "ticket_id.sale_order_id.currency_id", "company_id.currency_id")
    def _compute_recorded_currency_id(self):
        for request in self:
            request.recorded_currency_id = (
                request.invoice_id.currency_id or request._get_order().currency_id or request.company_id.currency_id
            )

    @api.depends("note_id.amount_untaxed", "timesheet_ids.unit_amount")
    def _compute_amount_recorded(self):
        for request in self:
            request.amount_recorded = request.note_id.amount_untaxed or sum(
                hours * line.price_unit * (1 - line.discount / 100)
                for line, hours in request._get_remote_hours().items()
            )

    # Waiting

    @api.model
    def _prepare_waiting(self, values):
        """Return until when a request waits that is about to be made of these values."""
        ticket = self.env["ticketing.ticket"].browse(values["ticket_id"])
        if values["kind"] == "return":
            return self._prepare_waiting_return(self.env["stock.picking"].browse(values["picking_id"]))
        note = self.env["ticketing.delivery.note"].browse(values.get("note_id"))
        source = note or ticket
        policies = self.env["ticketing.billing.policy.mixin"]
        choice = policies._get_choice(ticket, source)
        signed_on = note.signed_on or fields.Datetime.now()
        day, moment = policies._get_next_closing(choice, source.company_id, signed_on)
        return {"due_on": day, "next_try_on": moment}

    @api.model
    def _prepare_waiting_return(self, picking):
        """What comes back of work that is not invoiced yet is credited after it is."""
        notes = picking.move_ids._get_returns_to_credit().origin_returned_move_id.note_id
        delivery = notes.billing_request_ids.filtered(lambda request: request.state == "collecting")
        return {"next_try_on": max(delivery.mapped("next_try_on"))} if delivery else {}

    def _get_choice(self):
        """Return (how often, until which day) the work is invoiced: as contract, customer or team say."""
        return self.env["ticketing.billing.policy.mixin"]._get_choice(self.ticket_id, self)

    def _plan_anew(self):
        """Somebody changed how often the work is invoiced: what waits follows, each from the day it was signed."""
        policies = self.env["ticketing.billing.policy.mixin"]
        for request in self:
            signed_on = request._get_signed_on()
            day, moment = policies._get_next_closing(request._get_choice(), request.company_id, signed_on)
            request.write({"due_on": day, "next_try_on": moment})
        self._trigger_due()

    def _get_signed_on(self):
        """Return when the work was signed, or recorded of remote work (naive UTC)."""
        return self.note_id.signed_on or self.create_date

    def _trigger_due(self):
        """Have the queue look at once if some of these wait no longer."""
        now = fields.Datetime.now()
        if any(request.next_try_on <= now for request in self):
            self._trigger()

    # Due

    @api.model
    def _collect_due(self, limit):
        """Make the invoices of the customers whose day has come; a transaction for each of them."""
        due = [*WAITING, ("next_try_on", "<=", fields.Datetime.now())]
        customers = self._read_group(due, ["company_id", "commercial_partner_id"], limit=limit)
        cron = self.env["ir.cron"]
        for number, (company, customer) in enumerate(customers):
            if not number:
                cron._commit_progress(remaining=len(customers))
            if self._lock_collection(company, customer):
                of_customer = [("company_id", "=", company.id), ("commercial_partner_id", "=", customer.id)]
                requests = self.search([*due, *of_customer], order="id")
                # read again behind the locks: another worker may have been faster
                requests.try_lock_for_update().filtered_domain(due)._collect()
            if not cron._commit_progress(1):
                self._trigger()
                return
        if len(customers) == limit:
            self._trigger()

    @api.model
    def _lock_collection(self, company, customer, wait=False):
        """Take the lock of a customer's collection; return whether it could be had."""
        lock = SQL("pg_advisory_xact_lock" if wait else "pg_try_advisory_xact_lock")
        name = f"{self._name},{company.id},{customer.id}"
        [(answer,)] = self.env.execute_query(SQL("SELECT %s(hashtextextended(%s, 0))", lock, name))
        return wait or answer

    def _collect(self):
        """Bill requests of one customer together. What can't be billed stays out with its reason, the others go on."""
        requests = self.sorted("id")._for_company()  # on the invoice in the order in which they were signed
        try:
            with self.env.cr.savepoint():
                requests._bill_and_review()
                self.env.flush_all()
        except psycopg2.OperationalError:
            raise  # a conflict with another worker: the whole run is repeated
        except Exception as error:
            bad = requests._find_bad() if len(requests) > 1 else {}
            if 0 < len(bad) < len(requests):
                for request, reason in bad.items():
                    request._fail_with(reason, "_collect")
                (requests - self.browse().union(*bad))._collect()
            else:
                requests._collect_with_errors(error, bad)

    def _find_bad(self):
        """Return {request: error} of those that could not even be billed alone. Nothing is left of the attempts."""
        bad = {}
        for request in self:
            savepoint = self.env.cr.savepoint()
            try:
                request._bill()
                for invoice in request.invoice_id:
                    invoice._check_einvoice_ready()
            except psycopg2.OperationalError:
                raise
            except Exception as error:
                bad[request] = error
            finally:
                savepoint.close(rollback=True)
        return bad

    def _collect_with_errors(self, error, bad):
        """Keep the drafts of what fails together, with the error on all that share them; without a draft, on each.

        :param error: of all together
        :param bad: {request: error} of those that fail alone, too
        """
        try:
            with self.env.cr.savepoint():
                self._bill()
                self.env.flush_all()
        except psycopg2.OperationalError:
            raise
        except Exception:
            for request in self:
                request._fail_with(bad.get(request, error), "_collect")
        else:
            for leader in self._get_leaders().filtered("invoice_id"):
                leader._try("_review")

    # Buttons

    def action_invoice_now(self):
        """Make the invoices of what these customers have signed so far, without waiting for the day.

        :raises UserError: not an accountant, or nothing waits
        """
        self._check_accountant()
        waiting = self.sudo().filtered(lambda request: request.state == "collecting")  # checked above
        if not waiting:
            raise UserError(self.env._("Nothing of it waits for the end of its month: it is invoiced, or about to be."))
        customers = waiting.grouped(lambda request: (request.company_id, request.commercial_partner_id))
        for company, customer in sorted(customers, key=lambda pair: (pair[0].id, pair[1].id)):  # no deadlocks
            self._lock_collection(company, customer, wait=True)
        locked = waiting.try_lock_for_update()  # a worker that was faster makes Odoo repeat this request
        for requests in locked.grouped(lambda request: (request.company_id, request.commercial_partner_id)).values():
            requests._collect()
        return locked.with_env(self.env)._show_collected()

    def action_invoice_customer_now(self):
        """As above, for all that waits of these customers."""
        self._check_accountant()
        domain = [
            ("state", "=", "collecting"),
            ("company_id", "in", self.company_id.ids),
            ("commercial_partner_id", "in", self.commercial_partner_id.ids),
        ]
        return self.search(domain, order="id").action_invoice_now()

    def _show_collected(self):
        """Open what was made; where something could not be, say so and leave the list."""
        if failed := self.filtered("error"):
            message = self.env._("Not invoiced, see their errors: %s.", ", ".join(failed.mapped("display_name")))
            return {
                "type": "ir.actions.client",
                "tag": "display_notification",
                "params": {
                    "type": "danger",
                    "message": message,
                    "sticky": True,
                    "next": {"type": "ir.actions.client", "tag": "soft_reload"},
                },
            }
        invoices = self.invoice_id
        if len(invoices) == 1:
            return self[:1].action_open_invoice()
        action = self.env["ir.actions.act_window"]._for_xml_id("account.action_move_out_invoice_type")
        return {**action, "domain": [("id", "in", invoices.ids)], "context": {"create": False}}

    def action_bill_apart(self):
        """Give these requests invoices of their own, now: they leave the collection, or the draft made of it.

        :raises UserError: not an accountant, or it is alone already, or its invoice is posted
        """
        self._check_accountant()
        requests = self.sudo()  # checked above
        for request in requests:
            if request._shares_draft():
                request._leave_draft()
            elif request.invoice_id or not request.due_on:
                raise UserError(
                    self.env._(
                        "%s neither waits for the end of its month nor shares a draft invoice with others.",
                        request.display_name,
                    )
                )
        requests._make_due(due_on=False)
        return True
