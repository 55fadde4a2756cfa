"""`python -m nrm_identification web | worker | migrate`."""

from nrm_identification.app import service
from nrm_runtime.process import main

main(service())
