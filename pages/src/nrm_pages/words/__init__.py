"""What pages say: catalogues of four languages, dates and numbers, the choice of a language."""

from nrm_pages.words.catalogues import Catalogues, maybe, t, tn

__all__ = ["Catalogues", "maybe", "t", "tn"]
