from odoo import fields
from odoo.tools.misc import remove_accents


def fold(text):
    """Return a text as it is searched: without accents and capital letters.

    >>> fold("AVERÍA n.º 7")
    'averia n.o 7'
    """
    return remove_accents(text or "").lower()


class FoldedChar(fields.Char):
    """A column that only searches see: stored folded, so that "averia" finds "Avería" by a plain comparison.

    Core folds both sides while it searches, which the planner does with each of its samples too, and finds accents only
    where the database has the extension for it.
    """

    def _condition_to_sql(self, field_expr, operator, value, model, alias, query):
        if operator.endswith("ilike") and isinstance(value, str):
            operator, value = operator.replace("ilike", "like"), fold(value)
        return super()._condition_to_sql(field_expr, operator, value, model, alias, query)


def trigram_index(column):
    """Return the definition of an index that finds parts of a folded column (none where PostgreSQL can't)."""
    return lambda registry: f"USING gin ({column} gin_trgm_ops) WITH (fastupdate = off)" if registry.has_trigram else ""
