"""Every private fact of the case stream of return, in one place."""

from typing import TypeAlias

from nrm_return.domain.case_events import ClosingFact, KnownFact
from nrm_return.domain.file_events import FileFact, ReturnRequested
from nrm_return.domain.follow_up_events import FollowUpFact
from nrm_return.domain.journey_events import JourneyFact

OneReturn: TypeAlias = FileFact | JourneyFact | FollowUpFact
"""What happens to a return that exists."""

CaseFact: TypeAlias = KnownFact | ClosingFact | ReturnRequested | OneReturn
"""What may stand in the stream."""
