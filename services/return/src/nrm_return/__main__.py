"""`python -m nrm_return web | worker | migrate`."""

from nrm_return.app import service
from nrm_runtime.process import main

main(service())
