from odoo import Command, fields, models
from odoo.exceptions import UserError

from ..tools.device_clock import TOLERANCE, WrongClock, settle
from ..tools.device_values import clean_text
from ..tools.moments import say_moment
from .ticketing_device_operation import OPEN_STATES

TEXT_LENGTH = 10_000
MOST = 1_000_000


class TicketingTicketTechnicianWorkMixin(models.AbstractModel):
    """What a technician does at the customer's: time, material, photos and checklist, by the desk's own steps.

    Each ``_technician_...`` carries out one kind of operation: ``(values, moment)`` as the device sent them, which may be
    anything. It returns what the device needs to know, or raises what its user should read.
    """

    _name = "ticketing.ticket.technician.work.mixin"
    _description = "Ticket: the Technician's Work"

    # The timer, with the time of the device

    def _technician_timer_start(self, values, moment):
        moment = self._settle_moment(moment, self.create_date)
        last = self._get_last_end()
        if last and last - TOLERANCE <= moment < last:
            moment = last
        self._start_timer(moment)
        return {"timer": self._get_timer_now()}

    def _technician_timer_pause(self, values, moment):
        return {"timer": self._get_timer_now()}  # what ends it has been done: see _end_timer_then

    def _technician_timer_stop(self, values, moment):
        self._check_has_time()
        self._record_timer(self._read_text(values.get("summary")))
        return {"timer": self._get_timer_now()}

    def _get_timer_now(self):
        self.invalidate_recordset(["timer_state", "timer_since", "timer_seconds", "timer_to_confirm"])
        return self._to_technician_timer()

    def _get_last_end(self):
        """Return when the user's last finished work ended."""
        worklogs = self.env["ticketing.worklog"].sudo()  # his own, of any company
        domain = [("user_id", "=", self.env.uid), ("kind", "=", "work"), ("state", "!=", "cancelled")]
        return worklogs.search([*domain, ("ended_on", "!=", False)], order="ended_on desc", limit=1).ended_on

    def _end_timer_then(self, ended_by, moment, again=False):
        """End the user's timer when he pressed the button; if something else has ended it meanwhile, say so now.

        His own time he may always end: on a ticket that is closed, too, or is not his any more (as superuser).

        :param again: it was tried before: what he has begun since runs on
        """
        mine = self._get_my_worklogs()
        running = mine.filtered(lambda worklog: worklog.state == "running")
        if again and running.started_on and running.started_on > moment:
            return
        if mine:
            moment = self._settle_moment(moment, running.started_on or self.create_date)
        if running:
            running._end(moment, ended_by)
        else:
            self._correct_end(mine, moment)

    def _correct_end(self, worklogs, moment):
        """Say when the work ended that was capped, or ended by what came later: the next ticket, or another device."""
        ended = worklogs.filtered(
            lambda worklog: worklog.started_on <= moment and (worklog.to_confirm or moment < worklog.ended_on)
        )
        if ended := ended[-1:]:
            reason = self.env._("The button was pressed in time, on a device that had no network.")
            ended._correct(reason, ended_on=moment)

    def _settle_moment(self, moment, first):
        """Return when it happened: between the last known event and now.

        :raises UserError: the clock of the device can't be right
        """
        now = fields.Datetime.now()
        first = first.replace(microsecond=0)
        try:
            return settle(moment, first, now)
        except WrongClock as error:
            raise UserError(
                self.env._(
                    "The device says that it happened on %(moment)s, which can't be: it is %(now)s now, and what came "
                    "before was on %(first)s. Set the device's clock right, or record the time in 'My Working Time'.",
                    moment=say_moment(self.env, moment, full=True),
                    now=say_moment(self.env, now, full=True),
                    first=say_moment(self.env, first, full=True),
                )
            ) from error

    # Material, from the van

    def _technician_material_add(self, values, moment):
        product = self._get_used_product(values)
        quantity = self._read_quantity(values.get("quantity"), product)
        lot = self._get_used_lot(values, product)
        self._check_in_van(product, lot, quantity)
        line = self.env["sale.order.line"].create(
            {
                "ticket_id": self.id,
                "product_id": product.id,
                "product_uom_qty": quantity,
                "used_lot_ids": [Command.set(lot.ids)],
            }
        )
        if lot:
            line.sudo()._reserve_lots()  # a technician is no warehouse clerk; he made this line
        return {"material_id": line.id}

    def _get_used_product(self, values):
        """Return what was scanned or chosen.

        :raises UserError: there is no such thing, or it can't be sold
        """
        Product = self.env["product.product"]
        barcode = self._read_text(values.get("barcode"))
        product = Product.browse(self._read_id(values.get("product_id"))).exists()
        if not product and barcode:
            product = Product.search([("barcode", "=", barcode)], limit=1)
            if not product:
                raise UserError(self.env._("No product has the barcode %s: search it by its name.", barcode))
        if not product or not product.has_access("read"):
            raise UserError(self.env._("This product is not in the catalogue any more: search another one."))
        if product.type != "consu" or not product.sale_ok:
            raise UserError(self.env._("%s is no material that can be sold.", product.display_name))
        return product

    def _read_quantity(self, quantity, product):
        number = quantity if isinstance(quantity, int | float) and not isinstance(quantity, bool) else 0
        if not 0 < number <= MOST or product.uom_id.is_zero(number):
            raise UserError(self.env._("%s: say how much of it was used, more than nothing.", product.display_name))
        return number

    def _get_used_lot(self, values, product):
        """Return the lot or serial number that was scanned or chosen.

        :raises UserError: the product has no such number, or needs one
        """
        lots = self.env["stock.lot"]
        if product.tracking == "none" or not product.is_storable:
            return lots
        name = self._read_text(values.get("lot_name"))
        lot = lots.browse(self._read_id(values.get("lot_id"))).exists()
        if not lot and name:
            lot = lots.search([("product_id", "=", product.id), ("name", "=", name)], limit=1)
            if not lot:
                raise UserError(
                    self.env._("%(product)s has no serial number %(name)s.", product=product.display_name, name=name)
                )
        if not lot:
            raise UserError(
                self.env._("%s needs its serial number: scan it, or choose it from the list.", product.display_name)
            )
        if lot.product_id != product or not lot.has_access("read"):
            raise UserError(self.env._("This serial number is of another product than %s.", product.display_name))
        return lot

    def _check_in_van(self, product, lot, quantity):
        """Refuse material that the technician does not have with him.

        :raises UserError: says how much there is, and where
        """
        if not product.is_storable:
            return
        place = self.material_location_id
        if lot and product.tracking == "serial" and quantity != 1:
            raise UserError(
                self.env._("%s: each serial number is one piece. Add them one by one.", product.display_name)
            )
        stocked = product._get_free_lots(place, product)
        available = sum(free for (__, lot_id), free in stocked.items() if not lot or lot_id == lot.id)
        if product.uom_id.compare(quantity, available) > 0:
            raise UserError(
                self.env._(
                    "Not enough %(product)s in %(place)s: %(wanted)g needed, %(available)g free. The warehouse has to "
                    "book it there first.",
                    product=": ".join(filter(None, (product.display_name, lot.name))),
                    place=place.display_name,
                    wanted=quantity,
                    available=max(available, 0),
                )
            )

    def _technician_material_remove(self, values, moment):
        line = self._get_material_to_remove(values)
        if line.product_uom_qty:
            line._check_removable()
            line.write({"product_uom_qty": 0, "used_lot_ids": [Command.clear()]})
        return {"material_id": line.id}

    def _get_material_to_remove(self, values):
        """Return the material that a number or the operation by which it was added names.

        :raises UserError: it is not on this ticket
        """
        line_id = self._read_id(values.get("material_id"))
        if values.get("uuid"):
            added = self.env["ticketing.device.operation"]._get_own(values["uuid"])._lock()
            if added.kind != "material_add" or added.ticket_id != self:
                raise UserError(self.env._("This material is not on ticket %s.", self.display_name))
            if added.state in OPEN_STATES:
                added._give_up()
                return self.env["sale.order.line"]  # it was never recorded
            line_id = self._read_id((added.result or {}).get("material_id"))
        line = self.env["sale.order.line"].browse(line_id).exists()
        if not line or not line.has_access("write") or line.ticket_id != self:
            raise UserError(self.env._("This material is not on ticket %s.", self.display_name))
        return line

    # Photos, checklist and text

    def _technician_photo_add(self, values, moment):
        photo = self._add_photo(values.get("name"), values.get("data"))
        return {"photo": {"id": photo.id, "name": photo.name, "url": f"/web/image/{photo.id}"}}

    def _technician_check(self, values, moment):
        item = self.env["ticketing.checklist.item"].browse(self._read_id(values.get("item_id"))).exists()
        value = values.get("value")
        if isinstance(value, int | float) and not isinstance(value, bool):
            value = f"{value:.15g}"
        self._answer(item, values.get("done"), self._read_text(value) or False)
        return {}

    def _technician_summary(self, values, moment):
        self._write_summary(self._read_text(values.get("summary")))
        return {}

    def _write_summary(self, text):
        """Keep what is to stand on the delivery note: there if it is made already, else here until then."""
        if note := self.note_ids.filtered(lambda note: note.state in ("draft", "ready"))[:1]:
            note.summary = text
        else:
            self.check_access("write")
            self.work_summary = text

    # What came from a device, and may be anything

    def _read_id(self, value):
        """Return an id to browse: none for what is no number of a record."""
        is_id = isinstance(value, int) and not isinstance(value, bool) and 0 < value < 2**31
        return value if is_id else []

    def _read_text(self, value):
        """Return a text without what a database can't keep.

        :raises UserError: it is longer than what somebody writes
        """
        text = clean_text(value).strip() if isinstance(value, str) else ""
        if len(text) > TEXT_LENGTH:
            raise UserError(self.env._("This text is too long: %s characters at the most.", TEXT_LENGTH))
        return text
