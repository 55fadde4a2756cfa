"""Published lists of indicators as versioned data, with their source."""

import json
from functools import lru_cache
from importlib.resources import files
from typing import Literal, TypeAlias

from pydantic import BaseModel, ConfigDict

from nrm_contracts.codes import IndicatorList

Weight: TypeAlias = Literal["S", "M", "W"]


class Indicator(BaseModel):
    """One sign of a list: its code, dimension, phase and weight (strong, medium, weak)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    code: str
    dimension: str
    phase: str
    label: str
    weight: Weight


class IndicatorSet(BaseModel):
    """A list in one version; `verified` says whether somebody compared it with its source."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: IndicatorList
    version: int
    source: str
    verified: bool
    indicators: tuple[Indicator, ...]


@lru_cache
def indicator_set(name: IndicatorList) -> IndicatorSet:
    """Read a list; adults and children share a file with a weight each."""
    column = "child" if name is IndicatorList.ILO_DELPHI_CHILD_LABOUR else "adult"
    text = files("nrm_contracts.indicators").joinpath("ilo_delphi_labour.json").read_text("utf-8")
    raw = json.loads(text)
    return IndicatorSet(
        name=name,
        version=raw["version"],
        source=raw["source"],
        verified=raw["verified"],
        indicators=tuple(
            Indicator(
                code=item["code"],
                dimension=item["dimension"],
                phase=item["phase"],
                label=item["label"],
                weight=item[column],
            )
            for item in raw["indicators"]
            if item[column] is not None
        ),
    )


__all__ = ["Indicator", "IndicatorSet", "Weight", "indicator_set"]
