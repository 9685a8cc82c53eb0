"""Accuracy gates, comparisons and speed. Neither cleaners nor flows ever imports this room."""
