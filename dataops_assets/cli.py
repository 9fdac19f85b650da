"""The command line: `dataops run`, `plan`, `status`, `checks`, `alerts`, `query`, `verify`, `rebuild`, `ui` and others.

Exit codes: 0 done; 1 a run or a check failed, or something does not add up; 2 unusable arguments or settings.
"""

import os
import signal
import sys
from collections.abc import Sequence

from dataops_assets.logs import say_error

DONE, FAILED, UNUSABLE = 0, 1, 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; returns the exit code."""
    try:
        from dataops_assets.commands import arguments as words
        from dataops_assets.commands import execute

        options = words.parsed(sys.argv[1:] if arguments is None else arguments)
        if options.command is None:
            words.parser().print_help()
            return DONE
        return _guarded(execute, options)
    except KeyboardInterrupt:
        return _interrupted(is_over=arguments is None)


def _guarded(execute, options) -> int:
    """Run the command; an error that says itself what is wrong is said in one line."""
    try:
        return execute(options)
    except BrokenPipeError:  # who reads has read enough; nor is there anybody to be told at the exit
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return DONE
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        from dataops_assets.commands import shared

        known = (UNUSABLE, str(error)) if isinstance(error, shared.Unusable) else None
        if known is None:
            from dataops_assets.commands import errors
            from dataops_assets.interrupts import is_interrupt

            if is_interrupt(error):
                raise KeyboardInterrupt from error
            known = errors.explained(error)
        if known is None:
            raise
        code, message = known
        say_error(f"dataops {options.command}: {message}")
        return code


def _interrupted(is_over: bool) -> int:
    if is_over:  # the process: Ctrl-C once more would end it with a traceback
        signal.signal(signal.SIGINT, signal.SIG_IGN)
    from dataops_assets.interrupts import CODE, WORDS

    say_error(WORDS)
    return CODE


if __name__ == "__main__":
    sys.exit(main())
