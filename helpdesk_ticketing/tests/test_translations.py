import io
import re
from collections import Counter
from unittest import SkipTest

import polib
from lxml import etree

from odoo.modules import get_module_path
from odoo.tests import TransactionCase, tagged
from odoo.tools.translate import is_translatable_attrib, trans_export

# What code fills in: %s, %(name)s, %(amount).2f, %%, and {{ ... }} in mail templates.
PLACEHOLDER = re.compile(r"%(?:\(\w+\))?[-#0+]*\d*(?:\.\d+)?[diouxXeEfFgGcrsa%]|{{.*?}}")
LANGUAGE = "es_ES"
# Values of Odoo's website on records that an add-on extends: they are the website's to translate.
FOREIGN = "model:ir.model,website_form_label:"


@tagged("post_install", "-at_install")
class TestTranslations(TransactionCase):
    """Everything that people read is there in Spanish."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        installed = cls.env["ir.module.module"].search([("state", "=", "installed")])
        cls.modules = installed.filtered(lambda module: f"{module.name}_".startswith("helpdesk_ticketing_"))
        if any(cls.modules.mapped("demo")):
            raise SkipTest("The sample data brings terms of its own.")
        cls.exported = {name: cls._export(None, name) for name in cls.modules.mapped("name")}
        cls.spanish = {name: cls._read(name, "es.po") for name in cls.exported}

    @classmethod
    def _export(cls, language, module):
        """Return what Odoo finds to translate now, ``{term: translation}``."""
        # One add-on at a time: what two of them extend is given to one only.
        buffer = io.BytesIO()
        trans_export(language, [module], buffer, "po", cls.env)
        return {
            entry.msgid: entry.msgstr
            for entry in polib.pofile(buffer.getvalue().decode())
            if not all(place.startswith(FOREIGN) for place, __ in entry.occurrences)
        }

    @classmethod
    def _read(cls, module, name):
        """Return a file of the add-on, ``{term: translation}``."""
        return {entry.msgid: entry.msgstr for entry in polib.pofile(f"{get_module_path(module)}/i18n/{name}")}

    def _check_each(self, read):
        """Check that ``read`` finds the same in each translation as in its term."""
        for module, terms in self.spanish.items():
            wrong = {term: text for term, text in terms.items() if text and read(text) != read(term)}
            with self.subTest(module=module):
                self.assertFalse(wrong, "Mend these in i18n/es.po")

    def _get_tags(self, term):
        """Return the tags with all that is not for people to read; None: it is no XML."""
        try:
            root = etree.fromstring(f"<term>{term}</term>")
        except etree.XMLSyntaxError:
            return None
        return Counter(
            (node.tag, tuple((key, value) for key, value in node.items() if not is_translatable_attrib(key, node)))
            for node in root.iter()
        )

    def test_files_are_up_to_date(self):
        for module, exported in self.exported.items():
            for name in (f"{module}.pot", "es.po"):
                with self.subTest(module=module, file=name):
                    terms = self._read(module, name)
                    self.assertFalse(exported.keys() ^ terms.keys(), "Missing or gone: run dev/translations.sh")

    def test_every_term_in_spanish(self):
        for module, exported in self.exported.items():
            waiting = sorted(term for term in exported if not self.spanish[module].get(term))
            with self.subTest(module=module):
                self.assertFalse(waiting, "Run dev/translations.sh and translate these in i18n/es.po")

    def test_placeholders(self):
        self._check_each(lambda text: Counter(PLACEHOLDER.findall(text)))

    def test_markup(self):
        self._check_each(self._get_tags)

    def test_edges(self):
        """A space or a new line at an edge parts two pieces of a sentence."""
        self._check_each(lambda text: re.findall(r"^\s*|\s*$", text))

    def test_shown(self):
        """Odoo passes silently over what it can't put in place."""
        self.env["res.lang"]._activate_lang(LANGUAGE)
        self.modules._update_translations([LANGUAGE], overwrite=True)
        for module, terms in self.spanish.items():
            shown = self._export(LANGUAGE, module)
            # What is the same in both languages is exported as not translated.
            lost = [term for term, text in terms.items() if text != term and shown.get(term) != text]
            with self.subTest(module=module):
                self.assertFalse(lost)
