import base64

from odoo import fields, models
from odoo.exceptions import UserError

from ..tools.device_clock import TOLERANCE
from ..tools.moments import say_moment

# Hours of many entries may differ by their rounding.
HOURS = 0.011
PIECES = 0.0005


class TicketingDeliveryNoteDeviceMixin(models.AbstractModel):
    """A note that was signed on a device which had no network: is what was seen what is frozen now?"""

    _name = "ticketing.delivery.note.device.mixin"
    _description = "Delivery Note: Signed on a Device"

    def _to_technician(self):
        self.ensure_one()
        return {"id": self.id, "name": self.name, "state": self.state}

    def _get_differences(self, seen):
        """Return in a sentence where this note says something else than its signer has seen; empty if it does not.

        :param seen: list of {"kind": "labour" or "material", "name", "quantity"}
        """
        self.ensure_one()
        rows = self._read_seen(seen)
        if rows is None:
            return self.env._("What was shown to the signer is not known.")
        hours = [(name, quantity) for kind, name, quantity in rows if kind == "labour"]
        goods = [(name, quantity) for kind, name, quantity in rows if kind == "material"]
        return "; ".join([*self._compare_hours(hours), *self._compare_goods(goods)])

    def _read_seen(self, seen):
        if not isinstance(seen, list) or not all(isinstance(row, dict) for row in seen):
            return None
        rows = [(row.get("kind"), row.get("name"), row.get("quantity")) for row in seen]
        known = all(
            kind in ("labour", "material") and isinstance(name, str) and isinstance(quantity, int | float)
            for kind, name, quantity in rows
        )
        return rows if known else None

    def _compare_hours(self, seen):
        """Yield how the hours differ: their sum, or what is said of them, whichever entry it stands on."""
        lines = self.line_ids.filtered(lambda line: line.kind == "labour")
        shown, noted = sum(quantity for __, quantity in seen), sum(lines.mapped("quantity"))
        if not abs(shown - noted) <= HOURS:
            yield self.env._(
                "hours: %(shown)s shown, %(noted)s on the note", shown=f"{shown:.2f}", noted=f"{noted:.2f}"
            )
        told, written = (
            " ".join("; ".join(names).split()) for names in ([name for name, __ in seen], lines.mapped("name"))
        )
        for text, other in ((told, written), (written, told)):
            for part in dict.fromkeys(text.split("; ")):
                if part.strip() not in other:
                    yield self.env._("work: '%s' stands on one of them only", part)

    def _compare_goods(self, seen):
        """Yield how the material differs, by product: names are those of the device's or of the customer's language."""
        noted, products = {}, {}
        for line in self.line_ids.filtered(lambda line: line.kind == "material"):
            product = line.product_id
            key = line.name.split("\n")[0]
            key = next((products[name] for name in self._get_names(line) if name in products), key)
            noted[key] = noted.get(key, 0) + line.quantity
            products.update(dict.fromkeys(self._get_names(line), key))
            products.setdefault(product.name, key)
        shown = {}
        for name, quantity in seen:
            key = products.get(name) or products.get(name.split("\n")[0], name)
            shown[key] = shown.get(key, 0) + quantity
        for name in dict.fromkeys([*shown, *noted]):
            if not abs(shown.get(name, 0) - noted.get(name, 0)) <= PIECES:
                yield self.env._(
                    "%(name)s: %(shown)g shown, %(noted)g on the note",
                    name=name,
                    shown=shown.get(name, 0),
                    noted=noted.get(name, 0),
                )

    def _get_names(self, line):
        customer = line.product_id.with_context(lang=self.partner_id.lang)
        own = line.product_id
        return [line.name, line.name.split("\n")[0], own.display_name, own.name, customer.display_name, customer.name]

    # What becomes of the signature

    def _sign_on_device(self, signer_name, signature, moment):
        """Sign what was seen; the history tells if the device could say so only later.

        :param datetime moment: naive UTC, when it was signed
        """
        self.check_access("write")
        self.sudo()._sign(signer_name, signature, "backend", signed_on=moment)  # as action_sign
        if fields.Datetime.now() - moment > TOLERANCE:
            self.sudo()._message_log(
                body=self.env._(
                    "Signed at %s on a device that had no network: it was received now.", say_moment(self.env, moment)
                )
            )

    def _keep_signature(self, signer_name, signature, differences):
        """Keep a signature for something else than this note says, and have somebody look at it."""
        self.check_access("write")
        if not signer_name:
            raise UserError(self.env._("Write the name of the person who signs."))
        self._check_signature(signature)
        self.env["ir.attachment"].create(
            {
                "name": self.env._("Signature of %s.png", signer_name),
                "raw": base64.b64decode(signature),
                "res_model": self._name,
                "res_id": self.id,
            }
        )
        note = self.sudo()  # who is asked may be somebody whom the technician does not see
        note.activity_schedule(
            "mail.mail_activity_data_todo",
            summary=self.env._("Signed, but for something else"),
            note=self.env._(
                "%(signer)s signed on the device, and the note says something else: %(differences)s. The signature is "
                "attached. Have the note signed again, or take it back and mend it.",
                signer=signer_name,
                differences=differences,
            ),
            user_id=(note.team_id.user_id or note.user_id or self.env.user).id,
        )
