"""Why a server such as Redis does not answer, in words for the log."""


def reason_of(failure: BaseException) -> str:
    """Name a failure and give its message; of redis-py's own, `repr` gives no more than a category."""
    return f"{type(failure).__name__}: {failure}".removesuffix(": ")
