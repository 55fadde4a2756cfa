"""What the pages of every service share: look, words, sign-in, forms."""
