"""What all pages share: templates, style, and where numbers come from."""
