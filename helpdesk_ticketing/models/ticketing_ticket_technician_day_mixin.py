from collections import defaultdict
from urllib.parse import quote

from odoo import fields, models
from odoo.tools import format_amount, html2plaintext

from ..tools.moments import say_moment

DESCRIPTION_LENGTH = 4000
MAPS = "https://www.google.com/maps/dir/?api=1&destination="


class TicketingTicketTechnicianDayMixin(models.AbstractModel):
    """Tickets as the technician's screen shows them: the same number of queries for any number of tickets.

    What the customer will sign is made by the delivery note's own methods, so that what he sees is what is frozen.
    """

    _name = "ticketing.ticket.technician.day.mixin"
    _description = "Ticket: the Technician's Day"

    def _to_technician(self):
        """Return these tickets, in this order, as the device keeps them."""
        notes, hours, material = self._get_day_notes(), self._get_day_hours(), self._get_day_material()
        checklists, promises = (
            self._get_day_checklists(),
            dict(self._fields["sla_target"]._description_selection(self.env)),
        )
        self.lot_id.fetch(["name"])
        totals = {
            ticket.id: ticket._say_prices(
                [*hours.get(ticket.id, ()), *material.get(ticket.id, ())], notes.get(ticket.id)
            )
            for ticket in self
        }
        return [
            {
                "position": position,
                **ticket._to_technician_head(promises),
                **ticket._to_technician_customer(),
                "timer": ticket._to_technician_timer(),
                "billing": {"minutes": ticket.team_id.billing_interval, "rounding": ticket.team_id.billing_rounding},
                "hours": hours.get(ticket.id, []),
                "material": material.get(ticket.id, []),
                "checklist": checklists.get(ticket.id, []),
                "photos": [
                    {"id": photo.id, "name": photo.name, "url": f"/web/image/{photo.id}"} for photo in ticket.photo_ids
                ],
                "total": totals[ticket.id],
                **ticket._to_technician_note(notes.get(ticket.id), hours, material),
            }
            for position, ticket in enumerate(self, 1)
        ]

    def _to_technician_head(self, promises):
        self.ensure_one()
        late = self.sla_deadline and self.sla_deadline < fields.Datetime.now()
        return {
            "id": self.id,
            "number": self.number,
            "name": self.name,
            "stage": {"name": self.stage_id.name, "kind": self.stage_kind},
            "priority": self.priority,
            "type": self.type_id.name or False,
            "planned_on": fields.Datetime.to_string(self.planned_on) or False,
            "deadline": fields.Datetime.to_string(self.sla_deadline) or False,
            "deadline_state": "breached" if late else self.sla_state or False,
            "promise": f"{promises[self.sla_target]}: {say_moment(self.env, self.sla_deadline)}"
            if self.sla_deadline and self.sla_target
            else False,
            "description": html2plaintext(self.description or "").strip()[:DESCRIPTION_LENGTH],
            "product": self.product_id.display_name or False,
            "lot": {"id": self.lot_id.id, "name": self.lot_id.name} if self.lot_id else False,
            "coverage": self._say_day_coverage(),
            "service_mode": self.service_mode,
        }

    def _to_technician_customer(self):
        self.ensure_one()
        partner = self._get_contact()
        address = ", ".join(filter(None, map(str.strip, partner._display_address(without_company=True).split("\n"))))
        name, phone = self.partner_name or partner.name, self.partner_phone or partner.phone
        signer = "" if partner.is_company and name == partner.name else name  # a company has no hand
        return {
            "customer": self.commercial_partner_id.name or name or self.email_from or "",
            "contact": {"name": name or "", "phone": phone or False, "signer": signer or ""},
            "address": address,
            "navigate_url": MAPS + quote(address, safe="") if address else False,
        }

    def _to_technician_timer(self):
        self.ensure_one()
        return {
            "state": self.timer_state,
            "since": fields.Datetime.to_string(self.timer_since) or False,
            "seconds": self.timer_seconds,
            "to_confirm": self.timer_to_confirm,
        }

    def _to_technician_note(self, note, hours, material):
        self.ensure_one()
        is_open = note and note.state in ("draft", "ready")
        return {
            "summary": (note.summary if is_open else self.work_summary) or "",
            "note": note._to_technician() if note else False,
            "may_sign": self.service_mode != "remote" and bool(hours.get(self.id) or material.get(self.id)),
        }

    def _shows_prices(self, note):
        self.ensure_one()
        is_open = note and note.state in ("draft", "ready")
        return note.show_prices if is_open else self.team_id.show_prices

    def _say_prices(self, rows, note):
        """Say what each row costs, and return what all cost without taxes, as the delivery note will say it.

        Nothing is said where the note shows no prices.

        :param rows: hours and material, with the values of their lines on the note and the fee that it adds, which are
            taken out of them
        """
        self.ensure_one()
        lines, fees = [row.pop("prepared") for row in rows], [row.pop("fee", 0.0) for row in rows]
        if not self._shows_prices(note):
            return ""
        currency = self._get_day_currency()
        groups = defaultdict(float)
        for row, prepared, fee in zip(rows, lines, fees, strict=True):
            price = fee + sum(line["quantity"] * line["price_unit"] * (1 - line["discount"] / 100) for line in prepared)
            row["price"] = "" if row["covered"] else format_amount(self.env, price, currency)
            for line in prepared:
                groups[line["sale_line_id"], line["price_unit"], line["discount"]] += line["quantity"]
        orders = self.env["sale.order.line"].sudo()  # what the customer signs for, as the lists
        groups = {(orders.browse(line), *terms): quantity for (line, *terms), quantity in groups.items()}
        total = self.env["ticketing.delivery.note"]._sum_untaxed(groups, currency, self.company_id)
        return format_amount(self.env, total + sum(fees), currency)

    def _get_day_currency(self):
        return self.sale_order_id.sudo().currency_id or self.company_id.currency_id

    def _say_day_coverage(self):
        """Return in one sentence who pays: the contract with what is left of it, or the warranty."""
        self.ensure_one()
        told = []
        if contract := self.sudo().contract_id:  # seen with its ticket
            told.append(": ".join(filter(None, (contract.name, self.contract_balance))))
        if self.warranty_until and self.warranty_until >= fields.Date.context_today(self):
            told.append(self._say_warranty(self.warranty_until))
        return " · ".join(told) or False

    # Lists, of all tickets at once

    def _get_day_notes(self):
        """Return {ticket id: its open delivery note, else the last one}."""
        notes = self.env["ticketing.delivery.note"].search_fetch(
            [("ticket_id", "in", self.ids), ("state", "!=", "cancelled")],
            ["name", "state", "ticket_id", "summary", "show_prices"],
            order="id",
        )
        of_ticket = {note.ticket_id.id: note for note in notes}
        return of_ticket | {note.ticket_id.id: note for note in notes if note.state in ("draft", "ready")}

    def _get_day_hours(self):
        """Return {ticket id: hours that nobody has signed, as a delivery note would say them}."""
        sheets = (
            self.env["account.analytic.line"]
            .sudo()  # the customer signs for the colleagues' hours, too
            .search(
                [
                    ("ticket_id", "in", self.ids),
                    ("unit_amount", "!=", 0),
                    ("billing_request_id", "=", False),
                    "|",
                    ("note_id", "=", False),
                    ("note_id.state", "in", ("draft", "ready")),
                ],
                order="date, id",
            )
        )
        prepare = sheets.env["ticketing.delivery.note"]._prepare_labour_line
        listed, growing = {}, self._get_growing(sheets)
        for sheet in sheets:
            line = prepare(sheet)
            listed.setdefault(sheet.ticket_id.id, []).append(
                {
                    "id": sheet.id,
                    "date": fields.Date.to_string(sheet.date),
                    "name": line["name"],
                    "hours": line["quantity"],
                    "covered": line["covered"],
                    "reason": line["cover_reason"] or False,
                    "prepared": [line],
                    # what the device's timer records on this day is added to it, and rounded with it
                    **({"seconds": sum(sheet.worklog_ids.mapped("seconds"))} if sheet in growing else {}),
                }
            )
        return listed

    def _get_growing(self, sheets):
        """Return those of these timesheets to which the user's next time is added: the last one of its ticket and day."""
        own = sheets.filtered(lambda sheet: sheet.worklog_ids and sheet.employee_id.user_id == self.env.user)
        last = {
            (sheet.ticket_id, sheet.employee_id, sheet.date): sheet for sheet in self._filter_growing(own).sorted("id")
        }
        return sheets.browse().union(*last.values())

    def _get_day_material(self):
        """Return {ticket id: material that nobody has signed, as a delivery note would say it}."""
        moves = (
            self.env["stock.move"]
            .sudo()  # what the customer signs for; a technician is no warehouse clerk
            .search(
                [
                    ("sale_line_id.ticket_id", "in", self.ids),
                    ("state", "!=", "cancel"),
                    ("picking_id.picking_type_id.code", "=", "outgoing"),
                    "|",
                    ("note_id", "=", False),
                    ("note_id.state", "=", "ready"),
                ],
                order="id",
            )
        )
        moves = moves.filtered(lambda move: move.state != "done" or move._get_kept_quantity())
        listed = {}
        for line, own in moves.grouped("sale_line_id").items():
            listed.setdefault(line.ticket_id.id, []).append(own._to_technician(line))
        for ticket, line in self.sudo()._get_due_call_outs(moves):  # the contract is seen with its ticket
            listed.setdefault(ticket.id, []).append(line)
        return listed

    def _get_due_call_outs(self, moves):
        """Yield (ticket, line) of the call-out fees that the next delivery note will add."""
        charged = moves.sale_line_id.filtered(lambda line: line.cover_kind == "call_out").ticket_id
        frozen = moves.note_id.ticket_id
        for ticket in self - charged - frozen:
            product = ticket.contract_id.call_out_product_id
            if product and ticket.service_mode == "onsite":
                product = product.with_context(lang=ticket.partner_id.lang)
                yield (
                    ticket,
                    {
                        "id": False,
                        "product_id": product.id,
                        "name": product.get_product_multiline_description_sale(),
                        "quantity": 1.0,
                        "uom": product.uom_id.name,
                        "lot": False,
                        "covered": False,
                        "reason": ticket.contract_id.with_context(lang=ticket.partner_id.lang)._say_call_out(),
                        "removable": False,
                        "prepared": [],
                        "fee": ticket.contract_id.currency_id._convert(
                            ticket.contract_id.call_out_price, ticket._get_day_currency(), ticket.company_id
                        ),
                    },
                )

    def _get_day_checklists(self):
        """Return {ticket id: its questions with their answers}."""
        answers = self.env["ticketing.checklist.answer"].search(
            [("ticket_id", "in", self.ids), ("item_id.active", "=", True)]
        )
        listed = {}
        for answer in answers:
            item = answer.item_id
            listed.setdefault(answer.ticket_id.id, []).append(
                {
                    "id": item.id,
                    "name": item.name,
                    "help": item.help or "",
                    "required": item.required,
                    "kind": item.kind,
                    "done": answer.answered,
                    "value": answer.value or False,
                }
            )
        return listed
