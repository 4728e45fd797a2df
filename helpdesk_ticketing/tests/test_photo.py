import base64

from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import tagged

from .common_technician import TechnicianCase, make_photo


@tagged("post_install", "-at_install")
class TestPhoto(TechnicianCase):
    """Whose the photos of a ticket are, who reads them, and who changes them."""

    def _upload(self, user, **values):
        """Return a photo as the form uploads it: of a ticket that is not saved yet, unless told."""
        photo = {"name": "a.jpg", "raw": base64.b64decode(make_photo()), "res_model": "ticketing.ticket", "res_id": 0}
        return self.env["ir.attachment"].with_user(user).create({**photo, **values})

    def test_other_files_are_not_read(self):
        """Reading photos costs the same, however many files the database has; what may not be read is left out."""
        ticket = self._visit()
        self._add_hours(ticket)
        self._do("photo_add", ticket, name="a.jpg", data=make_photo())
        self._do("sign", ticket, **self._signature(self._seen(ticket)))
        contract = self.env["ticketing.contract"].create({"name": "Any", "partner_id": self.contact.id})
        contract.document_ids = self._upload(self.manager, res_model="ticketing.contract", res_id=contract.id)
        other = self._upload(self.agent, res_model="res.partner", res_id=self.contact.id)
        hidden = self._upload(self.manager)
        self.env.cr.execute("INSERT INTO ticketing_ticket_photo_rel VALUES (%s, %s)", [ticket.id, hidden.id])
        for record, name in ((ticket, "photo_ids"), (ticket.note_ids, "photo_ids"), (contract, "document_ids")):
            with self.subTest(record._name):
                self.env.invalidate_all()
                self.assertEqual(len(record.with_user(self.technician)[name]), 1)
                self.assertNotIn(other.id, other._fields["res_model"]._get_cache(self.env))

    def test_of_a_ticket_that_was_not_saved(self):
        """What its form uploaded is the ticket's as soon as that is saved: colleagues see it."""
        photos = self._upload(self.agent) | self._upload(self.agent)
        values = {"name": "Leak", "team_id": self.team.id, "photo_ids": [Command.set(photos[0].ids)]}
        ticket = self.env["ticketing.ticket"].with_user(self.agent).create({**values, "user_id": self.technician.id})
        ticket.with_user(self.agent).photo_ids = [Command.link(photos[1].id)]
        self.assertEqual(set(photos.mapped(lambda photo: (photo.res_model, photo.res_id))), {(ticket._name, ticket.id)})
        self.env.invalidate_all()
        self.assertEqual(ticket.with_user(self.technician).photo_ids.sorted("id"), photos.sorted("id"))

    def test_of_a_contract_that_was_not_saved(self):
        """What the form of a new contract uploaded is the contract's: whoever reads that, reads it."""
        draft = {"res_model": "ticketing.contract", "res_id": 0}
        papers = self._upload(self.manager, **draft) | self._upload(self.manager, **draft)
        values = {"name": "Any", "partner_id": self.contact.id, "document_ids": [Command.set(papers[0].ids)]}
        contract = self.env["ticketing.contract"].with_user(self.manager).create(values)
        contract.document_ids = [Command.link(papers[1].id)]
        self.assertEqual(papers.mapped("res_id"), [contract.id, contract.id])
        self.env.invalidate_all()
        self.assertEqual(contract.with_user(self.agent).document_ids.mapped("name"), ["a.jpg", "a.jpg"])

    def test_of_others(self):
        """Neither a file of another record nor what somebody else uploads becomes a photo of this ticket."""
        ticket, second = self._create_ticket(), self._create_ticket()
        own, admin, refused = self.agent, self.env.ref("base.user_admin"), "can't be a photo of"
        for name, photo, user, words in (
            ("another ticket's", self._upload(own, res_id=second.id), own, refused),
            ("a customer's", self._upload(own, res_model="res.partner", res_id=self.contact.id), own, refused),
            ("a colleague's, which an administrator sees", self._upload(own), admin, refused),
            ("a colleague's", self._upload(self.technician), own, "not allowed to access"),
        ):
            with self.subTest(name), self.assertRaisesRegex(UserError, words), self.env.cr.savepoint():
                ticket.with_user(user).photo_ids = [Command.link(photo.id)]

    def test_signed_wherever_it_is_kept(self):
        """What a signed note keeps is not altered, though it was made another record's before."""
        ticket = self._visit()
        self._add_hours(ticket)
        photo = self._do("photo_add", ticket, name="a.jpg", data=make_photo())["photo"]
        attachment = self.env["ir.attachment"].with_user(self.agent).browse(photo["id"])
        attachment.write({"res_model": "res.partner", "res_id": self.contact.id})
        self._do("sign", ticket, **self._signature(self._seen(ticket)))
        self.assertEqual(ticket.note_ids.photo_ids.ids, attachment.ids)
        for change in (attachment.unlink, lambda: attachment.write({"raw": b"other"})):
            with self.assertRaisesRegex(UserError, "signed delivery note"), self.env.cr.savepoint():
                change()
