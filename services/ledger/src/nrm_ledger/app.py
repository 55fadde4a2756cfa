"""What the ledger is made of; the only file that constructs."""

from nrm_ledger.api import router
from nrm_ledger.handlers import RECORDS_MAX, TOPIC, store_entries
from nrm_ledger.sequencer import run_sequencer
from nrm_ledger.signer import run_signer
from nrm_ledger.ui import DESK, furnish
from nrm_pages.desk_app import mount
from nrm_runtime.broker.heard import RawHearing
from nrm_runtime.service import Service


def service() -> Service:
    """Give the ledger: it hears entries, decides nothing, and is append-only by nature."""
    return Service(
        name="ledger",
        raw=(RawHearing(topic=TOPIC, handler=store_entries, records_max=RECORDS_MAX),),
        routers=(router,),
        mounts=(mount(DESK, furnish),),
        worker_tasks=(run_sequencer,),
        roles={"signer": run_signer},
    )
