"""`python -m nrm_notifications web | worker | migrate`."""

from nrm_notifications.app import service
from nrm_runtime.process import main

main(service())
