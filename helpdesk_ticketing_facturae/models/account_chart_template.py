from odoo import models


class AccountChartTemplate(models.AbstractModel):
    _inherit = "account.chart.template"

    def _post_load_data(self, template_code, company, template_data):
        """A company that gets a Spanish chart of accounts gets the codes of electronic invoices with it."""
        result = super()._post_load_data(template_code, company, template_data)
        company._complete_einvoice_tax_codes()
        return result
