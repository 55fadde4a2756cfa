"""`python -m nrm_access web | worker | migrate`."""

from nrm_access.app import service
from nrm_runtime.process import main

main(service())
