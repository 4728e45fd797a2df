"""Priority of a ticket, of impact and urgency."""

LEVELS = [("1", "Low"), ("2", "Medium"), ("3", "High")]
PRIORITIES = [("0", "Low"), ("1", "Normal"), ("2", "High"), ("3", "Urgent")]
# ITIL: priority is the product of how much is hurt and how soon it hurts.
PRIORITY_MATRIX = {
    ("1", "1"): "0",
    ("1", "2"): "0",
    ("1", "3"): "1",
    ("2", "1"): "0",
    ("2", "2"): "1",
    ("2", "3"): "2",
    ("3", "1"): "1",
    ("3", "2"): "2",
    ("3", "3"): "3",
}
