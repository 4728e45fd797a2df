from odoo import models

PLACE_FIELDS = {"res_model_id", "res_model", "res_id", "parent_res_model_id", "parent_res_model", "parent_res_id"}


class RatingRating(models.Model):
    _inherit = "rating.rating"

    def write(self, vals):
        """No rating is made one of a ticket or team by hand: rules are asked of what it becomes, too.

        :raises AccessError: the user may not write such a rating
        """
        result = super().write(vals)
        if PLACE_FIELDS & vals.keys():
            self.check_access("write")
        return result
