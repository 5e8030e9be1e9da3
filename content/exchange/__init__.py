"""Posts in and out: tables that staff fill in (CSV, XLSX), Markdown files, and folders of pictures."""
