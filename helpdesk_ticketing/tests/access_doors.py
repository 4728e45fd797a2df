"""Whom each address of the add-ons answers: the table of ``test_access_matrix.py``.

A new route needs a line here, or the test fails. Say who may see the document that the address names::

    "/my/things/<int:thing_id>": Door("customers, link", "thing"),

and have ``AccessWorld._make_papers`` make such a document at every place, if there is none of its kind yet: with
``mark(kind, place)`` in everything that it shows. ``VALUES`` says what stands for a parameter of an address.

An add-on with routes of its own adds them in a ``tests/access_doors.py`` of its own, which is read wherever the add-on is
installed: ``DOORS.update({"/its/route": Door("customers", addon="helpdesk_ticketing_its")})``, with further ``PLACES``,
``WHO`` and ``VALUES`` as it needs them. Its ``make_papers(world)`` makes its documents.
"""

from typing import NamedTuple

MISSING = 2**31 - 1  # an identifier that no record has
# Whose a document is. At "ended" lies one of the own company whose share link has ended.
PLACES = ["own", "colleague", "other", "foreign", "missing", "zero", "huge", "negative", "ended"]
# Odoo takes a negative identifier in an address for the positive one: no record has that, either.
ODD = {"missing": MISSING, "zero": 0, "huge": 2**40, "negative": -MISSING}

# Who comes: log-in (None: nobody), and the kind of share link that he has.
ACTORS = {
    "public": (None, ""),
    "link": (None, "right"),
    "revoked": (None, "revoked"),
    "mixed": (None, "mixed"),  # the right link of another document
    "one": ("marta.portal", ""),
    "two": ("colleague.portal", ""),
    "alone": ("alone.portal", ""),  # of the same company, but sees only what he reported
    "other": ("stranger.portal", ""),
    "other with link": ("stranger.portal", "mixed"),
    "employee": ("matrix.employee", ""),
    "agent": ("matrix.agent", ""),  # of another company
}
EVERYBODY = set(ACTORS)
STRANGER = {"other", "other with link"}
# What the words in a door's ``who`` mean: the actors that are answered, by place.
WHO = {
    "customers": {"own": {"one", "two"}, "colleague": {"one", "two"}, "other": STRANGER},
    "company": {"own": {"alone"}, "colleague": {"alone"}},  # what all of the company see, whoever reported it
    "reporter": {"own": {"one"}, "colleague": {"two"}, "other": STRANGER, "foreign": {"one"}},  # who sent the form
    "link": {"own": {"link"}, "colleague": {"link"}, "other": {"link"}},  # who has the document's share link
    "link abroad": {"foreign": {"link"}},
    "address": {"own": EVERYBODY, "colleague": EVERYBODY, "other": EVERYBODY},  # whose address says a secret
    "address abroad": {"foreign": EVERYBODY},
    "ended": {"ended": {"one", "two"}},
    "agent": {"foreign": {"agent"}},
    # An article: "own" is published; of the same company "colleague" is for staff alone, and "other" is not finished.
    "readers": {"own": {"one", "two", "alone", "employee", *STRANGER}, "foreign": {"agent"}},
    "staff": {},  # the desk's people of the same company: no actor of this test
}
# Whose words are read on any page by those whom WHO names so: what is published is listed, found and suggested.
PUBLISHED = {"article": "readers"}
# (kind, place) of what is published as well, on pages that are not here: programs read it.
PUBLISHED_ELSEWHERE = set()


class Door(NamedTuple):
    """What is expected of one address."""

    who: str  # words of WHO, with commas: whom it answers
    kind: str = ""  # of the document whose identifiers stand in the address
    method: str = "GET"  # GET, POST (a form) or JSON
    shows: str | None = None  # kind of the marks that who is answered sees (None: of the document)
    data: dict = {}
    page: bool = True  # whether it is a page that shows marks: a redirection or a file of another format does not
    addon: str = "helpdesk_ticketing"


# Documents that core's own addresses are tried with: {name: (model, kind, place)}, and models that are read in all ways.
TARGETS = {
    "ticket": ("ticketing.ticket", "ticket", "own"),
    "note": ("ticketing.delivery.note", "note", "own"),
    "certificate": ("ticketing.delivery.note", "certificate", "own"),
    "unit": ("stock.lot", "unit", "own"),
}
CORE_MODELS = [
    "account.analytic.line",
    "account.move",
    "account.move.line",
    "ir.attachment",
    "mail.activity",
    "mail.followers",
    "mail.message",
    "project.milestone",
    "project.project",
    "project.task",
    "rating.rating",
    "res.partner",
    "sale.order",
    "sale.order.line",
    "stock.lot",
    "stock.picking",
]

