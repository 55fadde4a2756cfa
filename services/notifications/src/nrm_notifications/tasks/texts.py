"""The quiet words of an e-mail: no name, no kind of case, no link that says anything."""

from nrm_contracts.codes import NotificationKind

SUBJECTS = {
    "en": "You have a task",
    "ro": "Aveți o sarcină",
    "it": "Hai un'attività da svolgere",
    "pt": "Tem uma tarefa",
}
BODIES = {
    "en": "There is something for you to look at. Sign in to see it.\n",
    "ro": "Aveți ceva de consultat. Autentificați-vă pentru a vedea.\n",
    "it": "C'è qualcosa da vedere. Accedi per leggerla.\n",
    "pt": "Tem algo para ver. Inicie sessão para consultar.\n",
}
URGENT = {
    "en": "Please look at it now.\n",
    "ro": "Vă rugăm să verificați acum.\n",
    "it": "Ti preghiamo di guardarla subito.\n",
    "pt": "Por favor, consulte agora.\n",
}
FALLBACK = "en"


def words(languages: tuple[str, ...], kind: NotificationKind) -> tuple[str, str]:
    """Give subject and body in the first language of the organisation that there is."""
    language = next((one for one in languages if one in SUBJECTS), FALLBACK)
    urgent = URGENT[language] if kind is NotificationKind.DANGER else ""
    return SUBJECTS[language], BODIES[language] + urgent
