"""What the events of identification are called at rest; a name is never reused."""

from nrm_identification.domain import events as fact
from nrm_runtime.store.codec import Codec

CODEC = Codec(
    {
        "signal-received": fact.SignalReceived,
        "notice-taken": fact.NoticeTaken,
        "notice-overdue": fact.NoticeOverdue,
        "person-recorded": fact.PersonRecorded,
        "potential-found": fact.PotentialFound,
        "indicators-recorded": fact.IndicatorsRecorded,
        "age-assessed": fact.AgeAssessed,
        "rights-informed": fact.RightsInformed,
        "victim-presumed": fact.VictimPresumed,
        "victim-identified": fact.VictimIdentified,
        "not-confirmed": fact.NotConfirmed,
        "self-withdrawn": fact.SelfWithdrawn,
        "identification-reopened": fact.IdentificationReopened,
        "reflection-not-applicable": fact.ReflectionNotApplicable,
        "reflection-offered": fact.ReflectionOffered,
        "reflection-declined": fact.ReflectionDeclined,
        "reflection-started": fact.ReflectionStarted,
        "reflection-extended": fact.ReflectionExtended,
        "reflection-ended": fact.ReflectionEnded,
        "custodian-noted": fact.CustodianNoted,
        "party-noted": fact.PartyNoted,
        "closing-answered": fact.ClosingAnswered,
        "closing-over": fact.ClosingOver,
    }
)
