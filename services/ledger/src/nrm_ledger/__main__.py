"""`python -m nrm_ledger web | worker | signer | migrate`."""

from nrm_ledger.app import service
from nrm_runtime.process import main

main(service())
