"""Written cases: files that are driven against the running services over their public doors."""
