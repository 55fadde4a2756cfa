"""Country profiles: the rules of a country as versioned data, each with source and `verified`."""

from nrm_contracts.profiles.load import UnknownCountry, countries, profile
from nrm_contracts.profiles.model import Clock, CountryProfile, Value

__all__ = ["Clock", "CountryProfile", "UnknownCountry", "Value", "countries", "profile"]
