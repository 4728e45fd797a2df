def get_typed_fields(records, names, *vals_list):
    """Return, sorted for a message, which of these fields a user would set: by values, or by the context's defaults.

    The add-on's own steps run as superuser; for them nothing is typed.

    :param records: the recordset that is created (empty) or written
    :param names: set of the fields that no user may set
    """
    if records.env.su:
        return []
    given = set().union(*vals_list)
    if not records:
        given |= {key[8:] for key in records.env.context if key.startswith("default_")}
    return sorted(names & given)
