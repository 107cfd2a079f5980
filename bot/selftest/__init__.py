"""Shows the gate that it can fail: days with a known fault, made of each trader's own metrics and policy."""
