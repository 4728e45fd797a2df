"""What all spreadsheets have in common."""

# Row by row, and what people typed is text, whatever it begins with.
OPTIONS = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
TITLE = {"bold": True, "bg_color": "#e9ecef", "bottom": 1, "text_wrap": True}
MOMENT = "yyyy-mm-dd hh:mm"
