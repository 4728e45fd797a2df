import doctest
import pkgutil
from importlib import import_module

from odoo.tests import BaseCase, tagged

from .. import tools


@tagged("post_install", "-at_install")
class TestTools(BaseCase):
    """The examples in the documentation of arithmetic without records hold."""

    def test_examples(self):
        for found in pkgutil.iter_modules(tools.__path__):
            module = import_module(f"{tools.__name__}.{found.name}")
            with self.subTest(found.name):
                self.assertFalse(doctest.testmod(module, optionflags=doctest.IGNORE_EXCEPTION_DETAIL).failed)
