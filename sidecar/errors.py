"""The two errors that reach an edge."""


class Refused(Exception):
    """A person asked for something that may not or cannot be done; `reason` says what to do instead.

    `code` is the stored, countable form of the reason; `field` names the form field it belongs to, if any.
    """

    def __init__(self, reason: str, *, code: str = "refused", field: str | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.code = code
        self.field = field


class GatewayError(Exception):
    """A vendor could not do what was asked; for the operator.

    `permanent` is true when trying again cannot help. `outcome_unknown` is true when the vendor may have done it
    all the same, so that it must not simply be repeated. `retry_after_seconds` is the vendor's own wish, if any.
    """

    def __init__(
        self,
        reason: str,
        *,
        code: str = "gateway",
        permanent: bool = False,
        outcome_unknown: bool = False,
        retry_after_seconds: float | None = None,
    ) -> None:
        super().__init__(reason)
        self.reason = reason
        self.code = code
        self.permanent = permanent
        self.outcome_unknown = outcome_unknown
        self.retry_after_seconds = retry_after_seconds
