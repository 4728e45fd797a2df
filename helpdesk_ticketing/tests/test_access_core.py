import json

from odoo import http, models
from odoo.exceptions import AccessError, MissingError, UserError
from odoo.service.model import call_kw
from odoo.tests import tagged
from odoo.tools import mute_logger

from .access_doors import CORE_MODELS, MISSING, PUBLISHED_ELSEWHERE, TARGETS, mark
from .access_world import CUSTOMERS_PLACES, KINDS, QUIET, AccessWorld

STRANGERS = (None, "stranger.portal", "matrix.employee", "matrix.agent")
# Export needs a right of its own; the register says itself that it can't be typed over.
REFUSALS = ("AccessError", "MissingError", "UserError")
STRANGER_ACTORS = ("public", "other", "employee", "agent")
CALL = "/web/dataset/call_kw"


def _thread(case, model, paper):
    return {"thread_model": model, "thread_id": paper.id}


def _message(case, model, paper):
    domain = [("model", "=", model), ("res_id", "=", paper.id)]
    return case.env["mail.message"].search(domain, limit=1, order="id").id or MISSING


# Core's own addresses that take any model and identifier. JSON: {address: parameters}.
JSON = {
    "/mail/thread/messages": _thread,
    "/mail/chatter_fetch": _thread,
    "/mail/chatter_fetch?token": lambda *a: {**_thread(*a), "token": "x" * 36},
    "/portal/chatter_init": _thread,
    "/mail/thread/recipients": _thread,
    "/mail/thread/recipients/get_suggested_recipients": _thread,
    "/mail/data": lambda *a: {
        "fetch_params": [["mail.thread", {**_thread(*a), "request_list": ["followers", "attachments", "messages"]}]]
    },
    "/mail/message/post": lambda *a: {
        **_thread(*a),
        "post_data": {"body": "Mallory", "message_type": "comment", "subtype_xmlid": "mail.mt_comment"},
    },
    "/mail/message/post?hash": lambda *a: {
        **_thread(*a),
        "hash": "0" * 64,
        "pid": a[0].contact.id,
        "post_data": {"body": "Mallory", "message_type": "comment", "subtype_xmlid": "mail.mt_comment"},
    },
    "/mail/message/update_content": lambda *a: {"message_id": _message(*a), "update_data": {"body": "Mallory"}},
    "/mail/update_is_internal": lambda *a: {"message_id": _message(*a), "is_internal": False},
    "/mail/message/reaction": lambda *a: {"message_id": _message(*a), "content": "x", "action": "add"},
    "/mail/thread/subscribe": lambda case, model, paper: {
        "res_model": model,
        "res_id": paper.id,
        "partner_ids": case.stranger.partner_id.ids,
    },
    "/mail/attachment/delete": lambda case, model, paper: {"attachment_id": paper.file_id},
    "/portal/attachment/remove": lambda case, model, paper: {"attachment_id": paper.file_id},
}
FORMS = {
    "/mail/attachment/upload": _thread,
    "/web/binary/upload_attachment": lambda case, model, paper: {"model": model, "id": paper.id},
}
PAGES = (
    "/web/content/{file}",
    "/web/content/{file}?access_token=x",
    "/web/image/{file}",
    "/mail/view?model={model}&res_id={id}",
    "/mail/message/{message}",
    "/mail/avatar/mail.message/{message}/author_avatar/50x50",
    "/odoo/{model}/{id}",
    "/json/1/{model}/{id}",
    "/my/orders/{order}",
    "/my/orders/{order}?access_token=x&report_type=html",
    "/my/invoices/{id}",
)