LIST = "customers"
DOORS = {
    # Tickets
    "/my/tickets": Door(LIST, shows="ticket"),
    "/my/tickets/page/<int:page>": Door(LIST, shows="ticket"),
    "/my/tickets/new": Door(LIST, page=False),
    "/my/tickets/sent/<string:key>": Door("reporter", "ticket", page=False),
    "/my/tickets/<int:ticket_id>": Door("customers, link, link abroad, ended, agent", "ticket"),
    "/my/tickets/<int:ticket_id>/solve": Door("customers, ended", "ticket", "POST"),
    "/my/tickets/<int:ticket_id>/reopen": Door("customers, ended", "ticket", "POST", data={"reason": "Mallory"}),
    "/my/tickets/<int:ticket_id>/urge": Door("customers, ended", "ticket", "POST", data={"reason": "Mallory"}),
    "/my/tickets/introduction": Door(LIST, method="JSON"),
    # Help
    "/my/help": Door("readers", shows="article"),
    "/my/help/page/<int:page>": Door("readers", shows="article"),
    "/my/help/suggest": Door("readers", page=False),
    "/my/help/thanks": Door("readers", page=False),
    "/my/help/<int:article_id>": Door("readers", "article"),
    "/my/help/<int:article_id>/file/<int:file_id>": Door("readers", "article"),
    "/my/help/<int:article_id>/vote": Door("readers", "article", "POST", data={"useful": "1"}),
    "/my/help/<int:article_id>/solved": Door("readers", "article", "POST", data={"subject": "Mallory"}),
    # Feedback
    "/my/feedback": Door("reporter", shows="ticket"),
    "/ticketing/feedback/<string:token>": Door("address", "feedback", shows="ticket"),
    "/ticketing/feedback/<string:token>/face": Door("address", "feedback", "JSON", data={"face": "happy"}),
    "/ticketing/feedback/<string:token>/thanks": Door("address", "feedback", page=False),
    "/ticketing/feedback/<string:token>/reopen": Door("address", "feedback", "POST", data={"reason": "Mallory"}),
    # Delivery notes
    "/my/notes": Door(LIST, shows="ticket"),
    "/my/notes/page/<int:page>": Door(LIST, shows="ticket"),
    "/my/notes/<int:note_id>": Door("customers, link", "note"),
    "/my/notes/<int:note_id>/sign": Door("customers", "note", "JSON", data={"name": "Mallory", "signature": "R0lGOD"}),
    "/my/notes/<int:note_id>/refuse": Door("customers", "note", "POST", data={"reason": "Mallory"}),
    # Signing by link: who has the address has the right
    "/ticketing/sign/<int:note_id>/<string:token>": Door("address", "signing", shows="note"),
    "/ticketing/sign/<int:note_id>/<string:token>/accept": Door(
        "address", "signing", "JSON", data={"name": "Mallory", "signature": "R0lGOD"}
    ),
    "/ticketing/sign/<int:note_id>/<string:token>/refuse": Door(
        "address", "signing", "POST", data={"reason": "Mallory"}
    ),
    "/ticketing/sign/<int:note_id>/<string:token>/file/<int:file_id>": Door(
        "address", "signing file", shows="certificate"
    ),
    "/ticketing/sign/thanks": Door("staff"),
    # Certificates of progress
    "/my/certificates": Door("customers, company", shows="certificate"),
    "/my/certificates/page/<int:page>": Door("customers, company", shows="certificate"),
    "/my/certificates/<int:note_id>": Door("customers, company, link", "certificate"),
    "/my/certificates/<int:note_id>/file/<int:file_id>": Door("customers, company, link", "certificate"),
    "/my/certificates/<int:note_id>/sign/<string:signer>": Door(
        "customers, company", "certificate", "JSON", data={"name": "Mallory", "signature": "R0lGOD"}
    ),
    "/my/certificates/<int:note_id>/refuse/<string:signer>": Door(
        "customers, company", "certificate", "POST", data={"reason": "Mallory"}
    ),
    "/my/plans": Door("customers, company", shows="certificate"),
    "/my/plans/page/<int:page>": Door("customers, company", shows="certificate"),
    "/my/plans/<int:plan_id>": Door("customers, company", "certificate"),
    # Equipment
    "/my/equipment": Door("customers, company", shows="unit"),
    "/my/equipment/page/<int:page>": Door("customers, company", shows="unit"),
    "/my/equipment/<int:asset_id>": Door("customers, company", "unit"),
    "/ticketing/asset/<int:asset_id>/<string:token>": Door("address, address abroad", "unit", page=False),
    "/ticketing/asset/<int:asset_id>/<string:token>/report": Door(
        "address, address abroad", "unit", "POST", data={"description": "Mallory", "name": "Mallory", "phone": "1"}
    ),
    # The desk's own
    "/ticketing/asset/labels/<string:layout>": Door("staff"),
    "/ticketing/certificate/<int:note_id>/xlsx": Door("customers, company", "certificate", page=False),
    "/ticketing/contract/statement/<int:statement_id>": Door("staff", "export"),
    "/ticketing/effort/export/<int:analysis_id>": Door("staff", "export"),
    "/ticketing/sla/export/<int:export_id>": Door("staff", "export"),
    "/ticketing/worklog/archive/<int:archive_id>": Door("staff", "export"),
    "/ticketing/worklog/export/<int:export_id>": Door("staff", "export"),
}
# What stands for a parameter of an address: an attribute of the place's papers, or the same for all.
VALUES = {
    "page": 1,
    "signer": "customer",
    "layout": "roll",
    "key": "key",
    "ticket_id": "id",
    "note_id": "id",
    "asset_id": "id",
    "article_id": "id",
    "analysis_id": "id",
    "export_id": "id",
    "archive_id": "id",
    "statement_id": "id",
    "plan_id": "plan_id",
    "file_id": "file_id",
    "token": "token",
}


def mark(kind, place):
    """Return the word that stands in everything a document shows, and nowhere else."""
    return f"zq{kind}{place}zq"
