"""Charts of a page: axes, lines and dots as inline SVG."""
