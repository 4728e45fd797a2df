from odoo import api, models
from odoo.tools import SQL, unique

# Grouped by these, records are counted first and the groups put in order afterwards: there are few of them.
FEW = {"stage_id", "team_id", "user_id", "type_id", "channel_id"}
DATES = {"date", "datetime"}
PERIODS = {"day", "week", "month", "quarter", "year"}
# About as many as there are weeks or months that anybody looks at.
MOMENTS = 1000


class TicketingGroupingMixin(models.AbstractModel):
    """Groups of many records, counted from an index alone.

    To have groups in the order of stages, teams or people, core joins these to every record that it counts; for a pivot
    table it also sorts all records on disk, once for each level. Here the statement groups by ids, and by the
    finest level of a pivot; what comes back are some hundred groups, which are put in order and added up. The answers
    are the same.
    """

    _name = "ticketing.grouping.mixin"
    _description = "Groups Counted Quickly"

    def init(self):
        """Have PostgreSQL expect few groups of each moment.

        It takes every month of a moment for as rare as the moment itself, and sorts all records on disk to count some
        hundred groups; expecting few, it counts them in memory, in half the time. Nobody searches for one exact moment,
        so nothing else is planned otherwise (PostgreSQL 15, ALTER TABLE: n_distinct).
        """
        super().init()
        if self._abstract or not self._auto:
            return
        statement = "SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND %s = ANY(attoptions)"
        told = {name for (name,) in self.env.execute_query(SQL(statement, self._table, f"n_distinct={MOMENTS}"))}
        moments = {name for name, field in self._fields.items() if field.type == "datetime" and field.store}
        if changes := [
            SQL("ALTER COLUMN %s SET (n_distinct = %s)", SQL.identifier(name), MOMENTS)
            for name in sorted(moments - told)
        ]:
            self.env.cr.execute(SQL("ALTER TABLE %s %s", SQL.identifier(self._table), SQL(", ").join(changes)))
            self.env.cr.execute(SQL("ANALYZE %s", SQL.identifier(self._table)))

    @api.model
    def _read_group(self, domain, groupby=(), aggregates=(), having=(), offset=0, limit=None, order=None):
        if len(groupby) != 1 or groupby[0] not in FEW or order != groupby[0]:
            return super()._read_group(domain, groupby, aggregates, having, offset, limit, order)
        groups = super()._read_group(domain, groupby, aggregates, having)
        key = self._get_group_key(groupby[0], [group[0] for group in groups])
        groups.sort(key=lambda group: key(group[0]))
        return groups[offset : offset + limit if limit else None]

    @api.model
    def _read_grouping_sets(self, domain, grouping_sets, aggregates=(), order=None):
        finest = list(unique(spec for specs in grouping_sets for spec in specs))
        if not self._can_be_added_up(finest, aggregates) or order != ", ".join(finest):
            return super()._read_grouping_sets(domain, grouping_sets, aggregates, order=order)
        groups = self._read_group(domain, finest, aggregates)
        if not groups:
            return super()._read_grouping_sets(domain, grouping_sets, aggregates, order=order)
        keys = [self._get_group_key(spec, [group[index] for group in groups]) for index, spec in enumerate(finest)]
        return [self._add_up(groups, [finest.index(spec) for spec in specs], keys) for specs in grouping_sets]

    def _can_be_added_up(self, specs, aggregates):
        """Tell whether the groups of a coarse level are sums of those of the finest, in an order known here."""
        fields = [(self._fields.get(spec.split(":")[0]), spec) for spec in specs]
        return (
            bool(specs)
            and all(aggregate == "__count" or aggregate.endswith(":sum") for aggregate in aggregates)
            and all(
                spec in FEW or (field and field.type in DATES and spec.split(":")[-1] in PERIODS)
                for field, spec in fields
            )
        )

    def _get_group_key(self, spec, values):
        """Return the function that puts groups in the order of their values as the database does, empty ones last.

        :param spec: one of FEW, or a date with its granularity
        :param list values: of all groups
        """
        if spec not in FEW:
            return lambda value: (not value, value)
        records = self.env[self._fields[spec].comodel_name].concat(*values)
        places = {record_id: place for place, record_id in enumerate(self._in_order(records)._ids)}
        return lambda record: places.get(record.id, len(places))

    @api.model
    def _in_order(self, records):
        """Return the records in their model's order: names as the database compares them, not as Python does."""
        names = [term.split()[0] for term in records._order.split(",")]
        if not any(records._fields[name].type == "char" for name in names):
            return records.sorted()
        # Only the order is taken from them; the groups were counted already, whoever may read what they are named after.
        everybody = records.sudo().with_context(active_test=False)
        return everybody.search_fetch([("id", "in", records.ids)], ["display_name"]).sudo(False)

    @staticmethod
    def _add_up(groups, wanted, keys):
        """Return the groups of one level.

        :param list groups: tuples of values and aggregates of the finest level
        :param list wanted: places of the level's values in them
        :param list keys: the functions that order each value of the finest level
        """
        sums = {}
        for group in groups:
            values = tuple(group[index] for index in wanted)
            aggregates = group[len(keys) :]
            known = sums.get(values)
            sums[values] = [a + b for a, b in zip(known, aggregates, strict=True)] if known else aggregates
        order = [(place, keys[index]) for index, place in sorted(zip(wanted, range(len(wanted)), strict=True))]
        level = [(*values, *aggregates) for values, aggregates in sums.items()]
        return sorted(level, key=lambda group: tuple(key(group[place]) for place, key in order))
