import json
from datetime import timedelta

from odoo import Command, api, fields, models
from odoo.exceptions import MissingError
from odoo.tools.mail import generate_tracking_message_id


class TicketingThreadMixin(models.AbstractModel):
    """The chatter of many records at once.

    Core's ``mail.thread`` logs, subscribes, tracks and notifies record by record, twenty queries each. The same is done
    here with one insert a table for the whole batch. What is read afterwards is the same: the message of creation, the
    old and new values of a change, the followers, the assignee's notification. Only a record whose followers asked to
    be told of such a message still goes through ``message_post``, alone.
    """

    _name = "ticketing.thread.mixin"
    _description = "Chatter in Batches"
    _inherit = ["mail.thread"]
    _creation_layout = False  # of the mail about a new record, an xml id; core's if there is none

    @api.model_create_multi
    def create(self, vals_list):
        context = self.env.context
        if context.get("tracking_disable"):
            return super().create(vals_list)
        # Core's own part is switched off while the rows are made, and done for all of them afterwards.
        silent = self.with_context(ticketing_batch=True, mail_create_nolog=True, mail_create_nosubscribe=True)
        records = super(TicketingThreadMixin, silent).create(vals_list).with_env(self.env)
        records._follow_created(vals_list)
        if not context.get("mail_create_nolog"):
            records._log_created()
        return records

    # Followers

    def _message_auto_subscribe(self, updated_values, followers_existing_policy="skip"):
        if self.env.context.get("ticketing_batch"):
            return True
        return super()._message_auto_subscribe(updated_values, followers_existing_policy)

    def _get_customers(self):
        """Hook: return the partners who follow a record because it is theirs."""
        self.ensure_one()
        return self.env["res.partner"]

    def _follow_created(self, vals_list):
        """Insert the followers of new records: who made them, who is responsible, the parent's followers, the customer."""
        defaults = {key[8:]: value for key, value in self.env.context.items() if key.startswith("default_")}
        values_of = {record.id: {**defaults, **vals} for record, vals in zip(self, vals_list, strict=True)}
        wanted = {record.id: {} for record in self}
        self._want_creator(wanted)
        self._want_parents_followers(wanted, values_of)
        told = self._want_responsible(wanted, values_of)
        self._want_customers(wanted)
        self._insert_wanted(wanted)
        for (template, partner), records in told.items():
            records.with_context(lang=partner.lang)._message_auto_subscribe_notify(partner.ids, template)

    def _get_default_subtypes(self):
        """Return the ids of what internal users, and of what customers, follow unless they choose."""
        everyone, __, external = self.env["mail.message.subtype"].default_subtypes(self._name)
        return everyone.ids, external.ids

    def _want_creator(self, wanted):
        user = self.env.user
        if self.env.context.get("mail_create_nosubscribe") or not user.active or user.share:
            return
        everyone, __ = self._get_default_subtypes()
        for partners in wanted.values():
            partners.setdefault(user.partner_id.id, set()).update(everyone)

    def _want_parents_followers(self, wanted, values_of):
        """Who follows a parent (as a team) with a subtype that has a child here follows with the child."""
        child_ids, __, internal_ids, parent_of, relation = self.env[
            "mail.message.subtype"
        ]._get_auto_subscription_subtypes(self._name)
        for model, names in relation.items():
            children = {}
            for record_id, values in values_of.items():
                for name in names:
                    if values.get(name):
                        children.setdefault(values[name], []).append(record_id)
            if not children:
                continue
            for __, parent_id, partner_id, subtype_ids, share, active in self.env[
                "mail.followers"
            ]._get_subscription_data([(model, list(children))], None, include_pshare=True, include_active=True):
                if not partner_id or not active:
                    continue
                subtypes = {parent_of[subtype] for subtype in subtype_ids if parent_of.get(subtype)}
                subtypes |= {subtype for subtype in subtype_ids if subtype not in parent_of and subtype in child_ids}
                if share:
                    subtypes -= set(internal_ids)
                for record_id in children[parent_id]:
                    wanted[record_id].setdefault(partner_id, set()).update(subtypes)

    def _want_responsible(self, wanted, values_of):
        """Return who must be told of being responsible: {(template, partner): records}."""
        default_ids = self.env["mail.message.subtype"]._get_auto_subscription_subtypes(self._name)[1]
        told = {}
        for record in self:
            for partner_id, subtype_ids, template in record._message_auto_subscribe_followers(
                values_of[record.id], default_ids
            ):
                wanted[record.id].setdefault(partner_id, set()).update(subtype_ids)
                if template:
                    key = template, self.env["res.partner"].browse(partner_id)
                    told[key] = told.get(key, self.browse()) | record
        return told

    def _want_customers(self, wanted):
        everyone, external = self._get_default_subtypes()
        for record in self:
            for partner in record._get_customers().sudo():  # who opens a ticket need not be able to read the customer
                wanted[record.id].setdefault(partner.id, set(external if partner.partner_share else everyone))

    def _insert_wanted(self, wanted):
        """Insert followers that are not there yet: {record id: {partner id: subtype ids}}."""
        Followers = self.env["mail.followers"].sudo()  # as core: following is not a right of its own
        there = {  # of records just made this is in the cache: no query
            (record.id, partner.id) for record in self.sudo() for partner in record.message_follower_ids.partner_id
        }
        Followers.with_context(default_partner_id=False).create(
            [
                {
                    "res_model": self._name,
                    "res_id": record_id,
                    "partner_id": partner_id,
                    "subtype_ids": [Command.set(sorted(subtype_ids))],
                }
                for record_id, partners in wanted.items()
                for partner_id, subtype_ids in partners.items()
                if (record_id, partner_id) not in there
            ]
        )

    def _message_auto_subscribe_notify(self, partner_ids, template):
        """Have new responsibles told after the commit, with a text that is made after it, too."""
        if not self or self.env.context.get("mail_auto_subscribe_no_notify") or not self.env.registry.ready:
            return
        self.env["ticketing.assignment"]._add(self, partner_ids, template)

    def _announce_assignment(self, partner, template):
        """Tell a partner that the user assigned these records to him."""
        description = self.env["ir.model"]._get(self._name).display_name
        self._notify_each(
            [
                (
                    record,
                    partner.ids,
                    self.env._("You have been assigned to %s", record.display_name),
                    record._render_assignment(template, description),
                )
                for record in self
            ]
        )

    @api.model
    def _notify_each(self, notes):
        """Tell people something about records, in the way in which they want to be told.

        The messages are made here, core's cron sends them right after the commit.

        :param notes: [(record, partner ids, subject, body)]
        """
        records = self.browse(dict.fromkeys(record.id for record, *__ in notes))
        author_id, email_from = self._message_compute_author()
        subtype_id = self.env["ir.model.data"]._xmlid_to_res_id("mail.mt_note")
        companies = records._mail_get_companies(default=self.env.company)
        domains = records._mail_get_alias_domains(default_company=self.env.company)
        reply_to = records._notify_get_reply_to(default=email_from, author_id=author_id)
        messages = records.sudo()._message_create(  # as core's logs: who may assign a record has it announced
            [
                {
                    "author_id": author_id,
                    "email_from": email_from,
                    "model": self._name,
                    "res_id": record.id,
                    "body": body,
                    "is_internal": True,
                    "message_type": "user_notification",
                    "subject": subject,
                    "subtype_id": subtype_id,
                    "message_id": generate_tracking_message_id("message-notify"),
                    "partner_ids": partner_ids,
                    "email_add_signature": True,
                    "email_layout_xmlid": "mail.mail_notification_layout",
                    "record_alias_domain_id": domains[record.id].id,
                    "record_company_id": companies[record.id].id,
                    "reply_to": reply_to[record.id],
                }
                for record, partner_ids, subject, body in notes
            ]
        )
        description = self.env["ir.model"]._get(self._name).display_name
        messages._notify_later({"notify_author_mention": True, "model_description": description})

    def _render_assignment(self, template, description):
        self.ensure_one()
        values = {
            "access_link": self._notify_get_action_link("view"),
            "company": self.company_id.sudo(),
            "model_description": description,
            "object": self,
        }
        body = self.env["ir.qweb"]._render(template, values, minimal_qcontext=True)
        return self.env["mail.render.mixin"]._replace_local_links(body)

    def _message_compute_real_author(self, author_id):
        """As core, which asks the database three times a message whether its robot still exists."""
        if self.env.user.active:
            return self.env.user.partner_id
        author = self.env["res.partner"].browse(author_id or ())
        robot_id = self.env["ir.model.data"]._xmlid_to_res_id("base.partner_root")
        return author if author.active and author.id != robot_id else author.browse()

    # Messages of the system: created, changed

    def _log_created(self):
        by_subtype = {}
        for record in self:
            by_subtype.setdefault(record._creation_subtype() or None, []).append(record.id)
        for subtype, ids in by_subtype.items():
            records = self.browse(ids)
            bodies = {record.id: record._creation_message() for record in records}
            records._log_many(subtype, bodies, layout=self._creation_layout)

    def _message_track(self, fields_iter, initial_values_dict):
        """As core's, which see, with one insert of messages and one of values for all records."""
        if not fields_iter:
            return {}
        tracked = self.fields_get(fields_iter, attributes=("string", "type", "selection", "currency_field"))
        tracking = {}
        for record in self:
            try:
                tracking[record.id] = record._mail_track(tracked, initial_values_dict[record.id])
            except MissingError:
                continue
        data = self.env.cr.precommit.data
        given = data.pop(f"mail.tracking.message.{self._name}", {})
        authors = data.pop(f"mail.tracking.author.{self._name}", {})
        groups, bodies = {}, {}
        for record in self.browse([record_id for record_id, (changes, __) in tracking.items() if changes]):
            changes, __ = tracking[record.id]
            subtype = record._track_subtype({name: initial_values_dict[record.id][name] for name in changes})
            bodies[record.id] = given.get(record.id, record._track_get_default_log_message(changes))
            groups.setdefault((subtype or None, authors.get(record.id)), []).append(record.id)
        for (subtype, author), ids in groups.items():
            values = {record_id: tracking[record_id][1] for record_id in ids}
            if not subtype:
                ids = [record_id for record_id in ids if values[record_id]]
            self.browse(ids)._log_many(subtype, bodies, tracking=values, author=author)
        return tracking

    def _log_many(self, subtype, bodies, tracking=None, author=None, layout=False):
        """Log a message of the system on each record.

        :param subtype: mail.message.subtype, or None for a note that nobody is told of
        :param dict bodies: {record id: text or markup}
        :param dict tracking: {record id: commands that create mail.tracking.value}
        :param author: res.partner; default the user
        :param layout: xml id of the layout of mails to those who are told
        """
        tracking = tracking or {}
        author_id, email_from = self._message_compute_author(author.id if author else None)
        watched = self._get_watched(subtype, author_id)
        for record in watched:
            record.sudo().message_post(
                body=bodies.get(record.id, ""),
                author_id=author_id,
                subtype_id=subtype.id,
                tracking_value_ids=tracking.get(record.id, []),
                email_layout_xmlid=layout,
            )
        quiet = self - watched
        messages = quiet.sudo()._message_create(  # as core: who may change a record may log it
            quiet._prepare_logs(subtype, bodies, author_id, email_from)
        )
        self.env["mail.tracking.value"].sudo().create(
            [
                {**command[2], "mail_message_id": message.id}
                for message, record in zip(messages, quiet, strict=True)
                for command in tracking.get(record.id, [])
            ]
        )

    def _prepare_logs(self, subtype, bodies, author_id, email_from):
        """Return the values of messages that nobody is told of, one a record."""
        base = {
            "author_id": author_id,
            "email_from": email_from,
            "model": self._name,
            "record_alias_domain_id": False,
            "record_company_id": False,
            "message_type": "notification",
            "is_internal": not subtype or subtype.id in self._get_internal_subtype_ids(),
            "subject": False,
            "subtype_id": subtype.id if subtype else self.env["ir.model.data"]._xmlid_to_res_id("mail.mt_note"),
            "email_add_signature": False,
            "reply_to": email_from,  # nobody is told, nobody replies
        }
        return [
            {
                **base,
                "res_id": record.id,
                "body": bodies.get(record.id, ""),
                "message_id": generate_tracking_message_id("message-notify"),
            }
            for record in self
        ]

    def _get_internal_subtype_ids(self):
        return self.env["mail.message.subtype"]._get_auto_subscription_subtypes(self._name)[2]

    def _get_watched(self, subtype, author_id):
        """Return the records that have a follower of the subtype other than the author: one query for all."""
        if not subtype:
            return self.browse()
        followers = self.env["mail.followers"]._get_recipient_data(self, "notification", subtype.id)
        return self.filtered(lambda record: followers[record.id].keys() - {author_id})


class MailMessage(models.Model):
    _inherit = "mail.message"

    def _notify_later(self, parameters):
        """Have the recipients of these messages notified by core's cron, right after this transaction."""
        moment = fields.Datetime.now() - timedelta(seconds=1)
        self.env["mail.message.schedule"].sudo().create(  # the queue is core's own
            [
                {
                    "mail_message_id": message.id,
                    "scheduled_datetime": moment,
                    "notification_parameters": json.dumps(parameters),
                }
                for message in self
            ]
        )
