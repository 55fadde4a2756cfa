"""HTTP as every service speaks it: one transaction per request, problems, keys, tags, pages."""