@tagged("post_install", "-at_install")
class TestAccessCore(AccessWorld):
    """Core's addresses that take any model: with our documents they open nothing that the portal's pages do not."""

    def _each_stranger(self):
        """Log in as each stranger; yield his log-in, and the places that are his."""
        for login in STRANGERS:
            self.authenticate(login, login)
            yield login, {"stranger.portal": "other", "matrix.agent": "foreign"}.get(login)

    def _list_readable(self, *actors):
        """Return the secret words that these actors may read wherever they are published."""
        return self._list_published(*actors) | {mark(*pair) for pair in PUBLISHED_ELSEWHERE}

    def _check_answer(self, answer, own_place):
        """Of others nothing is said: all marks are of the visitor's own place."""
        allowed = {mark(kind, own_place) for kind in KINDS} | self._list_readable(*STRANGER_ACTORS)
        self.assertLessEqual(self._find_marks(answer.text + str(answer.headers)), allowed)
        self.assertNotIn(b"JFIF", answer.content[:20], "a photo")

    def _list_targets(self):
        """Return (name, model, paper) of documents that are no stranger's."""
        targets = [(name, model, self.papers[kind, place]) for name, (model, kind, place) in TARGETS.items()]
        certificate = self.papers["certificate", "own"]
        return [*targets, ("plan", "ticketing.progress.plan", certificate._replace(id=certificate.plan_id))]

    def test_conversations_and_files(self):
        """Reading, writing and uploading by core's own addresses."""
        before = self._picture()
        with mute_logger(*QUIET, "odoo.addons.web.controllers.binary"):
            for login, place in self._each_stranger():
                for name, model, paper in self._list_targets():
                    for address, make in JSON.items():
                        with self.subTest(login=login, target=name, address=address):
                            url, parameters = address.split("?")[0], make(self, model, paper)
                            self._check_answer(self.url_open(url, json={"params": parameters}), place)
                    for address, make in FORMS.items():
                        data = {**make(self, model, paper), "csrf_token": http.Request.csrf_token(self)}
                        answer = self.url_open(address, data=data, files={"ufile": ("x.txt", b"x", "text/plain")})
                        with self.subTest(login=login, target=name, address=address):
                            self._check_answer(answer, place)
                with self.subTest(login=login):
                    self.assertEqual(self._list_changed(before), [])

    def test_pages(self):
        """Files, pictures, reports, orders, invoices, records as pages."""
        pages = [*PAGES, *self._list_reports()]
        with mute_logger(*QUIET):
            for login, place in self._each_stranger():
                for name, model, paper in self._list_targets():
                    values = {"model": model, "id": paper.id, "file": paper.file_id}
                    values["message"] = _message(self, model, paper)
                    values["order"] = self.env["ticketing.ticket"].browse(paper.id).exists().sale_order_id.id or MISSING
                    for page in (*pages, *self._list_binaries(model)):
                        with self.subTest(login=login, target=name, page=page):
                            self._check_answer(self.url_open(page.format(**values), allow_redirects=False), place)

    def _list_reports(self):
        """Return the addresses of all printouts of our models."""
        reports = self.env["ir.actions.report"].search([("model", "in", [model for model, *__ in TARGETS.values()])])
        return [f"/report/html/{report.report_name}/{{id}}" for report in reports]

    def _list_binaries(self, model):
        """Return the addresses of all files and pictures that are fields of a model."""
        names = [name for name, field in self.env[model]._fields.items() if field.type == "binary"]
        return [f"/web/{door}/{model}/{{id}}/{name}" for name in names for door in ("content", "image")]

    # Models

    def _list_models(self):
        own = [
            name
            for name, model in self.env.items()
            if name.startswith("ticketing.") and not model._abstract and not model._transient
        ]
        return [*own, *(name for name in CORE_MODELS if name in self.env)]

    def _call(self, user, model, method, *args, **kwargs):
        """Call a method of a model as a program does; return what comes of it as text."""
        try:
            with self.env.cr.savepoint(), mute_logger(*QUIET):
                answer = call_kw(self.env[model].with_user(user), method, [*args], kwargs)
                self.env.flush_all()
        except (AccessError, MissingError, UserError, AttributeError, ValueError) as error:
            return f"{type(error).__name__}: {error}"
        return json.dumps(answer, default=str)

    def _read_in_all_ways(self, user, model):
        """Yield (way, answer) of what a program could ask."""
        fields = [
            name
            for name, field in self.env[model]._fields.items()
            if field.store and field.type not in ("binary", "reference", "properties_definition")
        ]
        specification = {name: {} for name in fields}
        yield "search_read", self._call(user, model, "search_read", [], fields)
        yield "web_search_read", self._call(user, model, "web_search_read", [], specification)
        yield "name_search", self._call(user, model, "name_search", "zq")
        strangers = self.env[model].search([], order="id desc", limit=200).ids or [MISSING]
        yield "read", self._call(user, model, "read", strangers, fields)
        yield "web_read", self._call(user, model, "web_read", strangers, specification)
        yield "export_data", self._call(user, model, "export_data", strangers, ["id", "display_name"])
        for name in fields[:30]:
            yield f"group by {name}", self._call(user, model, "formatted_read_group", [], [name], ["__count"])

    def test_models(self):
        """A search without a domain, identifiers as they come: a customer of another company gets nothing of ours."""
        user = self.stranger
        allowed = {mark(kind, "other") for kind in KINDS if kind != "staff"} | self._list_readable("other")
        for model in self._list_models():
            readable = self.env[model].with_user(user).has_access("read")
            for way, answer in self._read_in_all_ways(user, model):
                with self.subTest(model=model, way=way):
                    self.assertLessEqual(self._find_marks(answer), allowed)
                    if not readable and model.startswith("ticketing."):
                        self.assertTrue(answer.startswith(REFUSALS), answer[:200])

    def test_readable_models_show_the_customers_own(self):
        """The check above is worth something: of his own documents the customer does read the marks."""
        for model, kind in (("ticketing.ticket", "ticket"), ("stock.lot", "unit")):
            answer = self._call(self.stranger, model, "search_read", [], ["name"])
            self.assertEqual(self._find_marks(answer), {mark(kind, "other")})

    def test_customers_write_to_no_model(self):
        """Not to his own documents either: what customers change, they change by the portal's pages."""
        before = self._picture()
        for model in (name for name in self._list_models() if name.startswith("ticketing.")):
            record = self.env[model].search([], limit=1)
            name = next(field for field in self.env[model]._fields if field not in models.MAGIC_COLUMNS)
            for method, args in (("write", ({name: False},)), ("unlink", ()), ("copy", ())):
                with self.subTest(model=model, method=method):
                    answer = self._call(self.marta, model, method, record.ids or [MISSING], *args)
                    self.assertTrue(answer.startswith(REFUSALS), answer[:200])
            with self.subTest(model=model, method="create"):
                answer = self._call(self.marta, model, "create", [{}])
                self.assertTrue(answer.startswith(REFUSALS), answer[:200])
        self.assertEqual(self._list_changed(before), [])

    def test_by_http(self):
        """The two addresses that take method names answer as the methods do."""
        fields = ["display_name"]
        interactive = {
            "Sec-Fetch-Dest": "document",
            "Sec-Fetch-Mode": "navigate",
            "Sec-Fetch-Site": "same-origin",
            "Sec-Fetch-User": "?1",
        }
        with mute_logger(*QUIET):
            for login, place in self._each_stranger():
                for model in ("ticketing.ticket", "ticketing.delivery.note", "ticketing.billing.request", "stock.lot"):
                    call = {"model": model, "method": "search_read", "args": [[], fields], "kwargs": {}}
                    with self.subTest(login=login, model=model):
                        self._check_answer(self.url_open(CALL, json={"params": call}), place)
                        asked = {"domain": [], "fields": fields}
                        url = f"/json/2/{model}/search_read"
                        self._check_answer(self.url_open(url, json=asked, headers=interactive), place)

    def test_portal_users_of_one_company_share(self):
        """Colleagues see each other's, which is why the places of the matrix are these."""
        self.assertEqual(CUSTOMERS_PLACES["one"], CUSTOMERS_PLACES["two"])
        answer = self._call(self.marta, "ticketing.ticket", "search_read", [], ["name"])
        self.assertEqual(self._find_marks(answer), {mark("ticket", place) for place in CUSTOMERS_PLACES["one"]})
