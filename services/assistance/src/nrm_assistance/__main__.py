"""`python -m nrm_assistance web | worker | migrate`."""

from nrm_assistance.app import service
from nrm_runtime.process import main

main(service())
