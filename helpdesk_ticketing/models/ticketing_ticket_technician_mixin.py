from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain

from ..tools.device_values import clean_text

SEARCH_LIMIT = 40
TERM_LENGTH = 100


class TicketingTicketTechnicianMixin(models.AbstractModel):
    """What the technician's one screen asks of the server. All of it is done with his own rights."""

    _name = "ticketing.ticket.technician.mixin"
    _description = "Ticket: the Technician's Screen"
    _inherit = [
        "ticketing.ticket.technician.day.mixin",
        "ticketing.ticket.technician.work.mixin",
        "ticketing.ticket.technician.sign.mixin",
    ]

    @api.model
    @api.readonly
    def technician_day(self):
        """Return the user's visits of today in their order, with all that he needs on the way and without a network.

        :raises AccessError: he is no technician
        """
        self._check_is_technician()
        tickets = self._get_day_tickets()
        employee = self.env.user.sudo().employee_id  # his own
        return {
            "now": fields.Datetime.to_string(fields.Datetime.now()),
            "date": fields.Date.to_string(fields.Date.context_today(self)),
            "employee": {"id": employee.id, "name": employee.name} if employee else False,
            "can_sign": self.env["ticketing.delivery.note"].has_access("write"),
            "no_work_reason": False if employee else self._say_no_employee(self.env.company),
            "tickets": tickets._to_technician(),
            "van": self._get_van(),
        }

    @api.model
    def _get_van(self):
        """Return what the user has with him: his van, or his warehouse."""
        Product, company = self.env["product.product"], self.env.company
        location = self.env.user._get_material_location(company) or self._get_default_warehouse(company).lot_stock_id
        return {
            "name": location.name or "",
            "products": sorted(
                Product._get_stocked(location)._to_technician(location), key=lambda product: product["name"]
            ),
        }

    @api.model
    @api.readonly
    def technician_search_products(self, term, ticket_id):
        """Find goods of the whole catalogue by name, code, barcode, or lot and serial number.

        :param str term: what was typed or scanned
        :param int ticket_id: says from where its material is taken
        """
        self._check_is_technician()
        ticket = self._get_technician_ticket(ticket_id)
        term = clean_text(term).strip()[:TERM_LENGTH] if isinstance(term, str) else ""
        if not term:
            return []
        goods = Domain("type", "=", "consu") & Domain("sale_ok", "=", True)
        named = [("name", "=ilike", f"{_escape(term)}%")]
        lots = self.env["stock.lot"].search_fetch(named, ["product_id"], limit=SEARCH_LIMIT)
        found = Domain("id", "in", lots.product_id.ids)
        for name in ("name", "default_code", "barcode"):
            found |= Domain(name, "ilike", _escape(term))
        products = self.env["product.product"].search(goods & found, limit=SEARCH_LIMIT)
        return products._to_technician(ticket.material_location_id)

    @api.model
    def technician_apply(self, operations, sent_at=None):
        """Carry out what was done on the device, each once and each for itself, in the order in which it was done.

        :param operations: list of {"uuid", "kind", "ticket_id", "at", "values"}
        :param str sent_at: what the device's clock said when this was sent: a clock that is some minutes off is corrected
        :return: list of {"uuid", "state", "error", "values"}
        """
        self._check_is_technician()
        return self.env["ticketing.device.operation"]._apply_all(operations, sent_at)

    @api.model
    def technician_discard(self, uuid, reason):
        """Give up an operation that could not be carried out; the ticket's history tells what it was, and why.

        :raises UserError: it was carried out, or never received, or nobody says why
        """
        self._check_is_technician()
        self.env["ticketing.device.operation"]._get_own(uuid)._discard(reason)
        return True

    @api.model
    def _check_is_technician(self):
        if not self.env.user.has_group("helpdesk_ticketing.group_technician"):
            raise AccessError(self.env._("This screen is for technicians: an administrator can make you one."))

    @api.model
    def _get_technician_ticket(self, ticket_id):
        """Return a ticket that the user may work on; what there is besides is not told.

        :raises UserError: it is not his, or there is none
        """
        is_number = isinstance(ticket_id, int) and not isinstance(ticket_id, bool) and 0 < ticket_id < 2**31
        ticket = self.browse(ticket_id if is_number else []).exists()
        if not ticket or not ticket.has_access("write"):
            raise UserError(self.env._("This ticket is not yours to work on, or it was given to somebody else."))
        return ticket.with_company(ticket.company_id)


def _escape(term):
    """Return a term in which nothing stands for other characters."""
    return term.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
