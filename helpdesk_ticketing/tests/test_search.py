import doctest
import importlib.util

from odoo.modules.module import get_module_path
from odoo.tests import tagged

from ..tools import folded_char
from .common import TicketingCase


@tagged("post_install", "-at_install")
class TestSearch(TicketingCase):
    """What is typed is found: number or subject, without accents or capital letters, and as it stands."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.ticket = cls._create_ticket(name="AVERÍA en 50%_de la Línea Nº 7")

    def _find(self, text, operator="ilike"):
        return self.ticket.search([("search_text", operator, text), ("id", "=", self.ticket.id)])

    def test_examples_of_folding(self):
        self.assertFalse(doctest.testmod(folded_char).failed)

    def test_found_with_and_without_accents(self):
        for text in ("averia", "Avería", "AVERIA", "linea nº", "línea no 7", self.ticket.number.lower(), "50%_de"):
            with self.subTest(text=text):
                self.assertEqual(self._find(text), self.ticket)
                self.assertFalse(self._find(text, "not ilike"))

    def test_wildcards_are_those_of_every_search(self):
        self.assertEqual(self._find("aver%LÍNEA"), self.ticket)
        self.assertEqual(self._find("AVER_A"), self.ticket)
        self.assertFalse(self._find("averiaxen"))

    def test_found_among_loaded_records_too(self):
        self.assertTrue(self.ticket.filtered_domain([("search_text", "ilike", "Avería EN")]))
        self.assertFalse(self.ticket.filtered_domain([("search_text", "ilike", "another")]))

    def test_by_name_where_a_ticket_is_chosen(self):
        self.assertIn(self.ticket.id, dict(self.env["ticketing.ticket"].name_search("linea")))
        self.assertEqual(self.ticket.display_name, f"{self.ticket.number} AVERÍA en 50%_de la Línea Nº 7")

    def test_a_new_subject_is_found_by_its_index(self):
        self.ticket.name = "Fuga de Ámbar"
        self.assertEqual(self._find("ambar"), self.ticket)
        self.env.cr.execute("SET LOCAL enable_seqscan = off")
        self.env.cr.execute("EXPLAIN SELECT id FROM ticketing_ticket WHERE search_text LIKE '%ambar%'")
        self.assertIn("ticketing_ticket_search_index", str(self.env.cr.fetchall()))

    def test_an_upgrade_folds_what_there_is(self):
        self.env.flush_all()
        self.env.cr.execute("UPDATE ticketing_ticket SET search_text = 'T1 Avería' WHERE id = %s", (self.ticket.id,))
        self.ticket.invalidate_recordset(["search_text"])
        path = f"{get_module_path('helpdesk_ticketing')}/migrations/19.0.1.3.0/pre-search.py"
        spec = importlib.util.spec_from_file_location("pre_search", path)
        script = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(script)
        script.migrate(self.env.cr, "19.0.1.2.0")
        self.assertEqual(self.ticket.search_text, "t1 averia")
