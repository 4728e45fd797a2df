from odoo import fields


class WholeHtml(fields.Html):
    """A translated text that is written in each language by itself.

    Core translates sanitised HTML term by term: who rewrites a paragraph in one language, rewrites it in all of them.
    """

    def _get_attrs(self, model_class, name):
        return {**super()._get_attrs(model_class, name), "translate": True}
