"""Finding and reading the profile of a country."""

from functools import lru_cache
from importlib.resources import files

from ruamel.yaml import YAML

from nrm_contracts.profiles.model import CountryProfile


class UnknownCountry(Exception):
    """No profile exists for this country code; its rules must be written down first."""

    def __init__(self, country: str) -> None:
        """Keep the ISO 3166-1 alpha-2 code."""
        super().__init__(f"no country profile for {country!r}")
        self.country = country


@lru_cache
def profile(country: str) -> CountryProfile:
    """Give the profile in force of a country (ISO 3166-1 alpha-2).

    Raises `UnknownCountry`.
    """
    if country not in countries():
        raise UnknownCountry(country)
    text = files("nrm_contracts.profiles").joinpath(f"{country}.yaml").read_text("utf-8")
    return CountryProfile.model_validate(YAML(typ="safe", pure=True).load(text))


@lru_cache
def countries() -> tuple[str, ...]:
    """List the countries that have a profile."""
    names = (entry.name for entry in files("nrm_contracts.profiles").iterdir())
    return tuple(sorted(name[:2] for name in names if name.endswith(".yaml")))
