"""The pages that every desk has: worklists, a case, what is done to it, one's own drafts."""
