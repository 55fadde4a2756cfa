"""Who answers for a case, to whom it is offered, and under which consent."""
