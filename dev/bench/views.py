"""What the web client asks the server for when it opens a view: taken from the views themselves, on both sides."""

from lxml import etree

# Fields that a widget reads beside its own (its fieldDependencies).
ACTIVITY = [
    "activity_exception_decoration",
    "activity_exception_icon",
    "activity_state",
    "activity_summary",
    "activity_type_icon",
    "activity_type_id",
]


def specification(env, model, kind, view_id=False):
    """Return the specification with which the web client reads the records of a view."""
    views = env[model].get_views([(view_id, kind)])
    arch = etree.fromstring(views["views"][kind]["arch"])
    return _fields(env[model], arch)


def progress_bar(env, model, view_id=False):
    """Return the progress bar of a kanban view as the client sends it, or None."""
    views = env[model].get_views([(view_id, "kanban")])
    node = etree.fromstring(views["views"]["kanban"]["arch"]).find(".//progressbar")
    if node is None:
        return None
    colors = {part.split('"')[1]: part.split('"')[3] for part in node.get("colors").strip("{} ").split(",")}
    return {"field": node.get("field"), "colors": colors}


def _fields(Model, arch):
    found = {}
    for node in arch.iter("field"):
        if any(parent.tag == "field" for parent in node.iterancestors() if parent is not arch):
            continue  # a subview's
        field = Model._fields.get(node.get("name"))
        if not field:
            continue
        found[field.name] = _read(Model, field, node)
        if (node.get("widget") or "").endswith("_activity"):
            found |= {name: {} for name in ACTIVITY if name != "activity_type_id"}
            found["activity_type_id"] = {"fields": {"display_name": {}}}
    return found


def _read(Model, field, node):
    if not field.relational:
        return {}
    if field.type == "many2one":
        return {"fields": {"display_name": {}}}
    Comodel = Model.env[field.comodel_name]
    subview = next((child for child in node if child.tag in ("list", "kanban")), None)
    if subview is not None:
        return {"fields": _fields(Comodel, subview), "limit": 40}
    if "many2many" in (node.get("widget") or ""):
        return {"fields": {"display_name": {}, **({"color": {}} if "color" in Comodel._fields else {})}}
    return {"fields": {}}
