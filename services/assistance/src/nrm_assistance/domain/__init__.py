"""The pure machine of assistance: what it may be asked, what happens, what follows."""
