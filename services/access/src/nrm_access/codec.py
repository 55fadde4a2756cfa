"""What the facts of an organisation are called at rest."""

from nrm_access.domain import events as fact
from nrm_runtime.store.codec import Codec

CODEC = Codec(
    {
        "organisation-applied": fact.OrganisationApplied,
        "organisation-imported": fact.OrganisationImported,
        "organisation-vetted": fact.OrganisationVetted,
        "organisation-declined": fact.OrganisationDeclined,
        "organisation-activated": fact.OrganisationActivated,
        "organisation-suspended": fact.OrganisationSuspended,
        "organisation-restored": fact.OrganisationRestored,
        "organisation-duties-set": fact.OrganisationDutiesSet,
        "terms-accepted": fact.TermsAccepted,
        "worker-added": fact.WorkerAdded,
        "worker-duties-set": fact.WorkerDutiesSet,
        "worker-suspended": fact.WorkerSuspended,
        "worker-restored": fact.WorkerRestored,
        "key-registered": fact.KeyRegistered,
        "key-revoked": fact.KeyRevoked,
    }
)
