"""`python -m nrm_referral web | worker | migrate`."""

from nrm_referral.app import service
from nrm_runtime.process import main

main(service())
