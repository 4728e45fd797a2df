def migrate(cr, version):
    """Prepaid hours follow what is sold, at as many hours a unit as they were sold with: those of before, too."""
    cr.execute(
        """
        UPDATE ticketing_contract_topup AS topup
           SET unit_hours = topup.hours / (line.product_uom_qty * sold.factor / own.factor)
          FROM sale_order_line AS line
          JOIN uom_uom AS sold ON sold.id = line.product_uom_id
          JOIN product_product AS product ON product.id = line.product_id
          JOIN product_template AS template ON template.id = product.product_tmpl_id
          JOIN uom_uom AS own ON own.id = template.uom_id
         WHERE line.id = topup.sale_line_id AND line.product_uom_qty > 0 AND COALESCE(topup.unit_hours, 0) = 0
        """
    )
