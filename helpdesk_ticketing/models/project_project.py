from odoo import models


class ProjectProject(models.Model):
    _name = "project.project"
    _inherit = ["project.project", "ticketing.progress.project.mixin"]

    def _get_stat_buttons(self):
        return [*super()._get_stat_buttons(), *self._get_progress_buttons()]
