"""What is wrong around the gateway rather than in it."""


class SetupError(Exception):
    """Say in one sentence what is missing or wrong in the environment, and what to do.

    The command line prints the sentence and ends with status 1, without a traceback (`gateway.commands.main`).
    """
