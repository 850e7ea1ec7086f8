"""What the templates show, worked out as plain values: one module a part of the page."""
